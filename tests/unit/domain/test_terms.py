"""Terms of subscriptions: calendar months and years in a zone, and what a part of one costs."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.money import Money
from app.domain.plans import BillingInterval
from app.domain.terms import (
    Term,
    first_term,
    next_term,
    period_bounds,
    period_of,
    prorated,
)

MONTH, YEAR = BillingInterval
BERLIN = ZoneInfo("Europe/Berlin")
# Summer time on both halves of the globe, midnights that do not exist, far from UTC both ways.
ZONES = st.sampled_from(
    [
        *("UTC", "Europe/Berlin", "America/New_York", "Australia/Sydney", "America/Havana"),
        *("Asia/Beirut", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Kathmandu"),
    ]
).map(ZoneInfo)
MOMENTS = st.datetimes(
    datetime(2020, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
    datetime(2035, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
AMOUNTS = st.integers(0, 10**12)


def terms(interval: BillingInterval, start: datetime, zone: ZoneInfo) -> Iterator[Term]:
    term = first_term(interval, start, zone)
    while True:
        yield term
        term = next_term(interval, start, term.ends_at, zone)


def local(*of: int) -> datetime:
    return datetime(*of, tzinfo=BERLIN).astimezone(UTC)


@given(st.sampled_from(BillingInterval), MOMENTS, ZONES)
def test_terms_follow_each_other_without_gap_or_overlap(
    interval: BillingInterval, start: datetime, zone: ZoneInfo
) -> None:
    some = list(islice(terms(interval, start, zone), 14))
    assert some[0].starts_at == start
    for term, following in pairwise(some):
        assert term.starts_at < term.ends_at == following.starts_at
    # Each local day from the first one on is in one term.
    first, last = (m.astimezone(zone).date() for m in (start, some[-1].ends_at))
    assert sum(term.days for term in some) == (last - first).days
    assert all(1 <= term.days <= term.full_days for term in some)
    # Only the first one may be less than a whole.
    assert all(term.days == term.full_days for term in some[1:])


@given(MOMENTS, ZONES)
def test_months_begin_at_local_midnight_on_the_first(start: datetime, zone: ZoneInfo) -> None:
    for term in islice(terms(MONTH, start, zone), 1, 14):
        assert period_bounds(period_of(term.starts_at, zone), zone) == (
            term.starts_at,
            term.ends_at,
        )
        before = (term.starts_at - timedelta(microseconds=1)).astimezone(zone).date()
        assert (term.starts_at.astimezone(zone).day, before.month) == (
            1,
            (term.starts_at.astimezone(zone).date() - timedelta(days=1)).month,
        )


@pytest.mark.parametrize(
    ("start", "end", "days", "full"),
    [
        # The day on which it begins counts.
        (local(2026, 11, 22, 23, 59), local(2026, 12, 1), 9, 30),
        (local(2026, 11, 30, 23, 59), local(2026, 12, 1), 1, 30),
        (local(2026, 11, 1), local(2026, 12, 1), 30, 30),
        (local(2028, 2, 29, 12), local(2028, 3, 1), 1, 29),
        (local(2027, 2, 15), local(2027, 3, 1), 14, 28),
        # Through the change to summer time and back.
        (local(2026, 3, 15), local(2026, 4, 1), 17, 31),
        (local(2026, 10, 25, 2, 30), local(2026, 11, 1), 7, 31),
        # Already the next month where the vendor is.
        (datetime(2026, 12, 31, 23, 30, tzinfo=UTC), local(2027, 2, 1), 31, 31),
    ],
)
def test_the_first_month_is_charged_by_its_days(
    start: datetime, end: datetime, days: int, full: int
) -> None:
    assert first_term(MONTH, start, BERLIN) == Term(start, end, days, full)


@pytest.mark.parametrize(
    ("start", "ends"),
    [
        (local(2026, 3, 16, 9, 30), [local(2027, 3, 16, 9, 30), local(2028, 3, 16, 9, 30)]),
        # 29 February comes back when there is one.
        (
            local(2024, 2, 29, 8),
            [local(year, 2, 29 if year % 4 == 0 else 28, 8) for year in range(2025, 2029)],
        ),
        # A local time that summer time skips that year, and one that comes twice.
        (local(2025, 3, 29, 2, 30), [datetime(2026, 3, 29, 1, 30, tzinfo=UTC)]),
        (local(2025, 10, 25, 2, 30), [datetime(2026, 10, 25, 0, 30, tzinfo=UTC)]),
    ],
)
def test_years_are_counted_from_the_start_of_billing(start: datetime, ends: list[datetime]) -> None:
    assert [term.ends_at for term in islice(terms(YEAR, start, BERLIN), len(ends))] == ends


@given(AMOUNTS, MOMENTS, ZONES)
def test_a_part_is_never_more_than_the_whole(amount: int, start: datetime, zone: ZoneInfo) -> None:
    term = first_term(MONTH, start, zone)
    part = prorated(amount, term.days, term.full_days)
    assert 0 <= part <= amount
    # As exact as minor units allow.
    assert abs(part - Fraction(amount * term.days, term.full_days)) <= Fraction(1, 2)
    assert prorated(amount, term.full_days, term.full_days) == amount


@pytest.mark.parametrize(
    ("amount", "currency", "days", "full", "part"),
    [
        (249_00, "USD", 9, 30, "74.70"),
        # Half a minor unit goes to the even neighbour.
        (5, "USD", 15, 30, "0.02"),
        (7, "USD", 15, 30, "0.04"),
        (14_800, "JPY", 10, 31, "4774"),
        (99_999, "KWD", 1, 3, "33.333"),
    ],
)
def test_a_part_in_minor_units(amount: int, currency: str, days: int, full: int, part: str) -> None:
    assert str(Money(prorated(amount, days, full), currency)) == part


def test_a_period_is_a_month_of_the_vendor() -> None:
    assert period_of(datetime(2026, 10, 31, 23, tzinfo=UTC), BERLIN) == "2026-11"
    assert period_bounds("2026-03", BERLIN) == (
        datetime(2026, 2, 28, 23, tzinfo=UTC),
        datetime(2026, 3, 31, 22, tzinfo=UTC),
    )


@pytest.mark.parametrize("text", ["2026-13", "2026-1", "2026-00", "26-01", "2026-01-01", "", "x"])
def test_what_is_no_period(text: str) -> None:
    with pytest.raises(ValueError, match="month such as"):
        period_bounds(text, BERLIN)
