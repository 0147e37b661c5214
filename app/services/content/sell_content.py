"""A partner sells an item of its own to one of its clients (S1)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.domain.content import GrantSource, usable_version
from app.domain.content_sales import parts_of, price_to_sell
from app.domain.errors import ErrorCode, refuse
from app.domain.events import EventType
from app.domain.ids import global_id
from app.domain.money import Money
from app.domain.partners import BillingModel
from app.domain.plans import payer_for
from app.events.outbox import append
from app.persistence.models import Client, ContentGrant, ContentItem, ContentSale
from app.services.billing.policies import policy_in_force
from app.services.clients.locking import lock_active_client
from app.services.content.versions import versions_of
from app.services.inputs import arguments
from app.services.use_case import Caller, Done, perform
from app.services.visible import require


@dataclass(frozen=True, slots=True)
class SellContent:
    """The client, the item, and the version that it gets: None for the latest."""

    idempotency_key: str
    client_id: UUID
    item_id: UUID
    version_id: UUID | None = None


async def sell_content(caller: Caller, input: SellContent) -> Mapping[str, UUID]:
    """Sell an item at its price; gives the ids `content_sale` and `content_grant`.

    The vendor's cut is that of the policy in force, the rest is the partner's revenue; the billing
    model of this moment says who is charged. Raises Refused with NOT_FOUND, NOT_FOR_SALE,
    DUPLICATE (the client has it), CONTENT_NOT_PUBLISHED, CONTENT_RETIRED, NO_POLICY, ROLE_TOO_LOW,
    CLIENT_NOT_ACTIVE, PARTNER_NOT_ACTIVE.
    """
    return await perform(
        caller,
        "sellContent",
        input.idempotency_key,
        arguments(input),
        lambda now: _sell(caller, input, now),
    )


async def _sell(caller: Caller, input: SellContent, now: datetime) -> Done:
    client = await lock_active_client(caller, input.client_id)
    item = await require(caller, ContentItem, input.item_id, "contentItemId")
    _refuse_anothers(client, item)
    asked = None if item.price_minor is None else Money(item.price_minor, item.price_currency or "")
    price = price_to_sell(asked, client.partner.currency_code, "contentItemId")
    if await ContentGrant.exists(client_id=client.id, item_id=item.id):
        raise refuse(ErrorCode.DUPLICATE, "The client has this item already.", "contentItemId")
    versions = (await versions_of(caller, [item]))[item.id]
    version_id = usable_version(versions, input.version_id).id
    sale = await _add_sale(caller, client, item, version_id, price, now)
    grant = await ContentGrant.create(
        partner_id=client.partner_id,
        client_id=client.id,
        item_id=item.id,
        version_id=version_id,
        source=GrantSource.SALE,
        granted_at=now,
    )
    await append(
        EventType.CONTENT_SOLD,
        subject_id=sale.id,
        partner_id=client.partner_id,
        client_id=client.id,
        actor=caller.actor,
        at=now,
        data={"contentItemId": global_id("ContentItem", item.id), "title": item.title},
    )
    return Done(sale.id, client.partner_id, {"content_sale": sale.id, "content_grant": grant.id})


def _refuse_anothers(client: Client, item: ContentItem) -> None:
    if item.partner_id == client.partner_id and item.adopted_item_id is None:
        return
    raise refuse(
        ErrorCode.NOT_FOR_SALE,
        "This content is the vendor's. A partner sells what it made itself.",
        "contentItemId",
    )


async def _add_sale(
    caller: Caller, client: Client, item: ContentItem, version_id: UUID, price: Money, now: datetime
) -> ContentSale:
    cut_rate = (await policy_in_force(now)).content_cut
    parts = parts_of(price, cut_rate)
    return await ContentSale.create(
        partner_id=client.partner_id,
        client_id=client.id,
        item_id=item.id,
        version_id=version_id,
        currency_code=price.currency,
        price_minor=price.amount_minor,
        cut_rate=cut_rate,
        cut_minor=parts.cut_minor,
        revenue_minor=parts.revenue_minor,
        payer=payer_for(BillingModel(client.partner.billing_model)),
        sold_at=now,
        sold_by=caller.actor.user_id,
    )
