"""Python's collector of reference cycles, for a program that makes many objects at once."""

import gc

# New objects without an owner's end in sight until the youngest generation is looked through, then
# how many of those rounds until the next ones are.
THRESHOLDS = (50_000, 10, 5)


def collect_rarely() -> None:
    """Look for reference cycles less often than Python does.

    An event that wakes thousands of subscribers makes as many objects at once, none of them in a
    cycle: with the thresholds of a small program, looking through them and through all that every
    subscriber holds takes longer than delivering the event. Migrating and loading a demo
    make many objects, too: a third of their time went into looking.
    """
    gc.collect()
    # What the program itself is made of stays for ever, and needs no looking through.
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
