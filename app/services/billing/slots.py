"""Assessment slots: a ledger of entries whose sum is what a partner has left (S4).

The last slot is never sold twice: an entry that takes one is written under the partner's lock.
"""

from datetime import datetime
from uuid import UUID

from tortoise.functions import Sum

from app.domain.errors import ErrorCode, Problem, Refused
from app.domain.plans import SlotEntryKind
from app.persistence.models import SlotEntry
from app.services.partners.acting import lock_partner


async def available(partner_id: UUID) -> int:
    """Slots that a partner has left."""
    return await _sum(partner_id=partner_id)


def slots_problem(left: int, *field: str) -> Problem | None:
    """NO_SLOTS_AVAILABLE when none is left."""
    if left >= 1:
        return None
    message = "No assessment slot is left. Buy a bundle of slots, or choose another plan."
    return Problem(ErrorCode.NO_SLOTS_AVAILABLE, message, field)


async def consume(partner_id: UUID, client_id: UUID, at: datetime, *field: str) -> None:
    """Take one slot for a client, inside the open unit of work.

    Raises Refused with NO_SLOTS_AVAILABLE at `field`.
    """
    await lock_partner(partner_id)
    if problem := slots_problem(await available(partner_id), *field):
        raise Refused([problem])
    await SlotEntry.create(
        partner_id=partner_id,
        client_id=client_id,
        kind=SlotEntryKind.CONSUMED,
        quantity=-1,
        created_at=at,
    )


async def give_back(partner_id: UUID, client_id: UUID, at: datetime, note: str) -> bool:
    """Return the slots that a client holds, inside the open unit of work; False if it has none."""
    held = -await _sum(partner_id=partner_id, client_id=client_id)
    if held < 1:
        return False
    await SlotEntry.create(
        partner_id=partner_id,
        client_id=client_id,
        kind=SlotEntryKind.RETURNED,
        quantity=held,
        note=note,
        created_at=at,
    )
    return True


async def _sum(**where: UUID) -> int:
    rows = await SlotEntry.filter(**where).annotate(total=Sum("quantity")).values("total")
    return int(rows[0]["total"] or 0)
