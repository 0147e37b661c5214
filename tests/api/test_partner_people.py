"""`createPartner` and `inviteAdvisor`: new teams, new people."""

from typing import Any

from app.auth.actor import PUBLIC
from app.persistence.models import Partner
from tests.api.calls import Api, global_id, unknown_id
from tests.api.ladder import import_ladder
from tests.world import World

ADMIN = {"name": "Ada Admin", "email": "Ada@newpartner.example"}


def newpartner(**changes: Any) -> dict[str, Any]:
    """An input of `createPartner` that is fine but for the changes."""
    return {
        "name": "Zürich Partner",
        "type": "VAR",
        "currencyCode": "EUR",
        "billingModel": "NON_RESELLER",
        "paymentMethod": "BANK_TRANSFER",
        "admin": ADMIN,
        **changes,
    }


async def test_the_vendor_creates_a_partner(api: Api, world: World):
    await import_ladder(world)
    payload = await api.done(
        world.as_vendor(),
        "createPartner",
        """partner { name slug type status domain currencyCode billingModel paymentMethod
            referralRate channelAccountManager { name } library { name kind }
            standing { tier { key } program { key } } slots { available }
            advisors { nodes { name } } }
        admin { name email role status activeFrom }""",
        newpartner(
            domain="https://www.newpartner.example",
            referralRate="0.2500",
            managerId=global_id(world.vendor_analyst, "Person"),
        ),
    )
    assert payload == {
        "partner": {
            "name": "Zürich Partner",
            "slug": "zurich-partner",
            "type": "VAR",
            "status": "ACTIVE",
            "domain": "newpartner.example",
            "currencyCode": "EUR",
            "billingModel": "NON_RESELLER",
            "paymentMethod": "BANK_TRANSFER",
            "referralRate": "0.25",
            "channelAccountManager": {"name": "Anton Analyst"},
            "library": {"name": "Zürich Partner library", "kind": "EXCLUSIVE"},
            "standing": {"tier": None, "program": {"key": "sixclicks"}},
            "slots": {"available": 0},
            "advisors": {"nodes": [{"name": "Ada Admin"}]},
        },
        "admin": {
            "name": "Ada Admin",
            "email": "ada@newpartner.example",
            "role": "PARTNER_ADMIN",
            "status": "INVITED",
            "activeFrom": None,
        },
    }


async def test_a_slug_is_free_of_clashes(api: Api, world: World):
    slugs = [
        (await api.done(world.as_vendor(), "createPartner", "partner { slug }", newpartner(name=n)))
        for n in ("Acme", "ACME!", "!!")
    ]
    assert [made["partner"]["slug"] for made in slugs] == ["acme-2", "acme-3", "partner"]


async def test_what_is_wrong_with_a_partner_is_told_at_its_field(api: Api, world: World):
    for changes, refusal in [
        ({"name": "  "}, ("REQUIRED", ("name",))),
        ({"name": "x" * 201}, ("TOO_LONG", ("name",))),
        ({"domain": "nowhere"}, ("INVALID", ("domain",))),
        ({"referralRate": "1.01"}, ("INVALID", ("referralRate",))),
        ({"referralRate": "-0.1"}, ("INVALID", ("referralRate",))),
        ({"referralRate": "0.1234567"}, ("INVALID", ("referralRate",))),
        ({"admin": {**ADMIN, "name": ""}}, ("REQUIRED", ("admin", "name"))),
        ({"managerId": unknown_id("Person")}, ("NOT_FOUND", ("managerId",))),
        ({"managerId": global_id(world.acme.admin)}, ("NOT_FOUND", ("managerId",))),
    ]:
        refusals = await api.refused(world.as_vendor(), "createPartner", newpartner(**changes))
        assert refusals == [refusal], changes
    problems = await api.refused(
        world.as_vendor(),
        "createPartner",
        newpartner(name="", domain="nowhere", admin={**ADMIN, "name": ""}),
    )
    assert len(problems) == 3


async def test_what_is_not_of_its_type_is_refused_as_a_whole(api: Api, world: World):
    for changes in (
        {"currencyCode": "usd"},
        {"currencyCode": "DOLLAR"},
        {"type": "FRIEND"},
        {"billingModel": None},
        {"referralRate": 0.25},
        {"referralRate": "1E-999999999"},
        {"referralRate": "NaN"},
        {"admin": {"name": "Ada", "email": "nobody"}},
    ):
        code = await api.rejected(world.as_vendor(), "createPartner", newpartner(**changes))
        assert code == "BAD_USER_INPUT", changes


async def test_only_the_vendors_admin_creates_partners(api: Api, world: World):
    assert await api.rejected(PUBLIC, "createPartner", newpartner()) == "UNAUTHENTICATED"
    for actor in (world.as_analyst(), world.acme.as_admin(), world.acme.as_app()):
        assert await api.rejected(actor, "createPartner", newpartner()) == "FORBIDDEN"


PERSON = {"name": "Nora  New", "email": "Nora@acme.example"}
ADVISOR = "advisor { name email role status }"


async def test_an_admin_invites_to_its_own_team(api: Api, world: World):
    made = await api.done(world.acme.as_admin(), "inviteAdvisor", ADVISOR, PERSON)
    assert made["advisor"] == {
        "name": "Nora New",
        "email": "nora@acme.example",
        "role": "ADVISOR",
        "status": "INVITED",
    }
    # The same address in another team is another person.
    made = await api.done(
        world.rival.as_app(), "inviteAdvisor", ADVISOR, {**PERSON, "role": "PARTNER_ADMIN"}
    )
    assert made["advisor"]["role"] == "PARTNER_ADMIN"
    names = await api.data(
        world.acme.as_admin(), '{ partner(slug: "acme") { advisors { nodes { name } } } }'
    )
    assert len(names["partner"]["advisors"]["nodes"]) == 3


async def test_the_vendor_names_the_team(api: Api, world: World):
    vendor = world.as_vendor()
    assert await api.refused(vendor, "inviteAdvisor", PERSON) == [("REQUIRED", ("partnerId",))]
    acme = {**PERSON, "partnerId": global_id(world.acme.partner)}
    assert (await api.done(vendor, "inviteAdvisor", ADVISOR, acme))["advisor"]["name"] == "Nora New"
    refusals = await api.refused(world.rival.as_admin(), "inviteAdvisor", acme)
    assert refusals == [("NOT_FOUND", ("partnerId",))]


async def test_what_is_wrong_with_a_person_is_told_at_its_field(api: Api, world: World):
    for changes, refusal in [
        ({"name": ""}, ("REQUIRED", ("name",))),
        ({"name": "a\tb"}, ("INVALID", ("name",))),
        ({"email": "PAULA@acme.example"}, ("DUPLICATE", ("email",))),
        ({"email": "a@b@c.example"}, None),
    ]:
        input = {**PERSON, **changes}
        if refusal is None:
            code = await api.rejected(world.acme.as_admin(), "inviteAdvisor", input)
            assert code == "BAD_USER_INPUT"
        else:
            refusals = await api.refused(world.acme.as_admin(), "inviteAdvisor", input)
            assert refusals == [refusal]


async def test_a_partner_that_is_not_active_invites_nobody(api: Api, world: World):
    await Partner.filter(id=world.acme.partner.id).update(status="CLOSED")
    refusals = await api.refused(world.acme.as_admin(), "inviteAdvisor", PERSON)
    assert refusals == [("PARTNER_NOT_ACTIVE", ("partnerId",))]


async def test_whoever_may_not_invite_is_refused(api: Api, world: World):
    assert await api.rejected(PUBLIC, "inviteAdvisor", PERSON) == "UNAUTHENTICATED"
    for actor in (world.acme.as_advisor(), world.acme.as_client_user(), world.as_analyst()):
        assert await api.rejected(actor, "inviteAdvisor", PERSON) == "FORBIDDEN"
