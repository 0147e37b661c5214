"""The demo's facts and tiers: what it gives is what the rules find, and nothing is left to do."""

from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from app.demo import load_demo
from app.domain.activity import NewActivity, check_activity, digest
from app.domain.events import EventType
from app.domain.money import Money
from app.domain.partners import PartnerStatus, is_enrolled
from app.domain.programs import evaluation as rules
from app.domain.programs.inputs import facts_json
from app.domain.programs.vocabulary import (
    ActivityKind,
    ApprovalStatus,
    DecisionOrigin,
    Effect,
    PriceBasis,
    Revenue,
    SaleMotion,
)
from app.persistence.database import Database
from app.persistence.models import (
    ActivityRecord,
    Evaluation,
    Event,
    ExchangeRate,
    Partner,
    ProgramVersion,
    Standing,
    Tier,
    TierApproval,
    TierDecision,
    TierPin,
    TierProgram,
    Vendor,
)
from app.services.programs.evaluating import partner_facts
from app.services.programs.evaluator import Evaluator
from app.services.programs.measuring import Known, load_facts, load_rates, rows_of
from app.services.programs.run_evaluation import look
from app.services.programs.versions import load_version, versions_in_force
from tests.conftest import ManualClock, empty

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
OWN, SECOND = "sixclicks", "hubspot"


@pytest.fixture(scope="module")
async def demo(migrated: Database) -> AsyncIterator[Database]:
    """The demo at scale 1, loaded once: tests here only read."""
    await empty(migrated)
    await load_demo(migrated, now=NOW)
    yield migrated
    await empty(migrated)


async def _standings(key: str) -> list[Standing]:
    program = await TierProgram.get(key=key)
    return await Standing.filter(program_id=program.id).select_related("partner", "tier")


async def _found(database: Database, at: datetime) -> list:
    """What evaluation would make of every standing of every program."""
    versions = await database.read(lambda: versions_in_force(at))
    return [each for version in versions async for each in look(database, version, at)]


# -- facts --


async def test_facts_are_numbered_in_the_order_in_which_they_were_told(demo):
    records = defaultdict(list)
    for record in await ActivityRecord.all().order_by("partner_id", "position"):
        records[record.partner_id].append(record)
    for partner in await Partner.all():
        own = records[partner.id]
        assert partner.activity_count == len(own)
        assert [record.position for record in own] == list(range(1, len(own) + 1))
        told = [record.recorded_at for record in own]
        assert told == sorted(told)
        assert all(partner.created_at <= r.occurred_at <= r.recorded_at <= NOW for r in own)


async def test_there_are_facts_of_many_kinds_some_taken_back(demo):
    kinds = set(await ActivityRecord.all().values_list("kind", flat=True))
    assert kinds >= {
        ActivityKind.SALE,
        ActivityKind.DEAL_REGISTRATION,
        ActivityKind.LEAD_ACCEPTED,
        ActivityKind.REFERRAL,
        ActivityKind.CERTIFICATION,
        ActivityKind.TRAINING_COMPLETED,
        ActivityKind.ATTESTATION,
    }
    taken = await ActivityRecord.exclude(reverses_id=None).select_related("reverses")
    assert taken
    for record in taken:
        first = record.reverses
        assert (record.partner_id, record.occurred_at) == (first.partner_id, first.occurred_at)
        assert record.amount == -first.amount
        assert record.quantity == -1
        assert record.note


def _as_told(record: ActivityRecord) -> NewActivity:
    money = record.amount is not None
    return NewActivity(
        kind=ActivityKind(record.kind),
        occurred_at=record.occurred_at,
        code=record.code,
        person=record.person,
        course=record.course,
        amount=Money(record.amount, record.currency_code) if money else None,
        revenue=record.revenue and Revenue(record.revenue),
        motion=record.motion and SaleMotion(record.motion),
        price_basis=record.price_basis and PriceBasis(record.price_basis),
        source=record.source,
        product=record.product,
        evidence=record.evidence,
        expires_at=record.expires_at,
        external_id=record.external_id,
    )


async def test_every_fact_is_one_that_the_service_takes(demo):
    for record in await ActivityRecord.filter(reverses_id=None).select_related("partner"):
        told = _as_told(record)
        assert check_activity(told, NOW) == []
        assert record.digest == digest(told)
        if told.amount:
            assert told.amount.currency == record.partner.currency_code
        if told.evidence:
            assert f"//{record.partner.domain}/" in told.evidence


async def test_every_fact_was_told_as_an_event(demo):
    for type, records in (
        (EventType.ACTIVITY_RECORDED, ActivityRecord.filter(reverses_id=None)),
        (EventType.ACTIVITY_REVERSED, ActivityRecord.exclude(reverses_id=None)),
    ):
        subjects = await Event.filter(type=type).values_list("subject_id", flat=True)
        assert sorted(subjects) == sorted(await records.values_list("id", flat=True))


# -- tiers --


async def test_evaluation_finds_nothing_to_do(demo):
    found = await _found(demo, NOW)
    assert len(found) > 40
    for each in found:
        assert each.decision.happenings == (), each.partner.name
        assert each.decision.state == each.decision.before, each.partner.name
        assert each.decision.outcome.due_at == each.standing.due_at > NOW


async def test_all_active_partners_of_its_types_are_in_a_program(demo):
    for version in await demo.read(lambda: versions_in_force(NOW)):
        types = version.definition.partner_types
        active = await Partner.filter(status=PartnerStatus.ACTIVE)
        expected = {p.id for p in active if is_enrolled(types, p.type)}
        standings = await _standings(version.program_key)
        assert expected <= {standing.partner_id for standing in standings}
        for standing in standings:
            is_active = standing.partner_id in expected
            assert (standing.due_at is not None) is is_active


async def test_the_upper_tiers_are_vouched_for_or_pinned(demo):
    for standing in await _standings(OWN):
        if standing.tier_rank > 1:
            assert standing.pin_id or standing.vouched_tier == standing.tier.key


async def test_some_partners_are_at_risk_one_is_pinned_and_the_vendor_is_asked(demo):
    standings = await _standings(OWN)
    at_risk = [s for s in standings if s.at_risk_on]
    assert 2 <= len(at_risk) <= 4
    for standing in at_risk:
        assert NOW < standing.at_risk_on <= NOW + timedelta(days=31)
        assert standing.at_risk_because
    assert len({s.at_risk_because[0] for s in at_risk}) == len(at_risk), "for different reasons"
    [pinned] = [s for s in standings if s.pin_id]
    pin = await TierPin.get(id=pinned.pin_id)
    assert (pin.tier_key, pin.ended_at) == (pinned.tier.key, None)
    assert pin.expires_at > NOW
    pending = await TierApproval.filter(status=ApprovalStatus.PENDING).select_related("evaluation")
    assert {s.approval_id for s in standings} - {None} == {approval.id for approval in pending}
    assert 1 <= len(pending) <= 3
    for approval in pending:
        assert Effect.APPROVAL_REQUESTED in [e["effect"] for e in approval.evaluation.effects]


async def test_decisions_come_about_in_every_way_and_evaluated_ones_are_explained(demo):
    decisions = await TierDecision.all().select_related("evaluation")
    assert {decision.origin for decision in decisions} == set(DecisionOrigin)
    for decision in decisions:
        explained = decision.origin in (DecisionOrigin.EVALUATION, DecisionOrigin.APPROVAL)
        assert (decision.evaluation is not None) is explained
        if explained:
            assert decision.evaluation.as_of <= decision.decided_at
            assert decision.evaluation.partner_id == decision.partner_id


async def test_who_fell_lacked_what_the_reason_says(demo):
    fallen = await TierDecision.filter(
        direction="DEMOTION", origin=DecisionOrigin.EVALUATION
    ).select_related("evaluation")
    assert fallen
    for decision in fallen:
        from_tier = await Tier.get(id=decision.from_tier_id)
        [tier] = [t for t in decision.evaluation.result["tiers"] if t["key"] == from_tier.key]
        assert tier["met"] == "NOT_MET"
        lacking = [n["label"] for n in tier["requirement"]["of"] if n["met"] == "NOT_MET"]
        assert lacking
        assert all(label in decision.reason for label in lacking)


async def test_kept_evaluations_say_what_the_records_say_and_replay(demo):
    rates = await demo.read(load_rates)
    zone = (await Vendor.get()).time_zone
    standings = {(s.partner_id, s.program_id): s for s in await Standing.all()}
    for kept in await Evaluation.all().select_related("partner"):
        version = await demo.read(lambda id=kept.version_id: load_version(id))
        evaluator = rules.Evaluator(version.definition, kept.as_of, zone, rates)
        enrolled_at = standings[kept.partner_id, kept.program_id].enrolled_at
        told = {kept.partner_id: partner_facts(kept.partner, enrolled_at)}
        facts = await demo.read(
            lambda e=evaluator, told=told, to=kept.facts_to: load_facts(
                rows_of(demo), demo.dialect, e, told, Known(position=to)
            )
        )
        assert facts_json(facts[kept.partner_id], evaluator.flows) == kept.inputs["facts"]
        assert rules.digest(version.checksum, kept.inputs) == kept.digest
        row = await ProgramVersion.get(id=kept.version_id)
        assert rules.replay(row.definition, kept.inputs).effects() == kept.effects


async def test_the_second_program_has_numbers_and_converts_currencies(demo):
    standings = await _standings(SECOND)
    assert len({standing.tier_rank for standing in standings}) >= 3
    assert await ExchangeRate.all().count() >= 4
    converted = []
    for each in await _found(demo, NOW):
        if each.standing.program_id != standings[0].program_id:
            continue
        results = each.decision.result()["tiers"][1]["requirement"]["of"]
        for result in (node["result"] for node in results):
            assert result["unconverted"] == []
            assert result["threshold"]["number"] == "1125"
            if each.partner.currency_code != "USD" and result["value"]["number"] != "0":
                converted.append(result)
    assert converted


async def test_the_vendors_own_program_is_the_first_one(demo):
    keys = await TierProgram.all().order_by("id").values_list("key", flat=True)
    assert list(keys) == [OWN, SECOND]


# -- time --


@pytest.mark.parametrize(
    "now",
    [
        # The first and the last minutes of a month in the vendor's zone, in summer time too.
        datetime(2026, 11, 1, 0, 0, 30, tzinfo=UTC),
        datetime(2026, 3, 31, 22, 59, 30, tzinfo=UTC),
        datetime(2026, 3, 31, 23, 0, tzinfo=UTC),
        datetime(2028, 2, 29, 12, tzinfo=UTC),
    ],
    ids=str,
)
async def test_whenever_it_is_loaded_evaluation_finds_nothing_to_do(database, now):
    await load_demo(database, now=now)

    for each in await _found(database, now):
        assert each.decision.happenings == (), each.partner.name
        assert each.standing.due_at > now
    count = Counter(standing.tier_rank for standing in await _standings(OWN))
    assert (count[1], count[2], count[3]) == (19, 10, 3)


async def test_a_server_that_starts_changes_nothing_and_a_month_later_partners_fall(database):
    clock = ManualClock(NOW)
    await load_demo(database, now=NOW)
    events = await Event.all().count()
    before = {standing.id: standing for standing in await Standing.all()}
    evaluator = Evaluator(database, clock)

    assert await evaluator.catch_up() == 0
    assert await Event.all().count() == events
    assert {s.id: (s.tier_id, s.due_at) for s in await Standing.all()} == {
        id: (s.tier_id, s.due_at) for id, s in before.items()
    }

    at_risk = {
        s.id: s.at_risk_on for s in await _standings(OWN) if s.at_risk_on and not s.approval_id
    }
    clock.advance(days=31)
    assert await evaluator.catch_up() > 0
    fallen = {s.id for s in await _standings(OWN) if s.tier_rank < before[s.id].tier_rank}
    assert fallen == set(at_risk)
    newest = await TierDecision.filter(decided_at__gt=NOW)
    told = await Event.filter(type=EventType.TIER_CHANGED, occurred_at__gt=NOW)
    assert {event.subject_id for event in told} == {decision.id for decision in newest}
    assert {decision.partner_id for decision in newest} == {before[id].partner_id for id in fallen}
