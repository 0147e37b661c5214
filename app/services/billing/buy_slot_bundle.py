"""A partner buys assessment slots in bundles, at the price of the book in force (S4)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.domain.errors import ErrorCode, refuse
from app.domain.events import EventType
from app.domain.plans import BundleSource
from app.events.outbox import append
from app.persistence.models import BundlePrice, BundlePurchase, Partner, SpokeBundle
from app.services.billing import slots
from app.services.billing.prices import book_in_force
from app.services.inputs import arguments
from app.services.partners.locking import lock_active_partner
from app.services.use_case import Caller, Done, perform
from app.services.visible import find_by

# A typing error must not become an invoice.
MAX_QUANTITY = 1_000


@dataclass(frozen=True, slots=True)
class BuySlotBundle:
    """A bundle and how many of it. The vendor names the partner; others buy for their own."""

    idempotency_key: str
    bundle_code: str
    quantity: int = 1
    partner_id: UUID | None = None


async def buy_slot_bundle(caller: Caller, input: BuySlotBundle) -> Mapping[str, UUID]:
    """Buy; gives the ids `partner` and `purchase`. The slots are there at once.

    Raises Refused with REQUIRED, NOT_FOUND or PARTNER_NOT_ACTIVE for the partner, NOT_FOUND for
    the bundle, INVALID for the quantity, and NO_PRICE if the bundle has none in its currency.
    """
    return await perform(
        caller,
        "buySlotBundle",
        input.idempotency_key,
        arguments(input),
        lambda now: _buy(caller, input, now),
    )


async def _buy(caller: Caller, input: BuySlotBundle, now: datetime) -> Done:
    partner = await lock_active_partner(caller, input.partner_id)
    if not 1 <= input.quantity <= MAX_QUANTITY:
        raise refuse(ErrorCode.INVALID, f"Give 1 to {MAX_QUANTITY:,} bundles.", "quantity")
    bundle = await _bundle(input.bundle_code)
    price = await _price(partner, bundle, now)
    purchase = await BundlePurchase.create(
        partner_id=partner.id,
        bundle_id=bundle.code,
        source=BundleSource.BOUGHT,
        quantity=input.quantity,
        slots=bundle.slots * input.quantity,
        price_book_id=price.price_book_id,
        currency_code=partner.currency_code,
        unit_amount_minor=price.amount_minor,
        amount_minor=price.amount_minor * input.quantity,
        note=f"{input.quantity} × {bundle.name}",
        bought_at=now,
        bought_by=caller.actor.user_id,
    )
    await slots.add(purchase)
    await append(
        EventType.SLOTS_BOUGHT,
        subject_id=purchase.id,
        partner_id=partner.id,
        actor=caller.actor,
        at=now,
        data={"bundle": bundle.code, "quantity": purchase.quantity, "slots": purchase.slots},
    )
    return Done(purchase.id, partner.id, {"partner": partner.id, "purchase": purchase.id})


async def _bundle(code: str) -> SpokeBundle:
    bundle = await find_by(SpokeBundle, code=code)
    if bundle is None:
        known = await SpokeBundle.all().order_by("slots").values_list("code", flat=True)
        message = f"There is no such bundle. Use one of: {', '.join(map(str, known)) or 'none'}."
        raise refuse(ErrorCode.NOT_FOUND, message, "bundleCode")
    return bundle


async def _price(partner: Partner, bundle: SpokeBundle, now: datetime) -> BundlePrice:
    book = await book_in_force(partner.currency_code, now)
    prices = BundlePrice.filter(price_book_id=book.id, bundle_id=bundle.code) if book else None
    price = await prices.first() if prices else None
    if price is None:
        message = (
            f"{bundle.name} has no price in {partner.currency_code}. Ask the vendor for one, or"
            " choose another bundle."
        )
        raise refuse(ErrorCode.NO_PRICE, message, "bundleCode")
    return price
