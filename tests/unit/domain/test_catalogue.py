"""Catalogue files: what is written is read back as it was, whatever it says."""

from collections.abc import Callable, Hashable
from datetime import UTC, datetime
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain.catalogue.model import (
    BookEntry,
    BracketEntry,
    BundleEntry,
    Catalogue,
    PlanEntry,
    PolicyEntry,
    TaxEntry,
    TrialEntry,
)
from app.domain.catalogue.reading import read_catalogue
from app.domain.catalogue.writing import catalogue_yaml
from app.domain.income import RateLock
from app.domain.invoices import AdvisorFeeRule
from app.domain.plans import BillingInterval, PlanCode, WayIn
from tests.unit.domain.programs.strategies import is_readable

T = TypeVar("T")
BERLIN, NEW_YORK, TOKYO = map(ZoneInfo, ("Europe/Berlin", "America/New_York", "Asia/Tokyo"))


def texts(longest: int) -> st.SearchStrategy[str]:
    some = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=longest)
    return some.map(str.strip).filter(is_readable)


MOMENTS = st.datetimes(
    datetime(1970, 1, 2),  # noqa: DTZ001 - hypothesis adds the zone
    datetime(2199, 12, 30),  # noqa: DTZ001
    timezones=st.just(UTC),
)
AMOUNTS = st.integers(0, 10**15)
SHARES = st.decimals(0, 1, places=6)
DAYS = st.integers(0, 3650)
SIZES = st.from_regex(r"[0-9A-Za-z][0-9A-Za-z+._-]{0,31}", fullmatch=True)
BUNDLES = st.from_regex(r"[A-Z0-9][A-Z0-9_-]{0,31}", fullmatch=True)
# With 0, 2, 3 and 4 decimals.
CURRENCIES = st.sampled_from(["JPY", "USD", "KWD", "CLF"])
COUNTRIES = st.sampled_from(["DE", "GB", "NO", "SE"])


def several(entries: st.SearchStrategy[T], key: Callable[[T], Hashable]) -> Any:
    """Up to three of them that say different things."""
    return st.lists(entries, max_size=3, unique_by=key).map(tuple)


TRIALS = several(
    st.builds(TrialEntry, st.sampled_from(WayIn), DAYS, MOMENTS),
    lambda trial: (trial.way_in, trial.effective_from),
)
PLANS = st.builds(
    PlanEntry,
    st.sampled_from(PlanCode),
    texts(80),
    st.just("") | texts(2000),
    st.booleans(),
    st.booleans(),
    TRIALS,
)
KEYS = st.tuples(st.sampled_from(PlanCode), st.sampled_from(BillingInterval), SIZES)
BOOKS = st.builds(
    BookEntry,
    CURRENCIES,
    texts(120),
    MOMENTS,
    st.none() | AMOUNTS,
    st.dictionaries(KEYS, AMOUNTS, max_size=4),
    st.dictionaries(BUNDLES, AMOUNTS, max_size=2),
)
BRACKETS = st.integers(1, 10**6).flatmap(
    lambda low: st.builds(
        BracketEntry, SIZES, texts(40), st.just(low), st.none() | st.integers(low + 1, 10**7)
    )
)
POLICIES = st.builds(
    PolicyEntry,
    MOMENTS,
    st.sampled_from(AdvisorFeeRule),
    st.sampled_from(RateLock),
    SHARES,
    DAYS,
    st.integers(1, 3650),
    st.booleans(),
)
TAXES = st.builds(TaxEntry, COUNTRIES, texts(60), SHARES, MOMENTS, st.none() | texts(300))
CATALOGUES = st.builds(
    Catalogue,
    several(PLANS, lambda plan: plan.code),
    several(BRACKETS, lambda bracket: bracket.code),
    several(
        st.builds(BundleEntry, BUNDLES, texts(80), st.integers(1, 10**6)),
        lambda bundle: bundle.code,
    ),
    several(BOOKS, lambda book: (book.currency, book.effective_from)),
    several(POLICIES, lambda policy: policy.effective_from),
    several(TAXES, lambda tax: (tax.country, tax.effective_from)),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(CATALOGUES, st.sampled_from([BERLIN, NEW_YORK, TOKYO]))
def test_nothing_is_lost(catalogue: Catalogue, zone: ZoneInfo) -> None:
    text = catalogue_yaml(catalogue)
    if text.strip() != "{}":
        assert read_catalogue(text, zone) == catalogue
    assert catalogue_yaml(catalogue) == text


@pytest.mark.parametrize("quote", ["", '"'])
@pytest.mark.parametrize(
    ("zone", "written", "meant"),
    [
        (BERLIN, "2027-07-01", "2027-06-30T22:00:00Z"),
        (BERLIN, "2027-01-01", "2026-12-31T23:00:00Z"),
        (NEW_YORK, "2027-07-01", "2027-07-01T04:00:00Z"),
        (TOKYO, "2027-07-01", "2027-06-30T15:00:00Z"),
        (BERLIN, "2027-07-01T00:00:00Z", "2027-07-01T00:00:00Z"),
        (NEW_YORK, "2027-07-01T00:00:00+02:00", "2027-06-30T22:00:00Z"),
    ],
)
def test_a_date_is_midnight_where_the_vendor_is(
    zone: ZoneInfo, written: str, meant: str, quote: str
) -> None:
    since = f"effectiveFrom: {quote}{written}{quote}"
    catalogue = read_catalogue(
        f"""
plans:
  - code: FREE
    name: Free
    takesSlot: false
    startsSubscription: false
    trialTerms: [{{wayIn: CREATE, days: 0, {since}}}]
priceBooks: [{{currency: USD, name: Later, {since}}}]
billingPolicies:
  - {{{since}, advisorFeeRule: ANY_TIME, rateLock: FLOATING, contentCut: "0.15", paymentDays: 30,
     invitationDays: 14, returnSlotOnArchive: false}}
taxRules: [{{country: CH, label: MWST, rate: "0.081", {since}}}]
""",
        zone,
    )
    dated = (*catalogue.plans[0].trials, *catalogue.books, *catalogue.policies, *catalogue.taxes)
    assert [entry.effective_from for entry in dated] == [datetime.fromisoformat(meant)] * 4
