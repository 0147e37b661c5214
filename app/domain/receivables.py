"""Ages of receivables."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum


class Age(StrEnum):
    """By how many days a payment is late; NOT_DUE until it is due."""

    NOT_DUE = "NOT_DUE"
    DAYS_1_TO_30 = "DAYS_1_TO_30"
    DAYS_31_TO_60 = "DAYS_31_TO_60"
    DAYS_61_TO_90 = "DAYS_61_TO_90"
    DAYS_OVER_90 = "DAYS_OVER_90"


# The upper limit of each but the last, in days.
_UP_TO = (0, 30, 60, 90)


def age_bounds(at: datetime) -> Mapping[Age, tuple[datetime | None, datetime | None]]:
    """Return the due dates of each age as of a time: from, and up to (exclusive)."""
    ends = [at - timedelta(days=days) for days in _UP_TO]
    lows, highs = [*ends, None], [None, *ends]
    return dict(zip(Age, zip(lows, highs, strict=True), strict=True))
