"""Facts with hypothetical records added, for simulations.

A hypothetical record counts exactly as if it were stored.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from app.domain.activity import NewActivity
from app.domain.programs.facts import NOTHING, Facts, Flow, Holding, Stream, Total
from app.domain.programs.vocabulary import STATES


def assume(facts: Facts, flows: Iterable[Flow], records: Sequence[NewActivity]) -> Facts:
    """Return the facts with these records added; `flows` are all flows to add up.

    The records come after the known ones, in their order: of two values set for the same time, the
    hypothetical one counts.
    """
    totals = dict(facts.totals)
    adding = [record for record in records if record.kind not in STATES]
    for flow in flows:
        for record in adding:
            if record.occurred_at in flow.interval and flows_in(record, flow.stream):
                totals[flow] = _plus(totals.get(flow, NOTHING), record)
    last = max((holding.position for holding in facts.holdings), default=0)
    held = [
        _holding(record, last + place)
        for place, record in enumerate(records, start=1)
        if record.kind in STATES
    ]
    return replace(facts, totals=totals, holdings=(*facts.holdings, *held))


def flows_in(record: NewActivity, stream: Stream) -> bool:
    """Return whether a record belongs to a stream."""
    wanted = (
        (record.motion, stream.motions),
        (record.price_basis, stream.price_bases),
        (record.source, stream.sources),
        (record.product, stream.products),
    )
    return (
        record.kind is stream.kind
        and stream.revenue in (None, record.revenue)
        and all(not among or value in among for value, among in wanted)
    )


def _plus(total: Total, record: NewActivity) -> Total:
    amounts = total.amounts
    if record.amount is not None:
        currency = record.amount.currency
        amounts = {**amounts, currency: amounts.get(currency, 0) + record.amount.amount_minor}
    return Total(total.quantity + record.quantity, total.records + 1, amounts)


def _holding(record: NewActivity, position: int) -> Holding:
    return Holding(
        record.kind,
        record.code or "",
        record.occurred_at,
        record.expires_at,
        record.person,
        record.value,
        position,
    )
