"""Settings of Python's garbage collector, for a program that creates many objects at the same
time.
"""

import gc

# Allocations before the youngest generation is collected, then the rounds before each older
# generation is.
THRESHOLDS = (50_000, 10, 5)


def collect_rarely() -> None:
    """Collect reference cycles less often than Python does by default.

    An event that wakes thousands of subscribers creates that many objects at the same time, none of
    them in a cycle. With the default thresholds, scanning them and everything that subscribers hold
    takes longer than delivering the event. Migrating and loading a demo create many objects too,
    and spent a third of their time on scanning.
    """
    gc.collect()
    # The program's own objects live forever and need no scanning.
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
