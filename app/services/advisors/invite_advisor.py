"""Invite a person to a partner team."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.domain.checks import check_line
from app.domain.emails import check_email, normalise_email
from app.domain.errors import ErrorCode, Refused, refuse
from app.domain.events import EventType
from app.domain.partners import AdvisorStatus, TeamRole
from app.domain.text import sort_key
from app.events.outbox import append
from app.persistence.models import Advisor, Partner
from app.services.inputs import arguments
from app.services.invitations.issuance import invite
from app.services.partners.locking import lock_active_partner
from app.services.use_case import Caller, Done, perform


@dataclass(frozen=True, slots=True)
class InviteAdvisor:
    """A person for the team. `partner_id` is for the vendor; others act for their own."""

    idempotency_key: str
    name: str
    email: str
    role: TeamRole = TeamRole.ADVISOR
    partner_id: UUID | None = None


async def invite_advisor(caller: Caller, input: InviteAdvisor) -> Mapping[str, UUID]:
    """Add a person to the team as INVITED; gives the ids `advisor` and `invitation`.

    Raises Refused with REQUIRED, NOT_FOUND or PARTNER_NOT_ACTIVE for the partner, with REQUIRED,
    TOO_LONG or INVALID for a value, DUPLICATE for an e-mail that the team has already, and
    NO_POLICY.
    """

    async def work(now: datetime) -> Done:
        partner = await lock_active_partner(caller, input.partner_id)
        advisor = await _add(partner, input, now)
        await append(
            EventType.ADVISOR_INVITED,
            subject_id=advisor.id,
            partner_id=partner.id,
            actor=caller.actor,
            at=now,
            data={"name": advisor.name, "role": advisor.role},
        )
        invitation = await invite(caller.actor, advisor, now)
        ids = {"advisor": advisor.id, "invitation": invitation.id}
        return Done(advisor.id, partner.id, ids)

    return await perform(caller, "inviteAdvisor", input.idempotency_key, arguments(input), work)


async def _add(partner: Partner, input: InviteAdvisor, now: datetime) -> Advisor:
    if problems := [*check_line(input.name, "name"), *check_email(input.email, "email")]:
        raise Refused(problems)
    email = normalise_email(input.email)
    advisor = await Advisor.get_or_none(partner_id=partner.id, email=email)
    if advisor and advisor.status != AdvisorStatus.REVOKED:
        message = "Someone in the team has this e-mail already. Give each person their own."
        raise refuse(ErrorCode.DUPLICATE, message, "email")
    # Who was revoked comes back as the person they were.
    advisor = advisor or Advisor(partner=partner, email=email, created_at=now)
    advisor.name = " ".join(input.name.split())
    advisor.name_key = sort_key(advisor.name)
    advisor.role, advisor.status = input.role, AdvisorStatus.INVITED
    await advisor.save()
    return advisor
