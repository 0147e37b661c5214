"""Which invitations are shown with their tokens, and to whom."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from app.domain.errors import Problem
from app.domain.invitations import ended_problem, status_at
from app.persistence.models import Invitation
from app.services.clients.locking import refuse_if
from app.services.invitations.locking import FIELD, lock_invitation
from app.services.use_case import Caller


def ended(invitation: Invitation, now: datetime, *field: str) -> Problem | None:
    """INVITATION_ENDED for an invitation that is not pending at a moment."""
    row = invitation
    status = status_at(now, row.expires_at, row.accepted_at, row.revoked_at)
    return ended_problem(status, *field)


async def made(caller: Caller, ids: Collection[UUID]) -> list[Invitation]:
    """The invitations that a use case of this caller has just made, in the order of the ids."""
    rows = await caller.database.read(lambda: Invitation.filter(id__in=list(ids)))
    by_id = {row.id: row for row in rows}
    return [by_id[id] for id in ids]


async def pending(caller: Caller, invitation_id: UUID) -> Invitation:
    """A pending invitation, for a caller who may invite that person: the vendor's mailer, an admin.

    Raises Refused with NOT_FOUND or ROLE_TOO_LOW, and with INVITATION_ENDED.
    """

    async def work() -> Invitation:
        invitation = await lock_invitation(caller, invitation_id)
        refuse_if(ended(invitation, caller.clock.now(), FIELD))
        return invitation

    return await caller.database.transaction(work)
