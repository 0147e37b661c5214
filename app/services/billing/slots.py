"""Assessment slots: a ledger of entries whose sum is what a partner has left (S4).

The last slot is never sold twice: an entry that takes one is written under the partner's lock.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from tortoise.functions import Sum

from app.domain.errors import Refused
from app.domain.plans import SlotEntryKind, slots_problem
from app.persistence.models import BundlePurchase, SlotEntry
from app.services.partners.locking import lock_partner


async def available(partner_id: UUID) -> int:
    """Slots that a partner has left."""
    return await _sum(partner_id=partner_id)


async def add(purchase: BundlePurchase) -> None:
    """Enter the slots of a purchase, inside the open unit of work that holds the partner's lock."""
    await SlotEntry.create(
        partner_id=purchase.partner_id,
        kind=SlotEntryKind(purchase.source),
        quantity=purchase.slots,
        purchase_id=purchase.id,
        note=purchase.note,
        created_at=purchase.bought_at,
    )


async def consume(partner_id: UUID, client_id: UUID, at: datetime, *field: str) -> None:
    """Take one slot for a client, inside the open unit of work.

    Raises Refused with NO_SLOTS_AVAILABLE at `field`.
    """
    await consume_for(partner_id, [client_id], at, *field)


async def consume_for(
    partner_id: UUID, client_ids: Sequence[UUID], at: datetime, *field: str
) -> None:
    """Take one slot for each of the clients: as `consume`."""
    await lock_partner(partner_id)
    left = await available(partner_id)
    if problem := slots_problem(left - len(client_ids) + 1, *field):
        raise Refused([problem])
    await SlotEntry.bulk_create(
        SlotEntry(
            partner_id=partner_id,
            client_id=client_id,
            kind=SlotEntryKind.CONSUMED,
            quantity=-1,
            created_at=at,
        )
        for client_id in client_ids
    )


async def held(partner_id: UUID, client_id: UUID) -> int:
    """Slots that a client took and that did not go back."""
    return -await _sum(partner_id=partner_id, client_id=client_id)


async def give_back(partner_id: UUID, client_id: UUID, at: datetime, note: str) -> bool:
    """Return the slots that a client holds, inside the open unit of work; False if it has none."""
    taken = await held(partner_id, client_id)
    if taken < 1:
        return False
    await SlotEntry.create(
        partner_id=partner_id,
        client_id=client_id,
        kind=SlotEntryKind.RETURNED,
        quantity=taken,
        note=note,
        created_at=at,
    )
    return True


async def _sum(**where: UUID) -> int:
    rows = await SlotEntry.filter(**where).annotate(total=Sum("quantity")).values("total")
    return int(rows[0]["total"] or 0)
