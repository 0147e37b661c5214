"""Ladders that ask for more of the same, and partners that can climb them, for Hypothesis."""

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from app.domain.programs.policies import State
from tests.unit.domain.programs.ladders import all_of, condition, deals, ladder, money
from tests.unit.domain.programs.ledger import at, event, held, reversed_, sale

MOMENT = at("2026-03-15T12:00")
LONG = [
    {"kind": "LIFETIME"},
    {"kind": "ROLLING", "count": 12, "unit": "MONTH"},
    {"kind": "ROLLING", "count": 45, "unit": "DAY"},
    {"kind": "CALENDAR", "unit": "QUARTER"},
    {"kind": "PROGRAM_YEAR"},
]
BUCKETS = [{"kind": "EACH_BUCKET", "count": 2, "unit": "MONTH"}]
FOREVER = LONG[:1]
EVENTS = ["DEAL_REGISTRATION", "LEAD_ACCEPTED"]
POINTS = [
    {"activity": "DEAL_REGISTRATION", "points": 2, "effectiveFrom": "2024-01-01", "cap": 5},
    {"activity": "SALE", "points": 1, "effectiveFrom": "2025-06-01", "perAmount": 40}
    | {"currency": "EUR"},
]


def conditions(windows):
    """Conditions that more facts never break."""
    window = st.sampled_from(windows)
    few = st.integers(1, 3)
    return st.one_of(
        st.builds(money, st.integers(1, 300), st.sampled_from(["USD", "EUR"]), window),
        st.builds(money, st.just({"USD": 100, "EUR": 90}), st.just("LOCAL"), window),
        st.builds(deals, few, window, activity=st.sampled_from(EVENTS)),
        st.builds(
            condition, st.just("POINTS"), st.integers(1, 9), window=window, weights=st.just(POINTS)
        ),
        HELD,
    )


HELD = st.one_of(
    st.builds(
        condition,
        st.just("CERTIFIED_PEOPLE"),
        st.integers(1, 2),
        holdsAny=st.sampled_from([["SALES"], ["SALES", "TECHNICAL"]]),
    ),
    st.just(condition("CERTIFIED_PEOPLE", 1, holdsAll=["SALES", "TECHNICAL"])),
    st.just(condition("ATTESTATION", attestation="PAGE")),
    st.just(condition("CAPABILITIES", ["LEADS"], "CONTAINS_ALL")),
)


@st.composite
def groups(draw, leaves):
    """A tree without NOT."""
    of = draw(st.lists(leaves, min_size=1, max_size=3))
    kind = draw(st.sampled_from(["ALL", "ANY", "AT_LEAST"]))
    found = {"kind": kind, "of": of}
    return found | ({"atLeast": draw(st.integers(1, len(of)))} if kind == "AT_LEAST" else {})


policies = st.fixed_dictionaries(
    {
        "promotion": st.sampled_from(["IMMEDIATE", "AT_EVALUATION", "APPROVAL"]),
        "retention": st.sampled_from(
            [
                {"kind": "LIVE"},
                {"kind": "PERIOD_HOLD", "period": {"count": 1, "unit": "QUARTER"}},
                {"kind": "GRACE", "days": 20, "noticeDays": 7},
            ]
        ),
        "demotion": st.sampled_from(["ONE_STEP", "TO_QUALIFIED", "NONE"]),
        "evaluateEvery": st.sampled_from(
            [{"count": 1, "unit": unit} for unit in ("DAY", "MONTH", "QUARTER")]
        ),
    },
    optional={"certification": st.just({"validity": {"count": 1, "unit": "YEAR"}})},
)


@st.composite
def ladders(draw, windows=(*LONG, *BUCKETS), leaves=None, **policy):
    """A program of one to three tiers, each asking for all that the one below asks for."""
    leaves = conditions(list(windows)) if leaves is None else leaves
    trees = st.lists(leaves | groups(leaves), min_size=1, max_size=3)
    tiers, below = [], []
    for more in draw(trees):
        below = [*below, more]
        tiers.append(all_of(*below))
    gate = draw(st.none() | st.just(condition("ATTESTATION", attestation="GATE")))
    return ladder(*tiers, gate=gate, **draw(policies) | policy)


days = st.integers(0, 500).map(lambda n: (MOMENT - timedelta(days=n)).isoformat()[:16])
ends = st.none() | st.integers(-3, 120).map(lambda n: (MOMENT + timedelta(days=n)).isoformat()[:16])
people = st.sampled_from(["ann", "bob"])
facts = st.one_of(
    st.builds(sale, days, st.integers(1, 200_00), st.sampled_from(["USD", "EUR"])),
    st.builds(event, days, st.sampled_from(EVENTS)),
    st.builds(
        held,
        st.just("CERTIFICATION"),
        st.sampled_from(["SALES", "TECHNICAL"]),
        days,
        ends,
        person=people,
    ),
    st.builds(held, st.just("ATTESTATION"), st.sampled_from(["PAGE", "GATE"]), days, ends),
    st.builds(held, st.just("CAPABILITY"), st.just("LEADS"), days),
)


@st.composite
def records(draw):
    """Facts up to the moment, some taken back; most partners pass the gate."""
    found = draw(st.lists(facts, max_size=8))
    if draw(st.integers(0, 3)):
        found.append(held("ATTESTATION", "GATE", "2024-01-01"))
    amount_to_reverse = draw(st.lists(st.sampled_from(found), max_size=1)) if found else []
    return found + [reversed_(record) for record in amount_to_reverse]


@st.composite
def standings(draw, program):
    """A standing without a pin, and without the vendor's word on anything."""
    since = draw(st.datetimes(datetime(2025, 6, 1), datetime(2026, 3, 14)))  # noqa: DTZ001
    since = since.replace(tzinfo=UTC)
    rank = draw(st.integers(0, len(program.tiers)))
    return State(rank=rank, since=since, enrolled_at=at("2024-01-01"))
