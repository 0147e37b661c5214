"""sellContent: who gets what, who is charged, and what is not for sale."""

import asyncio
from decimal import Decimal
from uuid import UUID, uuid4

import pytest

from app.auth.actor import Actor
from app.domain.errors import ErrorCode, Refused
from app.domain.ids import global_id
from app.persistence.models import (
    AdvisorAssignment,
    BillingPolicy,
    Client,
    ContentGrant,
    ContentItem,
    ContentSale,
    ContentVersion,
    Partner,
)
from app.services.content.sell_content import SellContent, sell_content
from tests.clients import add_item, add_version
from tests.refusals import audited, outcome, refused, told
from tests.world import LONG_AGO, World


@pytest.fixture
async def item(world: World) -> ContentItem:
    item = await add_item(world.acme.library, "Handbook", price_minor=990, price_currency="USD")
    await add_version(item, 1)
    return item


async def sell(
    world: World, actor: Actor, item: ContentItem, client: Client | None = None, **more: UUID
) -> ContentSale:
    client = client or world.acme.client
    input = SellContent(str(uuid4()), client.id, item.id, **more)
    ids = await sell_content(world.caller(actor), input)
    grant = await ContentGrant.get(id=ids["content_grant"])
    sale = await ContentSale.get(id=ids["content_sale"])
    assert (grant.client_id, grant.item_id, grant.source) == (client.id, item.id, "SALE")
    assert grant.version_id == sale.version_id
    return sale


async def test_a_sale_is_split_between_partner_and_vendor(world: World, item: ContentItem) -> None:
    acme = world.acme
    second = await add_version(item, 2)

    sale = await sell(world, acme.as_advisor(), item)

    assert (sale.partner_id, sale.client_id) == (acme.partner.id, acme.client.id)
    # 15 % of 9.90 is 1.485: half a cent goes to the even one.
    assert (sale.price_minor, sale.cut_minor, sale.revenue_minor) == (990, 148, 842)
    assert (sale.cut_rate, sale.currency_code) == (Decimal("0.15"), "USD")
    assert (sale.version_id, sale.payer) == (second.id, "PARTNER")
    assert (sale.sold_at, sale.sold_by) == (world.clock.now(), acme.advisor.id)
    [event] = await told("CONTENT_SOLD")
    assert (event.subject_id, event.client_id) == (sale.id, acme.client.id)
    assert event.data == {
        "contentItemId": global_id("ContentItem", item.id),
        "title": "Handbook",
    }
    [entry] = await audited("sellContent")
    assert entry.subject_id == sale.id


async def test_policy_version_and_payer_are_those_of_the_moment(
    world: World, item: ContentItem
) -> None:
    [first] = await item_versions(item)
    await add_version(item, 2)
    values = {"advisor_fee_rule": "ANY_TIME", "rate_lock": "FLOATING", "payment_days": 1}
    await BillingPolicy.create(
        effective_from=world.clock.now(),
        content_cut=Decimal("0.5"),
        invitation_days=1,
        return_slot_on_archive=False,
        **values,
    )
    await Partner.filter(id=world.acme.partner.id).update(billing_model="NON_RESELLER")

    sale = await sell(world, world.acme.as_app(), item, version_id=first)

    assert (sale.cut_minor, sale.revenue_minor, sale.payer) == (495, 495, "CLIENT")
    assert (sale.version_id, sale.sold_by) == (first, None)


async def item_versions(item: ContentItem) -> list[UUID]:
    return await ContentVersion.filter(item_id=item.id).values_list("id", flat=True)  # type: ignore[return-value]


async def test_what_is_not_for_sale_is_refused(world: World, item: ContentItem) -> None:
    acme, admin = world.acme, world.acme.as_admin()
    free = await add_item(acme.library, "Free")
    foreign = await add_item(acme.library, "Euro", price_minor=1, price_currency="EUR")
    adopted = await add_item(
        acme.library,
        "Adopted",
        adopted_item_id=world.open_item.id,
        adopted_version_id=world.open_version.id,
    )
    unpublished = await add_item(acme.library, "Draft", price_minor=1, price_currency="USD")
    theirs = await add_item(world.rival.library, "Theirs", price_minor=1, price_currency="USD")
    await add_version(unpublished, 1, "DRAFT")
    for what, code in [
        (free, ErrorCode.NOT_FOR_SALE),
        (foreign, ErrorCode.NOT_FOR_SALE),
        (adopted, ErrorCode.NOT_FOR_SALE),
        (world.open_item, ErrorCode.NOT_FOR_SALE),
        (unpublished, ErrorCode.CONTENT_NOT_PUBLISHED),
        (theirs, ErrorCode.NOT_FOUND),
    ]:
        async with refused(code, "contentItemId"):
            await sell(world, admin, what)


async def test_a_client_buys_an_item_once(world: World, item: ContentItem) -> None:
    results = await asyncio.gather(
        *(outcome(sell(world, actor, item)) for actor in (world.acme.as_admin(),) * 2)  # type: ignore[arg-type]
    )

    [lost] = [result for result in results if isinstance(result, Refused)]
    assert lost.problems[0].code == ErrorCode.DUPLICATE
    assert await ContentSale.all().count() == 1
    async with refused(ErrorCode.DUPLICATE, "contentItemId"):
        await sell(world, world.acme.as_admin(), item)


@pytest.mark.parametrize("status", ["SUSPENDED", "ARCHIVED"])
async def test_only_an_active_client_buys(world: World, item: ContentItem, status: str) -> None:
    archived = LONG_AGO if status == "ARCHIVED" else None
    await Client.filter(id=world.acme.client.id).update(status=status, archived_at=archived)
    async with refused(ErrorCode.CLIENT_NOT_ACTIVE, "clientId"):
        await sell(world, world.acme.as_admin(), item)


async def test_who_may_not_sell_is_refused(world: World, item: ContentItem) -> None:
    async with refused(ErrorCode.NOT_FOUND, "clientId"):
        await sell(world, world.rival.as_admin(), item)
    async with refused(ErrorCode.NOT_FOUND, "clientId"):
        await sell(world, world.acme.as_admin(), item, world.rival.client)
    await AdvisorAssignment.filter(advisor_id=world.acme.advisor.id).update(role="CONTRIBUTOR")
    async with refused(ErrorCode.ROLE_TOO_LOW, "clientId"):
        await sell(world, world.acme.as_advisor(), item)
    await BillingPolicy.all().delete()
    async with refused(ErrorCode.NO_POLICY):
        await sell(world, world.acme.as_admin(), item)
    await Partner.filter(id=world.acme.partner.id).update(status="SUSPENDED")
    async with refused(ErrorCode.PARTNER_NOT_ACTIVE, "clientId"):
        await sell(world, world.acme.as_admin(), item)
