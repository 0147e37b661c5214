"""The vendor makes a suspended partner active again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.domain.errors import ErrorCode, refuse
from app.domain.events import EventType
from app.domain.partners import PartnerStatus
from app.events.outbox import append
from app.persistence.models import Partner, Standing
from app.services.inputs import arguments
from app.services.programs.due import lock_and_take_due
from app.services.programs.enrolment import enrol
from app.services.programs.manual_changes import check_reason
from app.services.use_case import Caller, Done, perform
from app.services.visible import require


@dataclass(frozen=True, slots=True)
class ResumePartner:
    """A partner that is SUSPENDED, such as by a program's entry deadline."""

    idempotency_key: str
    partner_id: UUID
    reason: str


async def resume_partner(caller: Caller, input: ResumePartner) -> Mapping[str, UUID]:
    """Make it ACTIVE; its programs look at it again at once. Gives the id `partner`.

    Raises Refused with REQUIRED, TOO_LONG or INVALID for the reason, NOT_FOUND, and ALREADY_DONE
    for a partner that is not suspended.
    """
    return await perform(
        caller,
        "resumePartner",
        input.idempotency_key,
        arguments(input),
        lambda now: _resume(caller, input, now),
    )


async def _resume(caller: Caller, input: ResumePartner, now: datetime) -> Done:
    check_reason(input.reason)
    found = await require(caller, Partner, input.partner_id, "partnerId")
    partner = await lock_and_take_due(caller.database, found.id, now)
    if partner.status != PartnerStatus.SUSPENDED:
        raise refuse(
            ErrorCode.ALREADY_DONE,
            f"The partner is {partner.status}, not suspended. There is nothing to do.",
            "partnerId",
        )
    await Partner.filter(id=partner.id).update(status=PartnerStatus.ACTIVE)
    # A program that came into force while it was suspended passed it by.
    await enrol(partner, now)
    # Those that an evaluation has looked at: it left them alone while the partner was suspended.
    await Standing.filter(partner_id=partner.id, evaluated_at__isnull=False).update(due_at=now)
    await append(
        EventType.PARTNER_RESUMED,
        subject_id=partner.id,
        partner_id=partner.id,
        actor=caller.actor,
        at=now,
        data={"reason": input.reason.strip()},
    )
    return Done(partner.id, partner.id, {"partner": partner.id})
