"""Lock a user out of the partner team, and hand their clients over."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.auth.actor import Actor
from app.domain.errors import ErrorCode, Refused, refuse
from app.domain.events import EventType
from app.domain.ids import global_id
from app.domain.partners import AdvisorStatus, TeamRole
from app.events.outbox import append
from app.persistence.models import Advisor, AdvisorAssignment, ApiKey
from app.services.advisors.assignments import end, hand_over
from app.services.advisors.selection import active_advisor, unknown_advisor
from app.services.inputs import arguments
from app.services.invitations.issuance import withdraw
from app.services.partners.locking import lock_partner
from app.services.use_case import Caller, Done, perform
from app.services.visible import require


@dataclass(frozen=True, slots=True)
class RevokeAdvisor:
    """A user of the team, and perhaps who takes over their clients."""

    idempotency_key: str
    advisor_id: UUID
    successor_id: UUID | None = None


async def revoke_advisor(caller: Caller, input: RevokeAdvisor) -> Mapping[str, UUID]:
    """Revoke a user of a partner team permanently; gives the id `advisor`.

    Their assignments end, or go to the successor with their roles. A pending invitation is void,
    their API keys are revoked, and their sign-in is free for another team. Raises Refused with
    NOT_FOUND, ALREADY_DONE or LAST_ADMIN at `advisorId`, and UNKNOWN_ADVISOR for a successor who is
    not another active advisor of the team.
    """

    async def work(now: datetime) -> Done:
        advisor = await _lock(caller, input.advisor_id)
        successor = await _successor(advisor, input.successor_id)
        open_ones = AdvisorAssignment.filter(advisor_id=advisor.id, ended_at=None)
        for assignment in await open_ones.order_by("id"):
            if successor:
                await hand_over(caller.actor, assignment, successor, now)
            else:
                await end(caller.actor, assignment, now)
        await withdraw(caller.actor, advisor, now)
        await Advisor.filter(id=advisor.id).update(
            status=AdvisorStatus.REVOKED, active_to=now, subject=None
        )
        await ApiKey.filter(advisor_id=advisor.id, revoked_at=None).update(revoked_at=now)
        await _tell(caller.actor, advisor, successor, now)
        return Done(advisor.id, advisor.partner_id, {"advisor": advisor.id})

    return await perform(caller, "revokeAdvisor", input.idempotency_key, arguments(input), work)


async def _lock(caller: Caller, id: UUID) -> Advisor:
    seen = await require(caller, Advisor, id, "advisorId")
    await lock_partner(seen.partner_id)
    advisor = await Advisor.get(id=id)
    if advisor.status == AdvisorStatus.REVOKED:
        raise refuse(ErrorCode.ALREADY_DONE, "This user is revoked already.", "advisorId")
    if advisor.role == TeamRole.PARTNER_ADMIN and not await _other_admin(advisor):
        message = "This is the team's last admin. Invite another, who accepts, before."
        raise refuse(ErrorCode.LAST_ADMIN, message, "advisorId")
    return advisor


async def _other_admin(advisor: Advisor) -> bool:
    """Whether the team keeps an admin who is as far as this one: at work, or invited at least."""
    far_enough = {AdvisorStatus.ACTIVE, AdvisorStatus(advisor.status)}
    admins = Advisor.filter(
        partner_id=advisor.partner_id, role=TeamRole.PARTNER_ADMIN, status__in=far_enough
    )
    return await admins.exclude(id=advisor.id).exists()


async def _successor(advisor: Advisor, id: UUID | None) -> Advisor | None:
    if id is None:
        return None
    found = None if id == advisor.id else await active_advisor(advisor.partner_id, id)
    if found is None:
        raise Refused([unknown_advisor("successorId")])
    return found


async def _tell(actor: Actor, advisor: Advisor, successor: Advisor | None, at: datetime) -> None:
    await append(
        EventType.ADVISOR_REVOKED,
        subject_id=advisor.id,
        partner_id=advisor.partner_id,
        actor=actor,
        at=at,
        data={
            "name": advisor.name,
            "successorId": global_id("Advisor", successor.id) if successor else None,
        },
    )
