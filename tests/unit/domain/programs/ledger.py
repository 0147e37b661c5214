"""A partner's records, and what they come to, in plain Python.

`facts_of` says record by record what the service asks of the database in a few statements, so that
either can be held against the other.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from app.domain.programs.evaluation import Decision, Evaluator
from app.domain.programs.facts import Facts, Flow, Holding, PartnerFacts, Rates, Stream, Total
from app.domain.programs.model import ProgramDefinition
from app.domain.programs.policies import State
from app.domain.programs.required_facts import held_kinds
from app.domain.programs.vocabulary import ActivityKind


@dataclass(frozen=True)
class Record:
    """One fact as it is kept; `amount` is in minor units. A reversal has what it takes back, at
    the moment of what it `reverses`: the amount below zero, and quantity -1, or 0 for a part."""

    kind: ActivityKind
    occurred_at: datetime
    code: str | None = None
    person: str | None = None
    revenue: str | None = None
    motion: str | None = None
    price_basis: str | None = None
    source: str | None = None
    product: str | None = None
    amount: int | None = None
    currency: str | None = None
    expires_at: datetime | None = None
    quantity: int = 1
    value: str | None = None
    reverses: "Record | None" = None


def at(text: str) -> datetime:
    """A moment in UTC: "2026-03-02" or "2026-03-02T09:30"."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


JOINED = at("2024-01-01")
PARTNER = PartnerFacts("VAR", "USD", JOINED)
NOBODY = State(rank=0, since=JOINED, enrolled_at=JOINED)


def sale(
    when: str, amount: int, currency: str = "USD", revenue: str = "SOLD_ARR", **more
) -> Record:
    """A sale; `amount` in minor units."""
    return Record(
        ActivityKind.SALE, at(when), amount=amount, currency=currency, revenue=revenue, **more
    )


def event(when: str, kind: str = "DEAL_REGISTRATION", **more) -> Record:
    """Something that is counted."""
    return Record(ActivityKind(kind), at(when), **more)


def held(kind: str, code: str, since: str, until: str | None = None, **more) -> Record:
    """Something that holds from a moment on; without a `person`, of the organisation itself."""
    return Record(ActivityKind(kind), at(since), code=code, expires_at=until and at(until), **more)


def certified(person: str, *codes: str, since: str = "2026-01-05", until: str | None = None):
    """A person's certifications."""
    return [held("CERTIFICATION", code, since, until, person=person) for code in codes]


def reversed_(record: Record, part: int | None = None) -> Record:
    """What takes a record back, or a part of its money."""
    taken = record.amount if part is None else part
    return replace(
        record,
        amount=taken and -taken,
        quantity=-1 if part is None else 0,
        value=None,
        reverses=record,
    )


def facts_of(records: Sequence[Record], evaluator: Evaluator, partner: PartnerFacts) -> Facts:
    """What evaluation has to know; the place of a record in `records` is its position, from 1.

    What took effect after the moment is not known at it.
    """
    known = [
        (position, record)
        for position, record in enumerate(records, start=1)
        if record.occurred_at <= evaluator.moment
    ]
    totals = {
        flow: total
        for flow in evaluator.flows
        if (total := _total(flow, [record for _, record in known])).records
    }
    kinds = held_kinds(evaluator.program)
    holdings = _holdings([each for each in known if each[1].kind in kinds], evaluator.moment)
    return Facts(partner, totals, holdings)


def _total(flow: Flow, records: Iterable[Record]) -> Total:
    found = [r for r in records if r.occurred_at in flow.interval and _is_of(flow.stream, r)]
    amounts: dict[str, int] = defaultdict(int)
    for record in found:
        if record.currency is not None:
            amounts[record.currency] += record.amount
    return Total(sum(record.quantity for record in found), len(found), dict(amounts))


def _is_of(stream: Stream, record: Record) -> bool:
    wanted = [
        (stream.motions, record.motion),
        (stream.price_bases, record.price_basis),
        (stream.sources, record.source),
        (stream.products, record.product),
    ]
    return (
        record.kind is stream.kind
        and stream.revenue in (None, record.revenue)
        and all(not allowed or value in allowed for allowed, value in wanted)
    )


def _holdings(known: Sequence[tuple[int, Record]], moment: datetime) -> tuple[Holding, ...]:
    amount_to_reverse = {id(record.reverses) for _, record in known if record.reverses}
    return tuple(
        Holding(r.kind, r.code, r.occurred_at, r.expires_at, r.person, r.value, position)
        for position, r in known
        if not r.reverses
        and id(r) not in amount_to_reverse
        and (r.expires_at is None or r.expires_at > moment)
    )


def decide(
    program: ProgramDefinition,
    moment: datetime | str,
    records: Sequence[Record] = (),
    state: State = NOBODY,
    partner: PartnerFacts = PARTNER,
    zone: str = "UTC",
    rates: Rates | None = None,
) -> Decision:
    """Evaluate a partner with these records."""
    moment = at(moment) if isinstance(moment, str) else moment
    evaluator = Evaluator(program, moment, zone, rates)
    return evaluator.evaluate(facts_of(records, evaluator, partner), state)
