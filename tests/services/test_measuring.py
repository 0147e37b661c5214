"""What evaluation is told of partners equals what their records say, however they came.

The records are drawn at random; plain counting over the same records is what `load_facts` and
`assume` are held against. What SQL written by hand gives is in `test_numbers_by_sql.py`.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.activity import NewActivity
from app.domain.ids import new_id
from app.domain.programs.evaluation import Evaluator
from app.domain.programs.facts import Facts, Flow, Total
from app.domain.programs.hypothetical import assume
from app.domain.programs.required_facts import held_kinds
from app.persistence.database import Database
from app.services.programs.measuring import Known, load_facts, rows_of
from tests.services.histories import (
    EVALUATORS,
    NOW,
    PARTNER,
    STATE,
    Told,
    activities,
    against_a_database,
    histories,
    keep,
    three_partners,
)
from tests.world import LONG_AGO, World


@pytest.fixture
async def partners(world: World) -> list[UUID]:
    return await three_partners(world)


def naive(told: Sequence[Told], evaluator: Evaluator) -> Facts:
    """The facts by plain counting, one record after another."""
    totals: dict[Flow, Total] = {}
    for flow in evaluator.flows:
        found = [r.activity for r in told if _counts(r.activity, flow)]
        if found:
            money = [a.amount for a in found if a.amount]
            amounts = {
                currency: sum(m.amount_minor for m in money if m.currency == currency)
                for currency in {m.currency for m in money}
            }
            totals[flow] = Total(sum(a.quantity for a in found), len(found), amounts)
    taken = {r.activity.reverses for r in told}
    kinds = held_kinds(evaluator.program)
    standing = [
        r
        for r in told
        if r.activity.kind in kinds
        and r.id not in taken
        and r.activity.reverses is None
        and (r.activity.expires_at is None or r.activity.expires_at > NOW)
    ]
    held = assume(Facts(PARTNER), (), [r.activity for r in standing]).holdings
    placed = [replace(h, position=r.position) for h, r in zip(held, standing, strict=True)]
    return Facts(PARTNER, totals, placed)


def _counts(activity: NewActivity, flow: Flow) -> bool:
    stream, start = flow.stream, flow.interval.start
    return (
        activity.kind == stream.kind
        and (start or LONG_AGO - timedelta(days=3650)) <= activity.occurred_at < flow.interval.end
        and (not stream.revenue or activity.revenue == stream.revenue)
        and (not stream.motions or activity.motion in stream.motions)
        and (not stream.price_bases or activity.price_basis in stream.price_bases)
        and (not stream.sources or activity.source in stream.sources)
        and (not stream.products or activity.product in stream.products)
    )


def same(found: Facts, wanted: Facts) -> None:
    assert found.totals == wanted.totals
    by_position = lambda facts: sorted(facts.holdings, key=lambda h: h.position)  # noqa: E731
    assert by_position(found) == by_position(wanted)


@against_a_database
@given(told=histories())
async def test_facts_are_what_the_records_say(
    database: Database, partners: list[UUID], told: list[Told]
) -> None:
    await keep(database, told, partners)
    given = dict.fromkeys(partners, PARTNER)
    for evaluator in EVALUATORS.values():
        found = await load_facts(rows_of(database), database.dialect, evaluator, given)
        for number, id in enumerate(partners):
            own = [record for record in told if record.partner == number]
            same(found[id], naive(own, evaluator))


@against_a_database
@given(told=histories(), share=st.floats(0, 1))
async def test_what_was_told_later_is_not_known_before(
    database: Database, partners: list[UUID], told: list[Told], share: float
) -> None:
    await keep(database, told, partners)
    last = told[int(share * (len(told) - 1))]
    evaluator = EVALUATORS["all"]
    rows, dialect = rows_of(database), database.dialect
    known = Known(at=last.recorded_at)
    found = await load_facts(rows, dialect, evaluator, dict.fromkeys(partners, PARTNER), known)
    for number, id in enumerate(partners):
        own = [r for r in told if r.partner == number and r.recorded_at <= last.recorded_at]
        same(found[id], naive(own, evaluator))
    id, known = partners[last.partner], Known(position=last.position)
    found = await load_facts(rows, dialect, evaluator, {id: PARTNER}, known)
    own = [r for r in told if r.partner == last.partner and r.position <= last.position]
    same(found[id], naive(own, evaluator))


@against_a_database
@given(records=st.lists(activities(), min_size=30, max_size=60), before=st.integers(0, 30))
async def test_assumed_records_count_as_kept_ones_do(
    database: Database, partners: list[UUID], records: list[NewActivity], before: int
) -> None:
    told = [Told(new_id(), 0, i, NOW, record) for i, record in enumerate(records, start=1)]
    for evaluator in EVALUATORS.values():
        await keep(database, told, partners)
        all_kept = await _facts(database, evaluator, partners[0])
        await keep(database, told[:before], partners)
        some_kept = await _facts(database, evaluator, partners[0])
        assumed = assume(some_kept, evaluator.flows, records[before:])
        assert assumed.totals == all_kept.totals
        found, wanted = (evaluator.evaluate(f, STATE) for f in (assumed, all_kept))
        assert found.result() == wanted.result()
        assert found.state == wanted.state


async def _facts(database: Database, evaluator: Evaluator, partner: UUID) -> Facts:
    given = {partner: PARTNER}
    return (await load_facts(rows_of(database), database.dialect, evaluator, given))[partner]
