"""Admitting people: who a token's subject is, and from when."""

from datetime import datetime
from uuid import UUID

from tortoise.queryset import QuerySet

from app.auth.audit_trail import record
from app.domain.clients import ClientUserStatus
from app.domain.clock import Clock
from app.domain.identity import Role
from app.domain.partners import AdvisorStatus
from app.persistence.database import Database
from app.persistence.locks import lock_names
from app.persistence.models import Advisor, ClientUser, Invitation, VendorUser

MAX_SUBJECT = 255


async def admit(
    database: Database, clock: Clock, role: Role, person_id: UUID, subject: str
) -> None:
    """Take a token's `sub` as this person's, and make an invited person active.

    Raises ValueError with a sentence for a subject that is empty, too long or somebody else's.
    """
    if not 1 <= len(subject) <= MAX_SUBJECT:
        raise ValueError(f"Give a subject of 1 to {MAX_SUBJECT} characters.")

    async def unit() -> None:
        await require_free(database, person_id, subject)
        await _admit(role, person_id, subject, clock.now())

    await database.transaction(unit)


async def require_free(database: Database, person_id: UUID, subject: str) -> None:
    """Raise ValueError if the subject is anybody else's: two with the same would both be shut out.

    No constraint spans the three tables, hence a lock on the subject itself.
    """
    await lock_names(database, subject)
    for people in (VendorUser, Advisor, ClientUser):
        if await people.filter(subject=subject).exclude(id=person_id).exists():
            raise ValueError(f"The subject {subject} is somebody else's.")


async def _admit(role: Role, person_id: UUID, subject: str, now: datetime) -> None:
    if role in (Role.VENDOR_ADMIN, Role.VENDOR_ANALYST):
        await VendorUser.filter(id=person_id).update(subject=subject)
    elif role is Role.CLIENT_USER:
        await ClientUser.filter(id=person_id).update(subject=subject)
        await ClientUser.filter(id=person_id, status=ClientUserStatus.INVITED).update(
            status=ClientUserStatus.ACTIVE
        )
        await _close(Invitation.filter(client_user_id=person_id), now)
    else:
        await Advisor.filter(id=person_id).update(subject=subject)
        await Advisor.filter(id=person_id, status=AdvisorStatus.INVITED).update(
            status=AdvisorStatus.ACTIVE, active_from=now
        )
        await _close(Invitation.filter(advisor_id=person_id), now)
    # At the command line, by the operator who runs the server for the vendor.
    await record(
        "admitPerson",
        at=now,
        actor_role=Role.VENDOR_ADMIN,
        subject_id=person_id,
        correlation_id="command-line",
        input={"role": role, "subject": subject},
    )


async def _close(invitations: QuerySet[Invitation], now: datetime) -> None:
    """Whoever is in needs no invitation, and nobody else is to come in by it."""
    await invitations.filter(accepted_at=None, revoked_at=None, expires_at__gt=now).update(
        accepted_at=now
    )
