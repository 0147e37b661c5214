"""setPartnerTier: a decision with a reason, its benefits, the standing and the event."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from app.auth.actor import Actor
from app.domain.errors import ErrorCode, Refused
from app.domain.partners import PartnerType
from app.domain.programs.model import ProgramDefinition
from app.domain.programs.parse import parse_program
from app.persistence.models import (
    BenefitChange,
    Partner,
    Standing,
    TierDecision,
    TierProgram,
)
from app.programs import load_preset
from app.services.programs.import_program import import_program
from app.services.programs.set_partner_tier import SetPartnerTier, set_partner_tier
from tests.refusals import audited, everything, outcome, refused, told
from tests.world import World


@pytest.fixture
async def ladder(world: World) -> ProgramDefinition:
    """The S0 program, published and in force, for partners of every type of the world."""
    definition = replace(
        parse_program(load_preset("sixclicks")),
        partner_types=(),
        effective_from=world.clock.now() - timedelta(days=30),
    )
    await publish(world, definition)
    return definition


async def publish(world: World, definition: ProgramDefinition, **options: bool) -> None:
    await world.database.transaction(
        lambda: import_program(definition, at=world.clock.now(), **options)
    )


async def set_tier(
    world: World, tier_key: str | None, actor: Actor | None = None, **change: Any
) -> TierDecision:
    input = SetPartnerTier(
        **{
            "idempotency_key": str(uuid4()),
            "partner_id": world.acme.partner.id,
            "program_key": "sixclicks",
            "tier_key": tier_key,
            "reason": " Signed the new agreement. ",
            **change,
        }
    )
    ids = await set_partner_tier(world.caller(actor or world.as_vendor()), input)
    assert ids["partner"] == input.partner_id
    return await TierDecision.get(id=ids["tier_decision"]).prefetch_related(
        "from_tier", "to_tier", "program"
    )


async def standing_of(world: World) -> Standing:
    return await Standing.get(partner_id=world.acme.partner.id).prefetch_related("tier")


async def changes_of(decision: TierDecision, change: str) -> list[tuple[int, str, Any]]:
    rows = (
        await BenefitChange.filter(decision_id=decision.id, change=change)
        .order_by("position")
        .prefetch_related("tier_benefit__benefit")
    )
    assert all(row.partner_id == decision.partner_id for row in rows)
    return [
        (row.position, row.tier_benefit.benefit.key, row.tier_benefit.value.get("rate"))
        for row in rows
    ]


def expected(definition: ProgramDefinition, tier: str, but: str | None = None) -> list[str]:
    """Keys of the benefits of a tier that `but` does not give alike, in program order."""

    def given(key: str | None) -> dict[str, Any]:
        return {
            b.key: dict(g.value) for b in definition.benefits for g in b.grants if g.tier == key
        }

    former = given(but)
    return [key for key, value in given(tier).items() if former.get(key) != value]


async def test_a_partner_is_placed(world: World, ladder: ProgramDefinition) -> None:
    decision = await set_tier(world, "silver")

    assert (decision.direction, decision.origin) == ("PLACED", "MANUAL")
    assert (decision.from_tier, decision.to_tier.key) == (None, "silver")
    assert (decision.reason, decision.decided_by) == (
        "Signed the new agreement.",
        world.vendor_admin.id,
    )
    assert decision.decided_at == world.clock.now()
    standing = await standing_of(world)
    assert (standing.tier.key, standing.tier_rank) == ("silver", 1)
    assert (standing.decision_id, standing.since) == (decision.id, world.clock.now())
    gained = await changes_of(decision, "GAINED")
    assert [key for _, key, _ in gained] == expected(ladder, "silver") != []
    assert [position for position, _, _ in gained] == list(range(1, len(gained) + 1))
    assert await changes_of(decision, "LOST") == []


async def test_a_promotion_gives_and_takes_what_differs(
    world: World, ladder: ProgramDefinition
) -> None:
    await set_tier(world, "silver")
    world.clock.advance(days=1)  # type: ignore[attr-defined]

    decision = await set_tier(world, "platinum")

    assert (decision.direction, decision.from_tier.key) == ("PROMOTION", "silver")
    gained = [key for _, key, _ in await changes_of(decision, "GAINED")]
    lost = [key for _, key, _ in await changes_of(decision, "LOST")]
    assert gained == expected(ladder, "platinum", but="silver")
    assert lost == expected(ladder, "silver", but="platinum")
    # A margin share that rises is lost at the old rate and gained at the new one (S0).
    assert set(gained) & set(lost)
    standing = await standing_of(world)
    assert (standing.tier.key, standing.since) == ("platinum", world.clock.now())


async def test_a_demotion_and_a_removal(world: World, ladder: ProgramDefinition) -> None:
    await set_tier(world, "gold")
    demoted = await set_tier(world, "silver")
    removed = await set_tier(world, None)

    assert demoted.direction == "DEMOTION"
    assert (removed.direction, removed.from_tier.key, removed.to_tier) == (
        "REMOVED",
        "silver",
        None,
    )
    assert [key for _, key, _ in await changes_of(removed, "LOST")] == expected(ladder, "silver")
    standing = await standing_of(world)
    assert (standing.tier, standing.tier_rank) == (None, 0)
    assert standing.decision_id == removed.id
    assert (await set_tier(world, "gold")).direction == "PLACED"


async def test_a_change_is_told_and_audited(world: World, ladder: ProgramDefinition) -> None:
    first = await set_tier(world, "silver")
    second = await set_tier(world, "gold", reason="Sold a lot.")

    events = await told("TIER_CHANGED")
    assert [event.subject_id for event in events] == [first.id, second.id]
    assert {event.partner_id for event in events} == {world.acme.partner.id}
    assert events[0].data == {
        "program": "sixclicks",
        "fromTier": None,
        "toTier": "silver",
        "direction": "PLACED",
        "reason": "Signed the new agreement.",
    }
    assert events[1].data == {
        "program": "sixclicks",
        "fromTier": "silver",
        "toTier": "gold",
        "direction": "PROMOTION",
        "reason": "Sold a lot.",
    }
    _, entry = await audited("setPartnerTier")
    assert (entry.subject_id, entry.partner_id) == (second.id, world.acme.partner.id)
    assert entry.input["reason"] == "Sold a lot."


async def test_a_repeat_gives_the_same_decision(world: World, ladder: ProgramDefinition) -> None:
    first = await set_tier(world, "gold", idempotency_key="k")
    before = await everything()

    assert (await set_tier(world, "gold", idempotency_key="k")).id == first.id
    assert await everything() == before
    async with refused(ErrorCode.IDEMPOTENCY_KEY_REUSED, "idempotencyKey"):
        await set_tier(world, "silver", idempotency_key="k")


async def test_the_tier_it_has_is_no_change(world: World, ladder: ProgramDefinition) -> None:
    async with refused(ErrorCode.TIER_UNCHANGED, "tierKey"):
        await set_tier(world, None)
    await set_tier(world, "gold")
    async with refused(ErrorCode.TIER_UNCHANGED, "tierKey"):
        await set_tier(world, "gold")


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"reason": " \n"}, ErrorCode.REQUIRED, ("reason",)),
        ({"reason": "x" * 1001}, ErrorCode.TOO_LONG, ("reason",)),
        ({"reason": "nul \0"}, ErrorCode.INVALID, ("reason",)),
        ({"partner_id": UUID(int=1)}, ErrorCode.NOT_FOUND, ("partnerId",)),
        ({"program_key": "other"}, ErrorCode.NOT_FOUND, ("programKey",)),
        ({"tier_key": "diamond"}, ErrorCode.NOT_FOUND, ("tierKey",)),
    ],
)
async def test_wrong_input_is_refused(
    world: World,
    ladder: ProgramDefinition,
    change: dict[str, Any],
    code: ErrorCode,
    field: tuple[str, ...],
) -> None:
    async with refused(code, *field):
        await set_tier(world, **{"tier_key": "gold", **change})


async def test_another_partner_does_not_exist_for_a_partner(
    world: World, ladder: ProgramDefinition
) -> None:
    async with refused(ErrorCode.NOT_FOUND, "partnerId"):
        await set_tier(world, "gold", world.rival.as_admin())


async def test_a_partner_of_another_type_is_not_enrolled(
    world: World, ladder: ProgramDefinition
) -> None:
    await set_tier(world, "gold")
    await publish(world, replace(ladder, partner_types=(PartnerType.VAR,)))

    async with refused(ErrorCode.NOT_ENROLLED, "programKey"):
        await set_tier(world, "platinum")
    # It may still be taken out of the tier that it has from before.
    assert (await set_tier(world, None)).direction == "REMOVED"


async def test_a_partner_that_is_not_active_is_only_taken_out(
    world: World, ladder: ProgramDefinition
) -> None:
    await set_tier(world, "gold")
    await Partner.filter(id=world.acme.partner.id).update(status="SUSPENDED")

    async with refused(ErrorCode.PARTNER_NOT_ACTIVE, "partnerId"):
        await set_tier(world, "platinum")
    assert (await set_tier(world, None)).direction == "REMOVED"


async def test_a_program_that_is_not_in_force_places_nobody(world: World) -> None:
    definition = replace(
        parse_program(load_preset("sixclicks")),
        partner_types=(),
        effective_from=world.clock.now() + timedelta(days=1),
    )
    await publish(world, definition, publish=False)
    async with refused(ErrorCode.NOT_FOUND, "programKey"):
        await set_tier(world, "gold")

    await publish(world, definition)
    async with refused(ErrorCode.NOT_FOUND, "programKey"):
        await set_tier(world, "gold")

    world.clock.advance(days=1)  # type: ignore[attr-defined]
    assert (await set_tier(world, "gold")).direction == "PLACED"


async def test_a_version_counts_from_its_date(world: World, ladder: ProgramDefinition) -> None:
    later = replace(ladder, name="Next year", effective_from=world.clock.now() + timedelta(days=10))
    await publish(world, later)

    before = await set_tier(world, "gold")
    world.clock.advance(days=10)  # type: ignore[attr-defined]
    after = await set_tier(world, "platinum")

    versions = {"before": before.version_id, "after": after.version_id}
    assert versions["before"] != versions["after"]
    # The new version was evaluated first, as of its date: what gold asks for is not there.
    assert after.direction == "PLACED"


async def test_a_tier_that_a_new_version_dropped_is_left_behind(
    world: World, ladder: ProgramDefinition
) -> None:
    await set_tier(world, "silver")
    bronze = [
        replace(tier, key="bronze", name="Bronze") if tier.key == "silver" else tier
        for tier in ladder.tiers
    ]
    grants = [
        replace(
            benefit,
            grants=tuple(
                replace(grant, tier="bronze") if grant.tier == "silver" else grant
                for grant in benefit.grants
            ),
        )
        for benefit in ladder.benefits
    ]
    await publish(world, replace(ladder, tiers=tuple(bronze), benefits=tuple(grants)))

    async with refused(ErrorCode.NOT_FOUND, "tierKey"):
        await set_tier(world, "silver")
    decision = await set_tier(world, "bronze")

    assert (decision.direction, decision.from_tier.key) == ("PLACED", "silver")
    # The same benefits under another tier's name: nothing gained, nothing lost.
    assert await BenefitChange.filter(decision_id=decision.id).count() == 0


@pytest.mark.parametrize("placed", [False, True])
async def test_two_at_once_give_one_decision(
    world: World, ladder: ProgramDefinition, placed: bool
) -> None:
    if placed:
        await set_tier(world, "silver")
    before = await TierDecision.all().count()

    results = await asyncio.gather(*(outcome(set_tier(world, "gold")) for _ in range(2)))  # type: ignore[arg-type]

    (lost,) = [result for result in results if isinstance(result, Refused)]
    assert lost.problems[0].code in (ErrorCode.TIER_UNCHANGED, ErrorCode.CONFLICT)
    assert await TierDecision.all().count() == before + 1
    assert len(await told("TIER_CHANGED")) == before + 1
    assert len(await audited("setPartnerTier")) == before + 1
    decision = await TierDecision.all().order_by("-id").first()
    assert decision is not None
    assert (await standing_of(world)).decision_id == decision.id


async def test_different_tiers_at_once_leave_an_unbroken_history(
    world: World, ladder: ProgramDefinition
) -> None:
    tiers = ("silver", "gold", "platinum")
    await asyncio.gather(*(outcome(set_tier(world, tier)) for tier in tiers))  # type: ignore[arg-type]

    decisions = await TierDecision.all().order_by("id")
    assert decisions[0].from_tier_id is None
    starts = {decision.from_tier_id for decision in decisions}
    ends = {decision.to_tier_id for decision in decisions}
    assert len(starts) == len(ends) == len(decisions) >= 1
    # Each decision starts where another one ended, and the standing is where the last one did.
    assert ends - starts == {(await standing_of(world)).tier_id}


async def test_programs_do_not_touch_each_other(world: World, ladder: ProgramDefinition) -> None:
    await publish(world, replace(ladder, key="resale"))

    await set_tier(world, "gold")
    await set_tier(world, "silver", program_key="resale")

    standings = await Standing.filter(partner_id=world.acme.partner.id).prefetch_related(
        "tier", "program"
    )
    assert {(s.program.key, s.tier.key) for s in standings} == {
        ("sixclicks", "gold"),
        ("resale", "silver"),
    }
    assert await TierProgram.all().count() == 2
