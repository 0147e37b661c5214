"""Partners for Hypothesis: facts that suit a program, standings, rates."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import strategies as st

from app.domain.programs.facts import PartnerFacts, Rate, Rates
from app.domain.programs.policies import Pin, State
from app.domain.programs.vocabulary import (
    STATES,
    ActivityKind,
    Capability,
    PriceBasis,
    Revenue,
    SaleMotion,
)
from tests.unit.domain.programs.ledger import Record, reversed_
from tests.unit.domain.programs.strategies import codes, currencies, words

moments = st.datetimes(
    datetime(2024, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
    datetime(2029, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
zones = st.sampled_from(["UTC", "Pacific/Auckland", "America/New_York"])
ages = st.timedeltas(timedelta(0), timedelta(days=1200))
partners = st.builds(
    PartnerFacts, st.sampled_from(["VAR", "MSP"]), currencies, moments.map(lambda m: m)
)


def filter_words(program):
    """The codes that a program's conditions name, and so may count."""
    found = set()

    def walk(value):
        if isinstance(value, str):
            found.add(value)
        for inner in value.values() if isinstance(value, dict) else ():
            walk(inner)
        for inner in value if isinstance(value, list | tuple) else ():
            walk(inner)

    for root in program.requirements():
        for condition in root.conditions():
            walk(dict(condition.filters))
    return sorted(found) or ["A"]


@st.composite
def records(draw, program, moment, max_size=12):
    """Records up to a moment, some of them reversed, in the order in which they were told."""
    named = st.sampled_from(filter_words(program)) | codes
    found = []
    for _ in range(draw(st.integers(0, max_size))):
        kind = draw(st.sampled_from(ActivityKind))
        record = Record(kind, moment - draw(ages))
        if kind in STATES:
            until = draw(st.none() | st.timedeltas(timedelta(days=-5), timedelta(days=400)))
            code = words(Capability) if kind is ActivityKind.CAPABILITY else named
            record = replace(
                record,
                code=draw(code),
                expires_at=None if until is None else moment + until,
                value=draw(_values(kind)),
                person=draw(_persons(kind)),
            )
        elif kind is ActivityKind.SALE:
            record = replace(
                record,
                revenue=draw(words(Revenue)),
                motion=draw(st.none() | words(SaleMotion)),
                price_basis=draw(st.none() | words(PriceBasis)),
                amount=draw(st.integers(1, 10**12)),
                currency=draw(currencies),
            )
        found.append(
            replace(record, source=draw(st.none() | named), product=draw(st.none() | named))
        )
        if draw(st.integers(0, 4)) == 0:
            found.append(reversed_(found[-1]))
    return found


def _values(kind):
    if kind is ActivityKind.MANUAL:
        return st.integers(-5, 10**6).map(str)
    return codes if kind is ActivityKind.ATTRIBUTE else st.none()


def _persons(kind):
    some = st.none() | st.sampled_from(["ann", "bob", "cy"])
    return some if kind is ActivityKind.CERTIFICATION else st.none()


rates = st.lists(
    st.builds(
        Rate,
        currencies,
        st.sampled_from(["USD", "EUR", "AUD"]),
        moments,
        st.integers(1, 300).map(lambda n: Decimal(n) / 100),
    ),
    max_size=6,
).map(Rates)


@st.composite
def states(draw, program, moment):
    """A standing as it may be kept: its parts agree with each other, and lie in the past."""
    top = len(program.tiers)
    ranks = st.integers(0, top)
    enrolled = moment - draw(ages)
    since = draw(st.datetimes(*(m.replace(tzinfo=None) for m in (enrolled, moment)))).replace(
        tzinfo=UTC
    )
    rank = draw(ranks)
    state = State(rank=rank, since=since, enrolled_at=enrolled, vouched=draw(ranks))
    soon = st.timedeltas(timedelta(days=-40), timedelta(days=40)).map(lambda d: moment + d)
    trouble = draw(st.sampled_from(["NONE", "GRACE", "HOLD"])) if rank else "NONE"
    if trouble == "GRACE":
        noticed = draw(st.sampled_from([None, since]))
        state = replace(state, grace_since=since, grace_until=draw(soon), grace_noticed_at=noticed)
    if trouble == "HOLD":
        state = replace(state, hold_since=since, held_until=draw(soon))
    if draw(st.booleans()):
        state = replace(state, at_risk_on=draw(soon), at_risk_because=("it",))
    if draw(st.integers(0, 3)) == 0:
        state = replace(state, pin=Pin(draw(st.integers(1, top)), draw(st.none() | soon)))
    return replace(
        state,
        held_until=state.held_until or draw(st.none() | soon),
        stepped_down_at=draw(st.sampled_from([None, since])),
        asked=draw(ranks),
        rejected=draw(ranks),
        rejected_until=draw(st.none() | soon),
        deadline_passed_at=draw(st.sampled_from([None, since])),
    )
