"""One call of each mutation that is done as it is."""

from dataclasses import dataclass
from typing import Any

from app.auth.actor import Actor
from app.persistence.models import AdvisorAssignment
from tests.api.calls import global_id
from tests.api.ladder import import_ladder, tier_of
from tests.clients import add_item, add_template, add_version
from tests.world import LONG_AGO, World


@dataclass
class Call:
    """A mutation, who makes it, what it is asked to give, and a change that makes it another."""

    actor: Actor
    input: dict[str, Any]
    selection: str
    change: dict[str, Any]


CLIENT = {
    "start": {"planCode": "FREE"},
    "name": "Newco",
    "domain": "newco.example",
    "size": {"employeeCount": 42},
}
PARTNER = {
    "name": "Newpartner",
    "type": "VAR",
    "currencyCode": "EUR",
    "billingModel": "NON_RESELLER",
    "paymentMethod": "BANK_TRANSFER",
    "admin": {"name": "Ada Admin", "email": "ada@newpartner.example"},
}
PERSON = {"name": "Nora New", "email": "nora@newco.example"}
ITEM = {"kind": "POLICY", "title": "Our policy", "body": "# Policy"}


async def calls(world: World) -> dict[str, Call]:
    """A call of every mutation, by name; the rows that they need are made here."""
    acme = world.acme
    await import_ladder(world)
    item = await add_item(acme.library, "Handbook")
    await add_version(item, 1, "DRAFT")
    template = await add_template(acme)
    await AdvisorAssignment.create(
        partner=acme.partner,
        client=acme.client,
        advisor=acme.admin,
        role="VIEWER",
        assigned_at=LONG_AGO,
    )
    client, admin = global_id(acme.client), acme.as_admin()
    leaving = {"clientId": client, "advisorId": global_id(acme.admin)}
    other = world.rival
    joining = {"clientId": global_id(other.client), "advisorId": global_id(other.admin)}
    return {
        "createPartner": Call(
            world.as_vendor(), PARTNER, "partner { id slug } admin { id name }", {"name": "Other"}
        ),
        "inviteAdvisor": Call(admin, PERSON, "advisor { id name status }", {"name": "Other"}),
        "setPartnerTier": Call(
            world.as_vendor(),
            tier_of(acme, "gold"),
            "partner { id standing { tier { key } } } decision { id }",
            {"tierKey": "silver"},
        ),
        "createClient": Call(admin, CLIENT, "client { id name plan { code } }", {"name": "Other"}),
        "upgradeClient": Call(
            admin,
            {"clientId": client, "planCode": "FULL_FEATURE"},
            "client { id plan { code } subscription { id } }",
            {"interval": "YEAR"},
        ),
        "addClientUser": Call(
            admin,
            {"clientId": client, **PERSON},
            "client { id } clientUser { id name }",
            {"name": "Other"},
        ),
        "assignAdvisor": Call(
            other.as_admin(), joining, "assignment { id role }", {"role": "VIEWER"}
        ),
        "unassignAdvisor": Call(
            admin,
            leaving,
            "assignment { id endedAt }",
            {"advisorId": global_id(acme.advisor)},
        ),
        "createContentItem": Call(
            admin, ITEM, "contentItem { id title } contentVersion { id number }", {"body": "Other"}
        ),
        "publishContentVersion": Call(
            admin,
            {"contentItemId": global_id(item), "body": "# Second"},
            "contentItem { id } contentVersion { id number status }",
            {"body": "Other"},
        ),
        "adoptContentItem": Call(
            admin,
            {"contentItemId": global_id(world.open_item)},
            "contentItem { id adoptedVersion { number } }",
            {"versionId": global_id(world.open_version)},
        ),
        "createClientTemplate": Call(
            admin,
            {"name": "vCISO", "planCode": "FREE"},
            "clientTemplate { id name }",
            {"planCode": "FULL_FEATURE"},
        ),
        "updateClientTemplate": Call(
            admin,
            {"templateId": global_id(template), "name": "Renamed"},
            "clientTemplate { id name }",
            {"name": "Other"},
        ),
        # Last: nobody works in the client any more.
        "archiveClient": Call(
            other.as_admin(),
            {"clientId": global_id(other.client)},
            "client { id status }",
            {"clientId": client},
        ),
    }
