"""Manual changes of a standing by the vendor: find it, and place the partner in a tier."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.auth.actor import Actor
from app.domain.characters import is_blank
from app.domain.checks import check_text
from app.domain.errors import ErrorCode, Problem, Refused, refuse
from app.domain.partners import PartnerStatus, is_enrolled
from app.domain.programs.benefits import direction
from app.domain.programs.policies import next_evaluation
from app.domain.programs.vocabulary import DecisionOrigin, TierDirection
from app.persistence.models import Partner, Standing, Tier, TierDecision, TierProgram
from app.services.programs.decisions import Keeping, Move, load_benefits
from app.services.programs.due import lock_and_take_due
from app.services.programs.evaluating import evaluator_for
from app.services.programs.standings import load_standings, new_standing
from app.services.programs.versions import Version, find_program, next_version_at, version_in_force
from app.services.use_case import Caller
from app.services.visible import require

MAX_REASON = 1_000


@dataclass(frozen=True, slots=True)
class Place:
    """A partner, locked, and its standing under the version of a program that is in force."""

    partner: Partner
    version: Version
    standing: Standing


def check_reason(reason: str) -> None:
    """Raises Refused at `reason`: whatever the vendor does manually, the partner reads why."""
    problems = check_text(reason, "reason", longest=MAX_REASON)
    if is_blank(reason):
        message = f"Say why, in 1 to {MAX_REASON} characters: the partner reads it."
        problems = [Problem(ErrorCode.REQUIRED, message, ("reason",))]
    if problems:
        raise Refused(problems)


async def find_place(
    caller: Caller, partner_id: UUID, program_key: str, now: datetime, leaving: bool = False
) -> Place:
    """Where a partner stands, made here if the program is newer than the partner.

    Whatever is due is evaluated first, as of its own moment.

    Raises Refused with NOT_FOUND for partner, program, or a program without a version in force;
    and, unless it is about `leaving` a tier, with NOT_ENROLLED or PARTNER_NOT_ACTIVE.
    """
    found = await require(caller, Partner, partner_id, "partnerId")
    partner = await lock_and_take_due(caller.database, found.id, now)
    program = await find_program(program_key)
    if program is None:
        raise refuse(
            ErrorCode.NOT_FOUND, "There is no such tier program. Check the key.", "programKey"
        )
    # Whoever has left, or does not belong in the program any more, may still be taken out.
    if not leaving:
        _check_takes_part(partner, program)
    version = await version_in_force(program, now)
    if version is None:
        raise refuse(
            ErrorCode.NOT_FOUND,
            "The program has no version in force yet. Publish one first.",
            "programKey",
        )
    return Place(partner, version, await _standing(partner, version, now))


def _check_takes_part(partner: Partner, program: TierProgram) -> None:
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


async def _standing(partner: Partner, version: Version, now: datetime) -> Standing:
    row = new_standing(partner.id, version.program_id, now)
    await Standing.bulk_create([row], ignore_conflicts=True)
    [standing] = await load_standings(version.program_id, [partner.id])
    return standing


def tier_of(version: Version, key: str, *field: str) -> Tier:
    """The tier with a key. Raises Refused with NOT_FOUND."""
    if key not in version.ranks:
        known = ", ".join(version.ranks)
        raise refuse(
            ErrorCode.NOT_FOUND, f"The program has no such tier. Its tiers are: {known}.", *field
        )
    tier = version.tier(version.ranks[key])
    assert tier is not None
    return tier


async def put_in_tier(
    actor: Actor,
    place: Place,
    to_tier: Tier | None,
    origin: DecisionOrigin,
    reason: str,
    now: datetime,
    evaluation_id: UUID | None = None,
    until: datetime | None = None,
) -> TierDecision:
    """Write the decision and the standing; nothing that would have ended the former tier remains.

    The standing's row is changed, and saved with all that the caller has set on it. It is evaluated
    next on schedule, or at `until`: what is set manually is not taken back in the same second.
    """
    standing, version = place.standing, place.version
    move = Move(
        place.partner.id,
        version,
        standing.tier,
        to_tier,
        _direction(version, standing.tier, to_tier),
        origin,
        reason,
    )
    keeping = Keeping(actor, now)
    benefits = await load_benefits([standing.tier, to_tier])
    decision = keeping.move(move, benefits, evaluation_id)
    await keeping.write()
    standing.tier_id, standing.tier_rank = (to_tier.id, to_tier.rank) if to_tier else (None, 0)
    standing.decision_id, standing.since = decision.id, now
    standing.held_until = standing.hold_since = None
    standing.grace_since = standing.grace_until = standing.grace_noticed_at = None
    standing.at_risk_on = standing.at_risk_because = None
    standing.due_at = await due_by_hand(version, now, until)
    await standing.save()
    return decision


async def due_by_hand(version: Version, now: datetime, until: datetime | None = None) -> datetime:
    """When to look next at a standing that was set manually: on schedule, or `until` or the moment
    at which the next version of the program takes effect, if that comes first."""
    calendar = (await evaluator_for(version, now)).setting.calendar
    on_schedule = next_evaluation(version.definition, now, calendar)
    others = until, await next_version_at(version.program_id, now)
    return min([on_schedule, *(at for at in others if at)])


def _direction(version: Version, before: Tier | None, after: Tier | None) -> TierDirection:
    from_rank, to_rank = version.rank(before), after.rank if after else 0
    # A newer version may have another tier in the place of one it dropped: neither up nor down.
    return TierDirection.PLACED if from_rank == to_rank else direction(from_rank, to_rank)
