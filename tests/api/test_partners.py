"""`partner` and `partners`: partner teams as each kind of actor sees them."""

from typing import Any

import pytest

from app.auth.actor import PUBLIC
from app.persistence.models import Partner, SlotEntry
from tests.api.calls import Api, global_id, unknown_id
from tests.clients import add_advisor
from tests.world import LONG_AGO, World

PARTNER = """query($id: ID, $slug: String) { partner(id: $id, slug: $slug) {
    id name slug type status domain currencyCode billingModel paymentMethod referralRate createdAt
    channelAccountManager { name email }
    library { name kind }
    slots { included bought reserved consumed available }
    slotEntries { nodes { kind quantity } }
    advisors { totalCount nodes { name role status } }
    clients { totalCount nodes { name domainShared } }
} }"""


async def partner(api: Api, actor: Any, **by: str) -> dict[str, Any]:
    return (await api.data(actor, PARTNER, **by))["partner"]


async def test_a_partner_as_its_admin_sees_it(api: Api, world: World):
    await Partner.filter(id=world.acme.partner.id).update(referral_rate="0.250000")
    assert await partner(api, world.acme.as_admin(), slug="acme") == {
        "id": global_id(world.acme.partner),
        "name": "Acme Advisory",
        "slug": "acme",
        "type": "MSP",
        "status": "ACTIVE",
        "domain": "acme.example",
        "currencyCode": "USD",
        "billingModel": "RESELLER",
        "paymentMethod": "CARD",
        "referralRate": "0.25",
        "createdAt": "2024-01-01T00:00:00Z",
        "channelAccountManager": {
            "name": "Vera Admin",
            "email": "vendor_admin@northwind.example",
        },
        "library": {"name": "Acme Advisory library", "kind": "EXCLUSIVE"},
        "slots": {"included": 2, "bought": 0, "reserved": 0, "consumed": 0, "available": 2},
        "slotEntries": {"nodes": [{"kind": "INCLUDED", "quantity": 2}]},
        "advisors": {
            "totalCount": 2,
            "nodes": [
                {"name": "Adam Advisor", "role": "ADVISOR", "status": "ACTIVE"},
                {"name": "Paula Admin", "role": "PARTNER_ADMIN", "status": "ACTIVE"},
            ],
        },
        "clients": {
            "totalCount": 1,
            "nodes": [{"name": "Acme First Client", "domainShared": None}],
        },
    }


async def test_the_vendor_sees_what_partners_may_not_know(api: Api, world: World):
    for actor in (world.as_vendor(), world.as_analyst()):
        found = await partner(api, actor, id=global_id(world.acme.partner))
        assert found["clients"]["nodes"] == [{"name": "Acme First Client", "domainShared": False}]
        assert found["paymentMethod"] == "CARD"


async def test_an_advisor_sees_the_team_but_not_its_terms(api: Api, world: World):
    await Partner.filter(id=world.acme.partner.id).update(referral_rate="0.25")
    found = await partner(api, world.acme.as_advisor(), slug="acme")
    assert found["paymentMethod"] is found["referralRate"] is None
    assert found["slots"]["available"] == 2
    assert found["channelAccountManager"]["name"] == "Vera Admin"


async def test_a_client_user_sees_the_partner_and_none_of_its_business(api: Api, world: World):
    await add_advisor(world.acme, "Zoe Elsewhere")
    found = await partner(api, world.acme.as_client_user(), slug="acme")
    assert found["name"] == "Acme Advisory"
    assert found["channelAccountManager"] is found["paymentMethod"] is found["referralRate"] is None
    assert found["slots"] == dict.fromkeys(found["slots"], 0)
    assert found["slotEntries"] == {"nodes": []}
    # Only the advisor who works in its own team.
    assert [node["name"] for node in found["advisors"]["nodes"]] == ["Adam Advisor"]
    assert found["advisors"]["totalCount"] == 1
    assert found["clients"]["totalCount"] == 1


async def test_the_ledger_sums_up_to_the_slots(api: Api, world: World):
    for kind, quantity in [("BOUGHT", 5), ("RESERVED", -3), ("CONSUMED", -1), ("RETURNED", 1)]:
        await SlotEntry.create(
            partner=world.acme.partner, kind=kind, quantity=quantity, created_at=LONG_AGO
        )
    slots = (await partner(api, world.acme.as_admin(), slug="acme"))["slots"]
    expected = {"included": 3, "bought": 5, "reserved": 3, "consumed": 1, "available": 4}
    assert slots == expected
    parts = slots["included"] + slots["bought"] - slots["reserved"] - slots["consumed"]
    assert parts == slots["available"]
    assert (await partner(api, world.rival.as_admin(), slug="rival"))["slots"]["available"] == 2


async def test_another_partner_is_not_there(api: Api, world: World):
    acme = global_id(world.acme.partner)
    for actor in (
        world.rival.as_admin(),
        world.rival.as_advisor(),
        world.rival.as_client_user(),
        world.rival.as_app(),
    ):
        assert await partner(api, actor, id=acme) is None
        assert await partner(api, actor, slug="acme") is None
        assert await partner(api, actor, slug="no-such") is None
        listed = (await api.data(actor, "{ partners { totalCount nodes { slug } } }"))["partners"]
        assert listed == {"totalCount": 1, "nodes": [{"slug": "rival"}]}


async def test_the_vendor_lists_all_partners(api: Api, world: World):
    document = "{ partners(orderBy: {field: NAME, direction: DESC}) { totalCount nodes { slug } } }"
    listed = (await api.data(world.as_vendor(), document))["partners"]
    assert listed == {"totalCount": 2, "nodes": [{"slug": "rival"}, {"slug": "acme"}]}


@pytest.mark.parametrize("document", ["{ partners { nodes { id } } }", "{ partner { id } }"])
async def test_the_public_sees_no_partners(api: Api, document: str):
    assert await api.error(PUBLIC, document) == "UNAUTHENTICATED"


async def test_give_either_an_id_or_a_slug(api: Api, world: World):
    id = global_id(world.acme.partner)
    assert await api.error(world.as_vendor(), PARTNER) == "BAD_USER_INPUT"
    assert await api.error(world.as_vendor(), PARTNER, id=id, slug="acme") == "BAD_USER_INPUT"


async def test_what_is_no_partner_is_not_found(api: Api, world: World):
    for by in (
        {"id": unknown_id("Partner")},
        {"id": global_id(world.acme.client)},
        {"id": ""},
        {"slug": ""},
        {"slug": "ACME"},
        {"slug": "acme' OR '1'='1"},
    ):
        assert await partner(api, world.as_vendor(), **by) is None


async def test_a_slug_with_a_nul_is_refused(api: Api, world: World):
    assert await api.error(world.as_vendor(), PARTNER, slug="ac\0me") == "BAD_USER_INPUT"


async def test_a_partner_before_it_has_anything(api: Api, world: World):
    await Partner.create(
        name="Bare",
        name_key="bare",
        slug="bare",
        type="VAR",
        status="APPLIED",
        currency_code="EUR",
        billing_model="NON_RESELLER",
        payment_method="BANK_TRANSFER",
        created_at=LONG_AGO,
    )
    found = await partner(api, world.as_vendor(), slug="bare")
    assert found["library"] is found["channelAccountManager"] is found["domain"] is None
    assert found["slots"] == dict.fromkeys(found["slots"], 0)
    assert found["advisors"] == found["clients"] == {"totalCount": 0, "nodes": []}
