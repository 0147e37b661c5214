"""Evaluation in the database: on facts, on schedule, by hand; kept, explained and replayable."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from app.domain.activity import NewActivity
from app.domain.errors import ErrorCode
from app.domain.programs.parse import parse_program
from app.domain.programs.vocabulary import ActivityKind
from app.persistence.models import (
    ActivityRecord,
    Evaluation,
    EvaluationRun,
    Event,
    Partner,
    Standing,
    TierDecision,
    TierProgram,
    Vendor,
)
from app.services.activity.reverse_activity import ReverseActivity, reverse_activity
from app.services.partners.resume_partner import ResumePartner, resume_partner
from app.services.programs.evaluate_partner import EvaluatePartner, evaluate_partner
from app.services.programs.evaluator import Evaluator
from app.services.programs.import_program import import_program
from app.services.programs.replay_evaluation import Replayed, replay_evaluation
from app.services.programs.run_evaluation import begin_run, finish_run, look
from app.services.programs.versions import version_in_force
from tests.refusals import audited, everything, refused
from tests.services.tier_programs import (
    catch_up,
    certified,
    decisions,
    program,
    publish,
    sale,
    standing,
    story,
    tell,
    tier,
)
from tests.world import World


async def in_force(world: World):
    found = await version_in_force(await TierProgram.get(key="ladder"), world.clock.now())
    assert found is not None
    return found


async def evaluate(world: World, **change):
    input = EvaluatePartner(
        **{
            "idempotency_key": str(uuid4()),
            "partner_id": world.acme.partner.id,
            "program_key": "ladder",
            **change,
        }
    )
    ids = await evaluate_partner(world.caller(world.as_vendor()), input)
    return await Evaluation.get(id=ids["evaluation"])


async def resume(world: World) -> None:
    input = ResumePartner(str(uuid4()), world.acme.partner.id, "Trained by now.")
    await resume_partner(world.caller(world.as_vendor()), input)


async def test_a_partner_comes_into_a_new_program_and_is_placed(world: World) -> None:
    await publish(world, program(world))

    assert await tier(world) == "bronze"
    [decision] = await decisions(world)
    assert (decision.direction, decision.origin) == ("PLACED", "EVALUATION")
    assert decision.reason == "All requirements of Bronze are met."
    placed = await standing(world)
    assert placed.since == placed.evaluated_at == world.clock.now()
    # The next evaluation is at the beginning of April in Berlin.
    assert placed.due_at == datetime(2026, 3, 31, 22, tzinfo=UTC)


async def test_a_partner_resumed_comes_into_a_program_that_began_in_the_meantime(
    world: World,
) -> None:
    partner = world.acme.partner
    await Partner.filter(id=partner.id).update(status="SUSPENDED")
    await publish(world, program(world))
    # A server that runs all the time: it brings everybody in once.
    evaluator = Evaluator(world.database, world.clock)
    await evaluator.catch_up()
    assert not await Standing.filter(partner_id=partner.id).exists()

    await resume(world)
    await evaluator.catch_up()
    assert await tier(world) == "bronze"


async def test_a_fact_moves_a_partner_within_the_call_that_tells_it(world: World) -> None:
    await publish(world, program(world))
    await tell(world, certified(world))
    assert await tier(world) == "silver"

    await tell(world, sale(world, 9_999))
    assert await tier(world) == "silver"
    await tell(world, sale(world, 1))

    assert await tier(world) == "gold"
    assert await story(world) == [
        "TIER_CHANGED bronze",
        "TIER_CHANGED silver",
        "TIER_CHANGED gold",
    ]
    assert await tier(world, partner=world.rival.partner) == "bronze"


async def test_what_is_told_as_of_an_earlier_moment_never_evaluates_behind_the_last_look(
    world: World,
) -> None:
    await publish(world, program(world))
    await tell(world, certified(world))
    looked = (await standing(world)).evaluated_at
    enough = sale(world, 10_000)

    # Such as an invoice that is issued as of the day before.
    world.clock.advance(days=-1)
    await tell(world, replace(enough, occurred_at=world.clock.now()))
    assert await tier(world) == "silver"
    assert (await standing(world)).evaluated_at == looked

    world.clock.advance(days=1)
    await catch_up(world)
    assert await tier(world) == "gold"
    assert (await standing(world)).evaluated_at == looked


async def test_a_program_that_moves_at_evaluation_waits_for_it(world: World) -> None:
    await publish(world, program(world, promotion="AT_EVALUATION"))
    await tell(world, certified(world))
    await catch_up(world)
    assert await tier(world) == "bronze"

    world.clock.advance(days=31)
    await catch_up(world)

    assert await tier(world) == "silver"
    assert (await decisions(world))[-1].decided_at == datetime(2026, 3, 31, 22, tzinfo=UTC)


async def test_a_reversed_sale_takes_a_partner_down_and_says_why(world: World) -> None:
    await publish(world, program(world))
    await tell(world, certified(world), sale(world, 12_000))
    assert await tier(world) == "gold"
    [sold] = await ActivityRecord.filter(kind="SALE")

    world.clock.advance(days=3)
    await reverse_activity(
        world.caller(world.as_vendor()),
        ReverseActivity(idempotency_key="r", record=sold.id, reason="The customer withdrew."),
    )

    assert await tier(world) == "silver"
    last = (await decisions(world))[-1]
    assert last.direction == "DEMOTION"
    assert last.reason == ("Gold is no longer met: 10,000 USD sold in 12 months. Now in Silver.")
    result = last.evaluation.result["tiers"][2]["requirement"]["of"][1]["result"]
    assert (result["value"]["number"], result["remaining"]["number"]) == ("0", "10000")
    # Both the sale and its reversal stand behind the number.
    assert [(c["amount"], c["quantity"]) for c in result["contributors"]] in (
        [(-1_200_000, -1), (1_200_000, 1)],
        [(1_200_000, 1), (-1_200_000, -1)],
    )
    assert result["records"] == 2


async def test_a_certification_that_runs_out_acts_at_its_end(world: World) -> None:
    await publish(world, program(world))
    end = world.clock.now() + timedelta(days=10)
    await tell(world, certified(world, days=10))
    assert (await standing(world)).due_at == end
    assert (await standing(world)).at_risk_on == end

    world.clock.advance(days=9, hours=23)
    await catch_up(world)
    assert await tier(world) == "silver"
    world.clock.advance(days=20)
    await catch_up(world)

    assert await tier(world) == "bronze"
    assert (await decisions(world))[-1].decided_at == end
    assert await story(world) == [
        "TIER_CHANGED bronze",
        "TIER_CHANGED silver",
        "TIER_AT_RISK",
        "TIER_CHANGED bronze",
        "TIER_RISK_ENDED",
    ]


async def test_grace_begins_gives_notice_and_ends_each_in_its_time(world: World) -> None:
    grace = {"kind": "GRACE", "days": 30, "noticeDays": 7}
    await publish(world, program(world, retention=grace))
    await tell(world, certified(world, days=10))

    # However late it is looked at, everything happens when it was due.
    world.clock.advance(days=90)
    await catch_up(world)

    told = await Event.filter(partner_id=world.acme.partner.id).order_by("id")
    assert [(e.type, e.occurred_at) for e in told if e.type.startswith("TIER_GRACE")] == [
        ("TIER_GRACE_STARTED", datetime(2026, 3, 12, 9, 30, tzinfo=UTC)),
        # Thirty days, to the end of the day in Berlin; seven days' notice.
        ("TIER_GRACE_NOTICE", datetime(2026, 4, 4, 22, tzinfo=UTC)),
        ("TIER_GRACE_ENDED", datetime(2026, 4, 11, 22, tzinfo=UTC)),
    ]
    assert await tier(world) == "bronze"


async def test_whoever_recovers_in_grace_stays(world: World) -> None:
    await publish(world, program(world, retention={"kind": "GRACE", "days": 30, "noticeDays": 7}))
    await tell(world, certified(world, days=10))
    world.clock.advance(days=20)
    await catch_up(world)
    assert (await standing(world)).grace_until is not None

    await tell(world, certified(world, person="bob@acme.example"))

    after = await standing(world)
    assert (after.tier.key, after.grace_until, after.at_risk_on) == ("silver", None, None)
    assert (await story(world))[-2:] == ["TIER_GRACE_ENDED", "TIER_RISK_ENDED"]


async def test_an_entry_deadline_suspends(world: World) -> None:
    file = program(world, entryDeadline={"days": 30, "action": "SUSPEND"})
    file["tiers"] = file["tiers"][1:]
    await publish(world, file)
    assert await tier(world) is None

    world.clock.advance(days=60)
    await catch_up(world)

    assert (await Partner.get(id=world.acme.partner.id)).status == "SUSPENDED"
    assert await story(world) == ["ENTRY_DEADLINE_PASSED"]
    # Nobody looks at it again until somebody makes it active; then it has what it has.
    assert (await standing(world)).due_at is None
    await resume(world)
    await tell(world, certified(world))
    assert (await Partner.get(id=world.acme.partner.id)).status == "ACTIVE"
    assert await tier(world) == "silver"
    [event] = await Event.filter(type="PARTNER_RESUMED")
    assert event.data == {"reason": "Trained by now."}
    async with refused(ErrorCode.ALREADY_DONE, "partnerId"):
        await resume(world)


async def test_what_was_kept_replays_to_the_same_years_later(world: World) -> None:
    await publish(world, program(world))
    await tell(world, certified(world), sale(world, 8_000, days_ago=30))
    await tell(world, sale(world, 4_000, days_ago=5))
    world.clock.advance(days=900)
    # What was told later must not change what was decided before; nor a move of the vendor.
    await tell(world, sale(world, 99_000, days_ago=905))
    await Vendor.all().update(time_zone="Asia/Tokyo")

    kept = await Evaluation.filter(partner_id=world.acme.partner.id)
    assert len(kept) >= 3
    for row in kept:
        replayed = await replay_evaluation(world.database, row.id)
        assert replayed == Replayed(same_inputs=True, same_result=True, same_records=True)
    assert await replay_evaluation(world.database, uuid4()) is None


async def test_a_record_that_was_tampered_with_is_found_by_a_replay(world: World) -> None:
    await publish(world, program(world))
    await tell(world, certified(world), sale(world, 8_000, days_ago=30))
    kept = await evaluate(world)
    await ActivityRecord.filter(kind="SALE").update(amount=1)

    assert await replay_evaluation(world.database, kept.id) == Replayed(True, True, False)

    await Evaluation.filter(id=kept.id).update(digest="0" * 64)
    assert await replay_evaluation(world.database, kept.id) == Replayed(False, True, False)


async def test_evaluating_by_hand_keeps_an_explanation_even_of_nothing(world: World) -> None:
    await publish(world, program(world))
    before = await story(world)

    kept = await evaluate(world)

    assert kept.effects == [] and await story(world) == before
    silver = kept.result["tiers"][1]
    assert (silver["met"], silver["requirement"]["result"]["remaining"]["number"]) == (
        "NOT_MET",
        "1",
    )
    [entry] = await audited("evaluatePartner")
    assert entry.subject_id == kept.id


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"program_key": "none"}, ErrorCode.NOT_FOUND, "programKey"),
        ({"partner_id": uuid4()}, ErrorCode.NOT_FOUND, "partnerId"),
    ],
)
async def test_evaluating_what_is_not_there_is_refused(world: World, change, code, field) -> None:
    await publish(world, program(world))
    async with refused(code, field):
        await evaluate(world, **change)


async def test_a_run_on_schedule_counts_and_is_told_once(world: World) -> None:
    await publish(world, program(world, promotion="AT_EVALUATION"))
    await tell(world, certified(world))
    world.clock.advance(days=31)

    await catch_up(world)
    await catch_up(world)

    [told] = await Event.filter(type="EVALUATION_COMPLETED", occurred_at=world.clock.now())
    assert told.data == {
        "program": "ladder",
        "asOf": "2026-03-31T22:00:00+00:00",
        "evaluated": 2,
        "moved": 1,
        "atRisk": 0,
    }
    run = await EvaluationRun.get(id=told.subject_id)
    assert (run.status, run.evaluated, run.moved) == ("COMPLETED", 2, 1)


async def test_looking_writes_nothing(world: World) -> None:
    await publish(world, program(world, promotion="AT_EVALUATION"))
    await tell(world, certified(world))
    before = await everything()

    version = await in_force(world)
    found = [each async for each in look(world.database, version, world.clock.now())]

    assert {each.partner.slug: each.decision.state.rank for each in found} == {
        "acme": 2,
        "rival": 1,
    }
    assert await everything() == before


async def test_a_run_by_hand_stopped_half_way_is_finished_by_another(world: World) -> None:
    await publish(world, program(world, promotion="AT_EVALUATION"))
    await tell(world, certified(world))
    now = world.clock.now() + timedelta(minutes=1)
    world.clock.advance(minutes=1)
    version = await in_force(world)
    assert await begin_run(world.database, version, now, now) == 2

    # Here the first process ends; a server's evaluator comes by.
    await catch_up(world)

    run = await finish_run(world.database, version, now, now, lambda n: None)
    assert (run.status, run.evaluated, run.moved) == ("COMPLETED", 2, 1)
    assert await tier(world) == "silver"


async def test_two_evaluators_at_once_make_one_change(world: World) -> None:
    await publish(world, program(world, promotion="AT_EVALUATION"))
    await tell(world, certified(world))
    world.clock.advance(days=31)

    await asyncio.gather(*(catch_up(world) for _ in range(4)))

    changes = await TierDecision.filter(partner_id=world.acme.partner.id)
    assert len(changes) == 2
    assert (
        await Event.filter(type="EVALUATION_COMPLETED", occurred_at=world.clock.now()).count() == 1
    )
    [run] = await EvaluationRun.filter(as_of=datetime(2026, 3, 31, 22, tzinfo=UTC))
    assert run.evaluated == 2


async def test_a_new_version_moves_and_renews(world: World) -> None:
    await publish(world, program(world))
    await tell(world, certified(world))
    world.clock.advance(days=1)
    file = program(world)
    file["effectiveFrom"] = world.clock.now().isoformat()
    file["benefits"][0]["tiers"]["silver"]["value"]["text"] = "A better badge"

    await publish(world, file)

    last = (await decisions(world))[-1]
    assert (last.direction, last.from_tier.key, last.to_tier.key) == (
        "RENEWED",
        "silver",
        "silver",
    )
    placed = await standing(world)
    assert placed.tier.version_id == last.version_id
    await catch_up(world)
    assert (await decisions(world))[-1].id == last.id


async def test_a_standing_that_was_never_evaluated_is_left_alone(world: World) -> None:
    await publish(world, program(world))
    await Standing.filter(partner_id=world.acme.partner.id).update(due_at=None)
    before = await story(world)

    world.clock.advance(days=90)
    await tell(world, certified(world))
    await catch_up(world)

    assert await story(world) == before


async def test_facts_that_the_program_does_not_look_at_evaluate_nobody(world: World) -> None:
    await publish(world, program(world))
    world.clock.advance(hours=1)
    await tell(world, NewActivity(ActivityKind.DEAL_REGISTRATION, world.clock.now()))

    assert (await standing(world)).evaluated_at == world.clock.now() - timedelta(hours=1)


async def test_versions_that_nobody_looked_at_are_applied_each_at_its_time(world: World) -> None:
    await publish(world, program(world))
    await tell(world, certified(world))
    start = world.clock.now()
    # For ten days gold is to be had for 1 dollar; then it costs what it cost before.
    await tell(world, sale(world, 1))
    for days, dollars in ((10, 1), (20, 10_000)):
        file = program(world)
        file["effectiveFrom"] = (start + timedelta(days=days)).isoformat()
        file["tiers"][2]["requirement"]["of"][1]["threshold"] = dollars
        definition = parse_program(file)
        await world.database.transaction(lambda d=definition: import_program(d, at=start))

    world.clock.advance(days=40)
    await catch_up(world)

    moves = [(d.decided_at - start, d.direction, d.to_tier.key) for d in await decisions(world)]
    assert moves[-2:] == [
        (timedelta(days=10), "PROMOTION", "gold"),
        (timedelta(days=20), "DEMOTION", "silver"),
    ]


async def test_the_next_evaluation_is_no_later_than_the_next_version(world: World) -> None:
    await publish(world, program(world, evaluateEvery={"count": 1, "unit": "YEAR"}))
    file = program(world, evaluateEvery={"count": 1, "unit": "YEAR"})
    coming = world.clock.now() + timedelta(days=10)
    file["effectiveFrom"] = coming.isoformat()
    definition = parse_program(file)
    await world.database.transaction(lambda: import_program(definition, at=world.clock.now()))

    await evaluate(world)

    assert (await standing(world)).due_at == coming
