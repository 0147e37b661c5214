"""Decisions do not depend on when the evaluator comes by: late, or overtaken by what is told."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import ErrorCode, Refused
from app.domain.money import Money
from app.persistence.models import ActivityRecord, EvaluationRun, Event, Standing
from app.services.activity.record_activity import NewFact, RecordActivity, record_activity
from app.services.activity.reverse_activity import (
    ExternalRecord,
    ReverseActivity,
    reverse_activity,
)
from app.services.activity.set_exchange_rate import SetExchangeRate, set_exchange_rate
from app.services.partners.resume_partner import ResumePartner, resume_partner
from app.services.programs import due
from app.services.programs.evaluate_partner import EvaluatePartner, evaluate_partner
from app.services.programs.pin_partner_tier import (
    PinPartnerTier,
    UnpinPartnerTier,
    pin_partner_tier,
    unpin_partner_tier,
)
from app.services.programs.program_versions import ImportTierProgram, import_tier_program
from app.services.programs.set_partner_tier import SetPartnerTier, set_partner_tier
from tests.conftest import empty
from tests.contract.recorded_sql import statements
from tests.refusals import refused
from tests.services.histories import against_a_database
from tests.services.tier_programs import (
    GOLD,
    catch_up,
    certified,
    decisions,
    program,
    publish,
    sale,
    standing,
    tell,
    tier,
)
from tests.world import World, make_world

HOURS = st.integers(1, 40 * 24)
TIERS = st.sampled_from(["bronze", "silver", "gold"])


@dataclass(frozen=True)
class Step:
    """After so many hours, something that people do."""

    hours: int
    name: str
    value: Any = None


def steps(names: Sequence[str]) -> st.SearchStrategy[Step]:
    values = {
        "certify": st.integers(1, 60),
        "sell": st.sampled_from([3_000, 6_000, GOLD]),
        "sell_euros": st.just(9_000),
        "pin": st.tuples(TIERS, st.integers(1, 60)),
        "set": TIERS,
        "publish": st.integers(0, 30),
    }
    return st.sampled_from(names).flatmap(
        lambda name: st.builds(Step, HOURS, st.just(name), values.get(name, st.none()))
    )


NAMES = [
    *("certify", "sell", "sell_euros", "reverse", "rate", "pin", "unpin"),
    *("set", "evaluate", "publish", "resume"),
]
POLICIES = [
    {"retention": {"kind": "LIVE"}},
    {"retention": {"kind": "LIVE"}, "demotion": "ONE_STEP"},
    {"retention": {"kind": "GRACE", "days": 10, "noticeDays": 4}},
    {"retention": {"kind": "PERIOD_HOLD", "period": {"count": 1, "unit": "QUARTER"}}},
    {"promotion": "AT_EVALUATION"},
    {"promotion": "APPROVAL"},
    {"entryDeadline": {"days": 30, "action": "SUSPEND"}},
]


def ladder(world: World, policy: dict[str, Any]) -> dict[str, Any]:
    file = program(world, **policy)
    if "entryDeadline" in policy:
        # Nobody is in a tier from the first day on.
        del file["tiers"][0]
    return file


async def publish_later(world: World, policy: dict[str, Any], days: int) -> None:
    """Publish a version that asks more of gold, to take effect after so many days."""
    now = world.clock.now()
    file = ladder(world, policy) | {"effectiveFrom": (now + timedelta(days=days)).isoformat()}
    file["tiers"][-1]["requirement"]["of"][1]["threshold"] = GOLD + now.day * 24 + now.hour
    text = json.dumps(file)
    await import_tier_program(
        world.caller(world.as_vendor()), ImportTierProgram(str(uuid4()), text, publish=True)
    )


async def do(world: World, step: Step, policy: dict[str, Any]) -> str:
    """Do a step; gives OK, or why it is refused."""
    caller, key, partner = world.caller(world.as_vendor()), str(uuid4()), world.acme.partner.id
    now, value = world.clock.now(), step.value
    try:
        match step.name:
            case "certify":
                await tell(world, certified(world, days=value))
            case "sell":
                # Told late: an evaluation in between does not know of it.
                await tell(world, sale(world, value, days_ago=30, external_id=f"{now}"))
            case "sell_euros":
                euros = replace(sale(world, value), amount=Money(value * 100, "EUR"))
                await tell(world, euros)
            case "reverse":
                sold = ActivityRecord.filter(external_id__isnull=False, reverses_id__isnull=True)
                last = await sold.order_by("-position").first()
                record = ExternalRecord(partner, (last and last.external_id) or "none")
                await reverse_activity(caller, ReverseActivity(key, record, "Withdrawn."))
            case "rate":
                day = (now - timedelta(days=60)).date()
                rate = SetExchangeRate(key, "EUR", "USD", Decimal(2), day)
                await set_exchange_rate(caller, rate)
            case "pin":
                until = now + timedelta(days=value[1])
                pin = PinPartnerTier(key, partner, "ladder", value[0], "By hand.", until)
                await pin_partner_tier(caller, pin)
            case "unpin":
                await unpin_partner_tier(caller, UnpinPartnerTier(key, partner, "ladder", "Off."))
            case "set":
                place = SetPartnerTier(key, partner, "ladder", value, "By hand.")
                await set_partner_tier(caller, place)
            case "evaluate":
                await evaluate_partner(caller, EvaluatePartner(key, partner, "ladder"))
            case "resume":
                await resume_partner(caller, ResumePartner(key, partner, "Again."))
            case "publish":
                await publish_later(world, policy, value)
    except Refused as refused:
        return refused.problems[0].code
    return "OK"


async def pass_time(world: World, until: datetime, prompt: bool) -> None:
    """Let the clock go on; if `prompt`, the evaluator comes by at each moment that is due."""
    clock: Any = world.clock
    while prompt:
        first = await Standing.filter(due_at__lte=until).order_by("due_at").first()
        if first is None:
            break
        assert first.due_at is not None
        clock.at = max(clock.at, first.due_at)
        await catch_up(world)
    clock.at = until


async def play(
    world: World, policy: dict[str, Any], history: Sequence[Step], prompt: bool
) -> list[Any]:
    """What comes of a history."""
    start = world.clock.now()
    await publish(world, ladder(world, policy))
    answers = []
    for step in history:
        await pass_time(world, world.clock.now() + timedelta(hours=step.hours), prompt)
        answers.append(await do(world, step, policy))
        if prompt:
            await catch_up(world)
    await pass_time(world, start + timedelta(days=400), prompt)
    await catch_up(world)
    return [answers, *await outcome(world)]


async def outcome(world: World) -> list[Any]:
    made = [
        (row.decided_at, row.origin, row.direction, row.to_tier and row.to_tier.key, row.reason)
        for row in await decisions(world)
    ]
    # Partners of one moment are told of in one order or another.
    told = sorted(
        [
            (row.occurred_at, row.type, json.dumps(_plain(row.data), sort_keys=True))
            async for row in Event.filter(partner_id=world.acme.partner.id)
        ]
    )
    last = await standing(world)
    state = {
        name: getattr(last, name)
        for name in ("since", "held_until", "grace_until", "at_risk_on", "evaluated_at", "due_at")
    }
    return [made, told, state]


def _plain(data: Any) -> Any:
    """The data of an event without ids, which are others each time."""
    return {name: value for name, value in data.items() if name not in ("decision", "reverses")}


@against_a_database
@given(st.sampled_from(POLICIES), st.lists(steps(NAMES), min_size=3, max_size=8))
async def test_decisions_are_the_same_however_late_the_evaluator_comes_by(
    world: World, policy: dict[str, Any], history: list[Step]
) -> None:
    clock: Any = world.clock
    start, found = clock.at, []
    for prompt in (True, False):
        clock.at = start
        await empty(world.database)
        found.append(await play(await make_world(world.database, clock), policy, history, prompt))
    clock.at = start

    assert found[1] == found[0]


async def fact_by_many(world: World) -> None:
    """A fact about every partner: too many of them to be evaluated within the call, or not."""
    partners = [world.acme.partner, world.rival.partner]
    items = tuple(NewFact(partner.id, sale(world, 5)) for partner in partners)
    caller = world.caller(world.as_vendor())
    await record_activity(caller, RecordActivity(str(uuid4()), items))


async def test_a_fact_about_many_partners_does_not_move_the_end_either(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(due, "BATCH", 1)
    await publish(world, program(world))
    await tell(world, certified(world, days=20))
    end = world.clock.now() + timedelta(days=20)

    world.clock.advance(days=60)
    await fact_by_many(world)
    now = world.clock.now()
    await catch_up(world)

    assert (await decisions(world))[-1].decided_at == end
    for partner in (world.acme.partner, world.rival.partner):
        assert (await standing(world, partner=partner)).evaluated_at == now


async def test_with_nothing_due_more_partners_take_no_more_statements(world: World) -> None:
    await publish(world, program(world))
    with statements() as one:
        await tell(world, sale(world, 5))
    with statements() as many:
        await fact_by_many(world)

    assert len(many) == len(one)
    assert sum("WHERE due_at <= " in statement for statement in one) == 1


async def test_a_partner_comes_into_a_program_as_of_the_day_it_took_effect(world: World) -> None:
    start = world.clock.now() + timedelta(days=15)
    file = program(world) | {"effectiveFrom": start.isoformat()}
    await import_tier_program(
        world.caller(world.as_vendor()),
        ImportTierProgram(str(uuid4()), json.dumps(file), publish=True),
    )

    world.clock.advance(days=60)
    await catch_up(world)

    assert (await standing(world)).enrolled_at == start
    assert (await decisions(world))[0].decided_at == start


async def test_a_run_on_schedule_counts_partners_that_facts_overtook(world: World) -> None:
    await publish(world, program(world))
    world.clock.advance(days=31)
    await tell(world, sale(world, 5))
    await catch_up(world)

    [run] = await EvaluationRun.filter(as_of__gt=world.clock.now() - timedelta(days=20))
    assert (run.status, run.evaluated) == ("COMPLETED", 2)


async def test_a_fact_a_second_ahead_is_kept_as_of_now_and_counts_at_once(world: World) -> None:
    await publish(world, program(world))
    now = world.clock.now()
    caller = replace(world.caller(world.as_vendor()), tolerance=timedelta(seconds=5))
    fact = replace(certified(world, days=20), occurred_at=now + timedelta(seconds=1))
    item = NewFact(world.acme.partner.id, replace(fact, external_id="x"))

    ids = await record_activity(caller, RecordActivity("a", (item,)))
    assert (await ActivityRecord.get(id=ids["recorded.0"])).occurred_at == now
    assert await tier(world) == "silver"

    # Told again when the moment has come, it says the same.
    world.clock.advance(seconds=30)
    again = await record_activity(caller, RecordActivity("b", (item,)))
    assert again == {"unchanged.0": ids["recorded.0"]}

    item = NewFact(item.partner_id, replace(fact, occurred_at=now + timedelta(seconds=36)))
    async with refused(ErrorCode.INVALID, "activities", "0", "occurredAt"):
        await record_activity(caller, RecordActivity("c", (item,)))


async def test_a_fact_told_late_does_not_move_the_end_of_a_certificate(world: World) -> None:
    await publish(world, program(world))
    await tell(world, certified(world, days=20))
    end = world.clock.now() + timedelta(days=20)

    world.clock.advance(days=60)
    await tell(world, sale(world, 5))

    assert await tier(world) == "bronze"
    assert (await decisions(world))[-1].decided_at == end
