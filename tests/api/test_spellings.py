"""One thing in several spellings is found, refused or joined as one; other things stay apart."""

import pytest

from app.auth.actor import Actor
from app.persistence.models import Partner
from tests.api.calls import Api, global_id
from tests.world import World

NEW = {"start": {"planCode": "FREE"}, "size": {"employeeCount": 42}}


async def create(api: Api, actor: Actor, name: str, domain: str) -> None:
    await api.done(actor, "createClient", "client { id }", {**NEW, "name": name, "domain": domain})


async def names(api: Api, actor: Actor, **where: str) -> list[str]:
    document = (
        "query($where: ClientFilter) { clients(where: $where, orderBy: {field: NAME})"
        " { nodes { name } } }"
    )
    data = await api.data(actor, document, where=where)
    return [node["name"] for node in data["clients"]["nodes"]]


async def test_a_site_is_one_client_however_its_domain_is_spelled(api: Api, world: World):
    admin = world.acme.as_admin()
    await create(api, admin, "Dup", "dup.example")
    for spelling in ("www。dup.example", "ＤＵＰ.example", "du\u00adp.example", "dup.example。"):
        given = {**NEW, "name": "Again", "domain": spelling}
        assert await api.refused(admin, "createClient", given) == [("DOMAIN_TAKEN", ("domain",))]
        assert await names(api, admin, domain=spelling) == ["Dup"]
    assert await names(api, admin, domain="https://WWW.Dup.example/about") == ["Dup"]
    assert await names(api, admin, domain="not a domain") == []


@pytest.mark.parametrize("value", ["1.2.3.4", "ada@dup.example", "co.uk"])
async def test_what_is_no_website_is_refused(api: Api, world: World, value: str):
    given = {**NEW, "name": "New", "domain": value}
    refused = await api.refused(world.acme.as_admin(), "createClient", given)
    assert refused == [("INVALID", ("domain",))]


async def test_names_are_found_and_ordered_without_latin_accents(api: Api, world: World):
    admin = world.acme.as_admin()
    for number, name in enumerate(("Zeta", "Łódź Solutions", "Ørsted", "ガスコ", "Mango")):
        await create(api, admin, name, f"client-{number}.example")
    assert await names(api, admin, search="lodz") == ["Łódź Solutions"]
    assert await names(api, admin, search="ORSTED") == ["Ørsted"]
    assert await names(api, admin, search="ガス") == ["ガスコ"]
    assert await names(api, admin, search="カス") == []
    listed = [name for name in await names(api, admin) if not name.startswith("Acme")]
    assert listed == ["Łódź Solutions", "Mango", "Ørsted", "Zeta", "ガスコ"]


async def test_other_letters_make_other_templates_and_tags(api: Api, world: World):
    admin = world.acme.as_admin()
    for name in ("бой", "бои"):
        given = {"name": name, "planCode": "FREE"}
        await api.done(admin, "createClientTemplate", "clientTemplate { id }", given)
    again = {"name": "БОЙ", "planCode": "FREE"}
    assert await api.refused(admin, "createClientTemplate", again) == [("DUPLICATE", ("name",))]

    tags = ["バス", "パス", "x²", "x2", "Café", "cafe"]
    item = {"kind": "POLICY", "title": "Tagged", "body": "# Text", "tags": tags}
    done = await api.done(admin, "createContentItem", "contentItem { tags }", item)
    assert done["contentItem"]["tags"] == ["バス", "パス", "x²", "x2", "Café"]


async def test_a_slug_keeps_every_letter(api: Api, world: World):
    given = {
        "name": "Łódź Solutions",
        "type": "VAR",
        "currencyCode": "EUR",
        "billingModel": "NON_RESELLER",
        "paymentMethod": "BANK_TRANSFER",
        "admin": {"name": "Ada Admin", "email": "ada@lodz.example"},
    }
    await api.done(world.as_vendor(), "createPartner", "partner { id }", given)
    assert await Partner.exists(slug="lodz-solutions")


async def test_a_mailbox_is_one_person_of_a_team(api: Api, world: World):
    admin, client = world.acme.as_admin(), global_id(world.acme.client)
    person = {"clientId": client, "name": "Jürgen", "email": "jürgen@bücher.example"}
    done = await api.done(admin, "addClientUser", "clientUser { id email }", person)
    again = {**person, "email": "jürgen@xn--bcher-kva.example"}
    assert await api.refused(admin, "addClientUser", again) == [("DUPLICATE", ("email",))]
    assert done["clientUser"]["email"] == "jürgen@bücher.example"
