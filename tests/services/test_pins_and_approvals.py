"""What the vendor does to a standing by hand: pins with an end, approvals, rejections."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from app.domain.activity import NewActivity
from app.domain.errors import ErrorCode, Refused
from app.domain.programs.canonical import program_json
from app.domain.programs.parse import parse_program
from app.domain.programs.vocabulary import ActivityKind as Kind
from app.persistence.models import TierApproval, TierDecision, TierPin
from app.programs import load_preset
from app.services.programs.decide_approval import (
    ApproveTierChange,
    RejectTierChange,
    approve_tier_change,
    reject_tier_change,
)
from app.services.programs.pin_partner_tier import (
    PinPartnerTier,
    UnpinPartnerTier,
    pin_partner_tier,
    unpin_partner_tier,
)
from app.services.programs.set_partner_tier import SetPartnerTier, set_partner_tier
from tests.refusals import audited, everything, refused, told
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


async def pin(world: World, tier_key: str = "gold", **change: Any) -> TierPin:
    values = {
        "idempotency_key": str(uuid4()),
        "partner_id": world.acme.partner.id,
        "program_key": "ladder",
        "tier_key": tier_key,
        "reason": " A strategic partner. ",
    }
    input = PinPartnerTier(**{**values, **change})
    ids = await pin_partner_tier(world.caller(world.as_vendor()), input)
    return await TierPin.get(id=ids["tier_pin"])


async def unpin(world: World, **change: Any) -> None:
    values = {
        "idempotency_key": str(uuid4()),
        "partner_id": world.acme.partner.id,
        "program_key": "ladder",
        "reason": "The agreement ended.",
    }
    await unpin_partner_tier(
        world.caller(world.as_vendor()), UnpinPartnerTier(**{**values, **change})
    )


async def pending(world: World) -> TierApproval:
    rows = TierApproval.filter(status="PENDING", partner_id=world.acme.partner.id)
    return await rows.get().prefetch_related("tier")


async def approve(world: World, approval: TierApproval, **change: Any) -> TierDecision:
    values = {"idempotency_key": str(uuid4()), "approval_id": approval.id, "reason": "Well done."}
    ids = await approve_tier_change(
        world.caller(world.as_vendor()), ApproveTierChange(**{**values, **change})
    )
    return await TierDecision.get(id=ids["tier_decision"]).prefetch_related("to_tier")


async def reject(world: World, approval: TierApproval, **change: Any) -> None:
    values = {"idempotency_key": str(uuid4()), "approval_id": approval.id, "reason": "Not yet."}
    await reject_tier_change(
        world.caller(world.as_vendor()), RejectTierChange(**{**values, **change})
    )


# -- pins --


async def test_a_pin_places_and_holds_against_evaluation(world: World) -> None:
    await publish(world, program(world))

    made = await pin(world)

    assert await tier(world) == "gold"
    last = (await decisions(world))[-1]
    assert (last.origin, last.reason) == ("PIN", "A strategic partner.")
    for _ in range(3):
        world.clock.advance(days=31)
        await tell(world, sale(world, 1))
        await catch_up(world)
    held = await standing(world)
    assert (held.tier.key, held.pin_id, held.at_risk_on) == ("gold", made.id, None)
    [event] = await told("TIER_PINNED")
    assert (event.subject_id, event.data["tier"]) == (made.id, "gold")
    assert len(await audited("pinPartnerTier")) == 1


async def test_a_pin_ends_at_its_moment_and_what_is_true_counts_again(world: World) -> None:
    await publish(world, program(world))
    await tell(world, certified(world))
    end = world.clock.now() + timedelta(days=5)
    await pin(world, expires_at=end)

    world.clock.advance(days=6)
    await catch_up(world)

    assert await tier(world) == "silver"
    assert (await decisions(world))[-1].decided_at == end
    assert (await story(world))[-2:] == ["TIER_PIN_ENDED", "TIER_CHANGED silver"]
    assert (await TierPin.all().get()).ended_at == end


async def test_taking_a_pin_off_evaluates_at_once(world: World) -> None:
    await publish(world, program(world))
    await pin(world)

    await unpin(world)

    assert await tier(world) == "bronze"
    assert (await standing(world)).pin_id is None
    assert (await TierPin.all().get()).ended_at == world.clock.now()


async def test_a_pin_replaces_another(world: World) -> None:
    await publish(world, program(world))
    first = await pin(world)
    second = await pin(world, "silver")

    assert (await TierPin.get(id=first.id)).ended_at == world.clock.now()
    held = await standing(world)
    assert (held.tier.key, held.pin_id) == ("silver", second.id)


async def test_a_pinned_partner_is_not_set_elsewhere_by_hand(world: World) -> None:
    await publish(world, program(world))
    await pin(world)
    input = SetPartnerTier(str(uuid4()), world.acme.partner.id, "ladder", "silver", "Because.")
    async with refused(ErrorCode.TIER_PINNED, "partnerId"):
        await set_partner_tier(world.caller(world.as_vendor()), input)


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"tier_key": "none"}, ErrorCode.NOT_FOUND, "tierKey"),
        ({"program_key": "none"}, ErrorCode.NOT_FOUND, "programKey"),
        ({"partner_id": uuid4()}, ErrorCode.NOT_FOUND, "partnerId"),
        ({"reason": " "}, ErrorCode.REQUIRED, "reason"),
        ({"reason": "x" * 1001}, ErrorCode.TOO_LONG, "reason"),
    ],
)
async def test_a_wrong_pin_is_refused(world: World, change, code, field) -> None:
    await publish(world, program(world))
    async with refused(code, field):
        await pin(world, **change)


async def test_a_pin_that_has_ended_is_refused(world: World) -> None:
    await publish(world, program(world))
    async with refused(ErrorCode.INVALID, "expiresAt"):
        await pin(world, expires_at=world.clock.now())
    async with refused(ErrorCode.NOT_PINNED, "partnerId"):
        await unpin(world)


# -- approvals --


async def asked(world: World) -> TierApproval:
    """A program in which every rise is approved, and a partner that qualifies for silver."""
    await publish(world, program(world, promotion="APPROVAL"))
    await tell(world, certified(world))
    world.clock.advance(days=31)
    await catch_up(world)
    return await pending(world)


async def test_a_rise_waits_for_approval_and_says_on_what(world: World) -> None:
    approval = await asked(world)

    assert await tier(world) == "bronze"
    assert approval.tier.key == "silver"
    [event] = await told("TIER_APPROVAL_REQUESTED")
    assert (event.subject_id, event.data["tier"]) == (approval.id, "silver")
    evaluation = await approval.evaluation
    assert [each["met"] for each in evaluation.result["tiers"]] == ["MET", "MET", "NOT_MET"]
    # Asked once, however often it is looked at.
    world.clock.advance(days=31)
    await catch_up(world)
    assert await TierApproval.all().count() == 1


async def test_an_approval_places_the_partner(world: World) -> None:
    approval = await asked(world)

    decision = await approve(world, approval)

    assert await tier(world) == "silver"
    assert (decision.origin, decision.reason) == ("APPROVAL", "Well done.")
    assert decision.evaluation_id == approval.evaluation_id
    done = await TierApproval.get(id=approval.id)
    assert (done.status, done.note, done.decided_by) == (
        "APPROVED",
        "Well done.",
        world.vendor_admin.id,
    )
    assert (await standing(world)).approval_id is None
    async with refused(ErrorCode.NOT_PENDING, "approvalId"):
        await approve(world, approval)


async def test_a_rejection_leaves_the_partner_and_is_not_asked_again_soon(world: World) -> None:
    approval = await asked(world)
    until = world.clock.now() + timedelta(days=100)

    await reject(world, approval, ask_again_at=until)

    assert await tier(world) == "bronze"
    world.clock.advance(days=65)
    await catch_up(world)
    assert await TierApproval.filter(status="PENDING").count() == 0
    world.clock.advance(days=65)
    await catch_up(world)
    assert (await pending(world)).tier.key == "silver"


async def test_an_approval_is_withdrawn_when_the_partner_no_longer_qualifies(world: World) -> None:
    await publish(world, program(world, promotion="APPROVAL"))
    await tell(world, certified(world, days=40))
    world.clock.advance(days=31)
    await catch_up(world)
    approval = await pending(world)

    world.clock.advance(days=31)
    await catch_up(world)

    assert (await TierApproval.get(id=approval.id)).status == "WITHDRAWN"
    assert [e.subject_id for e in await told("TIER_APPROVAL_WITHDRAWN")] == [approval.id]
    async with refused(ErrorCode.NOT_PENDING, "approvalId"):
        await approve(world, approval)


async def test_an_unpublished_amount_is_vouched_for_and_keeps_until_the_rest_fails(
    world: World,
) -> None:
    file = program_json(parse_program(load_preset("sixclicks")))
    await publish(world, {**file, "effectiveFrom": "2024-01-01"})
    now = world.clock.now()
    await tell(
        world,
        NewActivity(Kind.CERTIFICATION, now, code="PARTNER_PROGRAM"),
        certified(world, days=70),
        NewActivity(
            Kind.ATTESTATION, now, code="LANDING_PAGE", evidence="https://acme.example/partner"
        ),
        NewActivity(Kind.DEAL_REGISTRATION, now - timedelta(days=10)),
    )
    assert await tier(world, "sixclicks") == "silver"
    approval = await pending(world)
    assert approval.tier.key == "platinum"

    # The vendor knows the amounts: it is enough for gold.
    decision = await approve(world, approval, tier_key="gold")
    assert decision.to_tier.key == "gold"
    assert (await standing(world, "sixclicks")).vouched_tier == "gold"
    # Which is a no to platinum: it is not asked about again at once.
    assert await TierApproval.filter(status="PENDING").count() == 0

    world.clock.advance(days=20)
    await tell(world, NewActivity(Kind.DEAL_REGISTRATION, world.clock.now()))
    world.clock.advance(days=20)
    await catch_up(world)
    assert await tier(world, "sixclicks") == "gold"

    # Its only certified person is so no more.
    world.clock.advance(days=31)
    await catch_up(world)
    assert await tier(world, "sixclicks") == "silver"
    assert (await standing(world, "sixclicks")).vouched_tier == "silver"
    # Gold has to be approved anew.
    await tell(world, certified(world))
    assert await tier(world, "sixclicks") == "silver"


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"tier_key": "bronze"}, ErrorCode.INVALID, "tierKey"),
        ({"tier_key": "gold"}, ErrorCode.INVALID, "tierKey"),
        ({"approval_id": uuid4()}, ErrorCode.NOT_FOUND, "approvalId"),
        ({"reason": ""}, ErrorCode.REQUIRED, "reason"),
    ],
)
async def test_a_wrong_approval_is_refused(world: World, change, code, field) -> None:
    approval = await asked(world)
    async with refused(code, field):
        await approve(world, approval, **change)


async def test_a_rejection_until_the_past_is_refused(world: World) -> None:
    approval = await asked(world)
    async with refused(ErrorCode.INVALID, "askAgainAt"):
        await reject(world, approval, ask_again_at=world.clock.now())


async def test_nobody_of_another_side_finds_the_approval(world: World) -> None:
    approval = await asked(world)
    before = await everything()
    for actor in (world.rival.as_admin(), world.rival.as_app()):
        with pytest.raises(Refused) as caught:
            await approve_tier_change(
                world.caller(actor), ApproveTierChange(str(uuid4()), approval.id, "Mine.")
            )
        assert [p.code for p in caught.value.problems] == [ErrorCode.NOT_FOUND]
    assert await everything() == before
