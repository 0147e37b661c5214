"""The vendor gives a partner assessment slots as part of its agreement, at no charge (S4)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.domain.checks import check_text
from app.domain.errors import ErrorCode, Problem, Refused
from app.domain.events import EventType
from app.domain.plans import BundleSource
from app.events.outbox import append
from app.persistence.models import BundlePurchase
from app.services.billing import slots
from app.services.inputs import arguments
from app.services.partners.locking import lock_active_partner
from app.services.use_case import Caller, Done, perform

# A typing error must not become a gift.
MAX_SLOTS = 10_000
MAX_NOTE = 200


@dataclass(frozen=True, slots=True)
class IncludeSlots:
    """A partner, how many slots, and what the ledger says of them."""

    idempotency_key: str
    partner_id: UUID
    slots: int
    note: str = ""


async def include_slots(caller: Caller, input: IncludeSlots) -> Mapping[str, UUID]:
    """Give them; gives the ids `partner` and `purchase`.

    Raises Refused with NOT_FOUND or PARTNER_NOT_ACTIVE for the partner, INVALID for the number of
    slots, and TOO_LONG or INVALID for the note.
    """
    return await perform(
        caller,
        "includeSlots",
        input.idempotency_key,
        arguments(input),
        lambda now: _include(caller, input, now),
    )


async def _include(caller: Caller, input: IncludeSlots, now: datetime) -> Done:
    partner = await lock_active_partner(caller, input.partner_id)
    problems = check_text(input.note, "note", longest=MAX_NOTE)
    if not 1 <= input.slots <= MAX_SLOTS:
        message = f"Give 1 to {MAX_SLOTS:,} slots."
        problems.append(Problem(ErrorCode.INVALID, message, ("slots",)))
    if problems:
        raise Refused(problems)
    purchase = await BundlePurchase.create(
        partner_id=partner.id,
        source=BundleSource.INCLUDED,
        quantity=1,
        slots=input.slots,
        currency_code=partner.currency_code,
        unit_amount_minor=0,
        amount_minor=0,
        note=input.note.strip(),
        bought_at=now,
        bought_by=caller.actor.user_id,
    )
    await slots.add(purchase)
    await append(
        EventType.SLOTS_INCLUDED,
        subject_id=purchase.id,
        partner_id=partner.id,
        actor=caller.actor,
        at=now,
        data={"slots": purchase.slots},
    )
    return Done(purchase.id, partner.id, {"partner": partner.id, "purchase": purchase.id})
