"""One call of each mutation that brings content about and to where it is used, done as it is."""

from typing import Any

from app.auth.actor import Actor
from app.persistence.models import ContentGrant, PartnerGroup
from tests.api.calls import global_id, unknown_id
from tests.clients import add_item, add_template, add_version
from tests.world import LONG_AGO, World

# An actor, an input, a selection, and a change to the input: as `Call` has them.
Parts = tuple[Actor, dict[str, Any], str, dict[str, Any]]


async def content_calls(world: World) -> dict[str, Parts]:
    """The calls by name; the rows that they need are made here."""
    acme, rival, vendor = world.acme, world.rival, world.as_vendor()
    item = await add_item(acme.library, "Course", price_minor=500, price_currency="USD")
    old, version = await add_version(item, 1), await add_version(item, 2)
    draft = await add_version(item, 3, "DRAFT")
    await add_version(world.open_item, 2)
    adopted = await add_item(
        rival.library,
        "Baseline controls",
        adopted_item_id=world.open_item.id,
        adopted_version_id=world.open_version.id,
    )
    held = await add_item(acme.library, "Held")
    await ContentGrant.create(
        partner=acme.partner,
        client=acme.client,
        item=held,
        version=await add_version(held, 1),
        source="TEMPLATE",
        granted_at=LONG_AGO,
    )
    template = await add_template(rival, adopted)
    group = await PartnerGroup.create(key="emea", name="EMEA", created_at=LONG_AGO)
    admin, theirs = acme.as_admin(), rival.as_admin()
    client = global_id(acme.client)
    return {
        "updateContentItem": (
            admin,
            {"contentItemId": global_id(item), "title": "Training"},
            "contentItem { id title }",
            {"title": "Other"},
        ),
        "draftContentVersion": (
            admin,
            {"contentItemId": global_id(item), "body": "# Four"},
            "contentItem { id } contentVersion { id number status }",
            {"body": "Other"},
        ),
        "updateContentVersion": (
            admin,
            {"versionId": global_id(draft), "body": "# Three"},
            "contentVersion { id body checksum }",
            {"body": "Other"},
        ),
        "retireContentVersion": (
            admin,
            {"versionId": global_id(old)},
            "contentItem { id retired } contentVersion { id status retiredAt }",
            {"versionId": global_id(version)},
        ),
        "sellContent": (
            admin,
            {"clientId": client, "contentItemId": global_id(item)},
            "contentSale { id price { amount } } contentGrant { id source }",
            {"versionId": global_id(version)},
        ),
        "pushContent": (
            admin,
            {"versionId": global_id(version), "clients": {"ids": [client]}},
            "contentPush { id counts { updated added } }",
            {"clients": {"all": True}},
        ),
        "lockClientContent": (
            admin,
            {"clientId": client, "contentItemId": global_id(held), "locked": True},
            "contentGrant { id locked }",
            {"locked": False},
        ),
        "updateAdoptedItem": (
            theirs,
            {"contentItemId": global_id(adopted)},
            "contentItem { id adoptedVersion { number } }",
            {"versionId": global_id(world.open_version)},
        ),
        "lockContentItem": (
            theirs,
            {"contentItemId": global_id(adopted), "locked": True},
            "contentItem { id locked }",
            {"locked": False},
        ),
        "cloneClientTemplate": (
            theirs,
            {"templateId": global_id(template), "name": "Copy"},
            "clientTemplate { id name }",
            {"name": "Other"},
        ),
        "createPartnerGroup": (
            vendor,
            {"key": "apac", "name": "APAC"},
            "partnerGroup { id key }",
            {"name": "Other"},
        ),
        "setPartnerGroupMembers": (
            vendor,
            {"groupId": global_id(group), "add": [global_id(acme.partner)]},
            "partnerGroup { id members { totalCount } }",
            {"groupId": unknown_id("PartnerGroup")},
        ),
    }
