"""The vendor places a partner in a tier by hand, with a reason that is kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.domain.checks import check_text
from app.domain.errors import ErrorCode, Problem, Refused, refuse
from app.domain.partners import PartnerStatus, is_enrolled
from app.domain.programs.benefits import direction
from app.domain.programs.vocabulary import DecisionOrigin, TierDirection, VersionState
from app.persistence.models import Partner, ProgramVersion, Standing, Tier, TierProgram
from app.services.inputs import arguments
from app.services.programs.decisions import Move, decide
from app.services.use_case import Caller, Done, perform
from app.services.visible import require

MAX_REASON = 1_000


@dataclass(frozen=True, slots=True)
class SetPartnerTier:
    """The tier that a partner is to have in a program, or None to take it out of its tier."""

    idempotency_key: str
    partner_id: UUID
    program_key: str
    tier_key: str | None
    reason: str


async def set_partner_tier(caller: Caller, input: SetPartnerTier) -> Mapping[str, UUID]:
    """Set a partner's tier; gives the ids `partner` and `tier_decision`.

    Raises Refused with REQUIRED, TOO_LONG or INVALID for the reason, NOT_FOUND (partner, program,
    tier, or no version in force yet), PARTNER_NOT_ACTIVE, NOT_ENROLLED, TIER_UNCHANGED, and
    CONFLICT if another decision was made at the same moment.
    """
    return await perform(
        caller,
        "setPartnerTier",
        input.idempotency_key,
        arguments(input),
        lambda now: _set(caller, input, now),
    )


async def _set(caller: Caller, input: SetPartnerTier, now: datetime) -> Done:
    if problems := _reason_problems(input.reason):
        raise Refused(problems)
    partner = await require(caller, Partner, input.partner_id, "partnerId")
    program = await _program_for(partner, input)
    decision = await decide(
        await _move(partner, program, input.tier_key, now),
        origin=DecisionOrigin.MANUAL,
        reason=input.reason.strip(),
        actor=caller.actor,
        at=now,
    )
    ids = {"partner": partner.id, "tier_decision": decision.id}
    return Done(decision.id, partner.id, ids)


def _reason_problems(reason: str) -> list[Problem]:
    if not reason.strip():
        message = f"Say why, in 1 to {MAX_REASON} characters: the partner reads it."
        return [Problem(ErrorCode.REQUIRED, message, ("reason",))]
    return check_text(reason, "reason", longest=MAX_REASON)


async def _program_for(partner: Partner, input: SetPartnerTier) -> TierProgram:
    program = await TierProgram.get_or_none(key=input.program_key)
    if program is None:
        raise refuse(
            ErrorCode.NOT_FOUND, "There is no such tier program. Check the key.", "programKey"
        )
    # Whoever has left, or does not belong in the program any more, may still be taken out.
    if input.tier_key is None:
        return program
    if not is_enrolled(program.partner_types, partner.type):
        raise refuse(
            ErrorCode.NOT_ENROLLED,
            f"The program is not for partners of the type {partner.type}. Choose another program.",
            "programKey",
        )
    if partner.status != PartnerStatus.ACTIVE:
        raise refuse(
            ErrorCode.PARTNER_NOT_ACTIVE,
            f"The partner is {partner.status}. Make it active first.",
            "partnerId",
        )
    return program


async def _move(
    partner: Partner, program: TierProgram, tier_key: str | None, now: datetime
) -> Move:
    version = await _version_in_force(program, now)
    ladder = {tier.key: tier for tier in await Tier.filter(version_id=version.id)}
    to_tier = _tier_of(ladder, tier_key)
    standing = await _standing(partner, program, now)
    from_tier = await Tier.get_or_none(id=standing.tier_id) if standing.tier_id else None
    if (from_tier.key if from_tier else None) == tier_key:
        raise refuse(
            ErrorCode.TIER_UNCHANGED,
            "Nothing would change: the partner is there already.",
            "tierKey",
        )
    way = _direction(from_tier, to_tier, ladder)
    return Move(partner, program, version, standing, from_tier, to_tier, way)


async def _version_in_force(program: TierProgram, now: datetime) -> ProgramVersion:
    # Publishing a version for a later date supersedes the one before, which counts until then.
    published = ProgramVersion.filter(program_id=program.id).exclude(status=VersionState.DRAFT)
    version = await published.filter(effective_from__lte=now).order_by("-number").first()
    if version is None:
        raise refuse(
            ErrorCode.NOT_FOUND,
            "The program has no version in force yet. Publish one first.",
            "programKey",
        )
    return version


def _tier_of(ladder: Mapping[str, Tier], key: str | None) -> Tier | None:
    if key is None:
        return None
    if key not in ladder:
        known = ", ".join(sorted(ladder, key=lambda key: ladder[key].rank))
        raise refuse(
            ErrorCode.NOT_FOUND, f"The program has no such tier. Its tiers are: {known}.", "tierKey"
        )
    return ladder[key]


async def _standing(partner: Partner, program: TierProgram, now: datetime) -> Standing:
    """The partner's standing; made here if the program is newer than the partner."""
    row = Standing(partner=partner, program=program, tier_rank=0, since=now)
    await Standing.bulk_create([row], ignore_conflicts=True)
    return await Standing.get(partner_id=partner.id, program_id=program.id)


def _direction(
    from_tier: Tier | None, to_tier: Tier | None, ladder: Mapping[str, Tier]
) -> TierDirection:
    before = ladder.get(from_tier.key, from_tier).rank if from_tier else 0
    after = to_tier.rank if to_tier else 0
    # A newer version may have another tier in the place of one it dropped: neither up nor down.
    return TierDirection.PLACED if before == after else direction(before, after)
