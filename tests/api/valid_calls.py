"""One call of each mutation that is done as it is."""

from dataclasses import dataclass
from typing import Any

from app.auth.actor import Actor
from app.auth.invitation_tokens import InvitationTokens
from app.domain.plans import PlanCode
from app.persistence.models import AdvisorAssignment, Client, Partner
from app.programs import preset_text
from app.services.activity.record_activity import record_activity
from app.services.billing.cancel_subscription import CancelSubscription, cancel_subscription
from schema.node import encode
from tests.activity import sale, told
from tests.api.calls import global_id, unknown_id
from tests.api.ladder import ask_approval, draft_ladder, import_ladder, tier_of
from tests.api.valid_content import content_calls
from tests.api.valid_income import income_calls
from tests.api.valid_invoices import invoice_calls
from tests.api.valid_webhooks import webhook_calls
from tests.clients import add_advisor, add_item, add_template, add_version, created
from tests.execute import SECRET
from tests.invitations import invited_advisor, newcomer
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
PARTNER_FIELDS = (
    *("name", "name_key", "type", "currency_code", "billing_model", "payment_method"),
    "created_at",
)
PARTNER = {
    "name": "Newpartner",
    "type": "VAR",
    "currencyCode": "EUR",
    "billingModel": "NON_RESELLER",
    "paymentMethod": "BANK_TRANSFER",
    "admin": {"name": "Ada Admin", "email": "ada@newpartner.example"},
}
PERSON = {"name": "Nora New", "email": "nora@newco.example"}
JANUARY = "2026-01-15T00:00:00Z"
ITEM = {"kind": "POLICY", "title": "Our policy", "body": "# Policy"}


async def calls(world: World) -> dict[str, Call]:
    """A call of every mutation, by name; the rows that they need are made here."""
    acme = world.acme
    await import_ladder(world)
    draft = await draft_ladder(world)
    paused = await Partner.create(
        **{field: getattr(acme.partner, field) for field in PARTNER_FIELDS},
        slug="paused",
        status="SUSPENDED",
    )
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
    before = told(acme, sale(), name="before")
    record = (await record_activity(world.caller(world.as_vendor()), before))["recorded.0"]
    return {
        **_facts(world, encode("ActivityRecord", record)),
        **{name: Call(*parts) for name, parts in (await content_calls(world)).items()},
        **{name: Call(*parts) for name, parts in (await income_calls(world)).items()},
        **{name: Call(*parts) for name, parts in (await invoice_calls(world)).items()},
        **{name: Call(*parts) for name, parts in (await webhook_calls(world)).items()},
        **await _standings(world),
        **await _people(world),
        **await _clients(world),
        **await _licensing(world),
        "createPartner": Call(
            world.as_vendor(), PARTNER, "partner { id slug } admin { id name }", {"name": "Other"}
        ),
        "inviteAdvisor": Call(admin, PERSON, "advisor { id name status }", {"name": "Other"}),
        "resumePartner": Call(
            world.as_vendor(),
            {"partnerId": global_id(paused), "reason": "Trained by now."},
            "partner { id status }",
            {"reason": "Another."},
        ),
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
        "importTierProgram": Call(
            world.as_vendor(),
            {"text": preset_text("metal"), "publish": True},
            "program { id key } version { id number status } problems { line }",
            {"publish": False},
        ),
        "publishProgramVersion": Call(
            world.as_vendor(),
            {"versionId": draft},
            "program { id key } version { id number status changes }",
            {"versionId": unknown_id("ProgramVersion")},
        ),
        "advanceClock": Call(
            world.as_vendor(),
            {"move": {"by": {"days": 1}}},
            "now offsetSeconds",
            {"move": {"by": {"days": 2}}},
        ),
        # Last: nobody works in the client any more.
        "archiveClient": Call(
            other.as_admin(),
            {"clientId": global_id(other.client)},
            "client { id status }",
            {"clientId": client},
        ),
    }


async def _clients(world: World) -> dict[str, Call]:
    """Clients from a file, and what becomes of clients of their own."""
    acme, admin = world.acme, world.acme.as_admin()
    used, paused, gone, other = [
        await created(world, acme, name=name, domain=f"{name}.example", advisor_ids=())
        for name in ("used", "paused", "gone", "other")
    ]
    await Client.filter(id=paused.id).update(status="SUSPENDED")
    await Client.filter(id=gone.id).update(status="ARCHIVED", archived_at=LONG_AGO)
    rows = "name,domain,employees\nOne,one.example,5\nTwo,two.example,50\n"
    return {
        "importClients": Call(
            admin,
            {"csv": rows, "start": {"planCode": "FREE"}},
            "rows { line clientId errors { message } } clients { id name }",
            {"csv": rows + "Three,three.example,6\n"},
        ),
        "suspendClient": Call(
            admin,
            {"clientId": global_id(used), "reason": "On hold."},
            "client { id status }",
            {"reason": "Another."},
        ),
        "resumeClient": Call(
            admin,
            {"clientId": global_id(paused)},
            "client { id status }",
            {"clientId": global_id(other)},
        ),
        "restoreClient": Call(
            admin,
            {"clientId": global_id(gone)},
            "client { id status plan { code } }",
            {"advisorIds": [global_id(acme.advisor)]},
        ),
    }


async def _licensing(world: World) -> dict[str, Call]:
    """Subscriptions, slots, who pays and where to, and the catalogue."""
    acme, admin, vendor = world.acme, world.acme.as_admin(), world.as_vendor()
    paying = await created(
        world, acme, plan_code=PlanCode.FULL_FEATURE, domain="paying.example", advisor_ids=()
    )
    leaving = await created(
        world, acme, plan_code=PlanCode.FULL_FEATURE, domain="leaving.example", advisor_ids=()
    )
    await cancel_subscription(world.caller(admin), CancelSubscription("leave", leaving.id))
    partner = {"partnerId": global_id(acme.partner)}
    address = {
        "name": "Acme Advisory Ltd",
        "lines": ["1 High Street"],
        "city": "London",
        "postalCode": "N1 1AA",
        "country": "GB",
        "taxId": "GB123456789",
    }
    book = "priceBooks: [{currency: CHF, name: Francs, effectiveFrom: 2027-01-01}]"
    return {
        "cancelSubscription": Call(
            admin,
            {"clientId": global_id(paying)},
            "subscription { id status endsAt renewsAt } client { id plan { code } }",
            {"clientId": global_id(acme.client)},
        ),
        "resumeSubscription": Call(
            admin,
            {"clientId": global_id(leaving)},
            "subscription { id status endsAt renewsAt } client { id plan { code } }",
            {"clientId": global_id(acme.client)},
        ),
        "changeClientSize": Call(
            admin,
            {"clientId": global_id(acme.client), "size": {"employeeCount": 60}},
            "client { id employeeCount bracket { code } }",
            {"size": {"bracket": "1-10"}},
        ),
        "setBillingModel": Call(
            vendor,
            {"partnerId": global_id(world.rival.partner), "billingModel": "NON_RESELLER"},
            "partner { id billingModel }",
            {"billingModel": "RESELLER"},
        ),
        "setBillingAddress": Call(
            admin,
            address,
            "partner { id taxId billingAddress { name lines postalCode city region country } }",
            {"city": "Leeds"},
        ),
        "buySlotBundle": Call(
            admin,
            {"bundleCode": "SLOTS-10", "quantity": 2},
            "purchase { id slots charge { amount } } partner { id slots { available } }",
            {"quantity": 3},
        ),
        "includeSlots": Call(
            vendor,
            {**partner, "slots": 5, "note": "Agreed."},
            "purchase { id slots note } partner { id slots { included } }",
            {"slots": 6},
        ),
        "importCatalogue": Call(vendor, {"text": book}, "vendor { id }", {"text": f"{book}\n"}),
        "updateVendor": Call(
            vendor,
            {
                "name": "Northwind",
                "website": "northwind.example",
                "taxId": "GB 204 8163 26",
                "address": {
                    "name": "Northwind Ltd",
                    "lines": ["1 Mill Road"],
                    "city": "York",
                    "country": "GB",
                },
            },
            "vendor { id name website taxId address { name lines postalCode city country } }",
            {"name": "Northwind Ltd"},
        ),
    }


async def _people(world: World) -> dict[str, Call]:
    """Who comes, who leaves and who works where, by people of their own."""
    acme, admin = world.acme, world.acme.as_admin()
    asked = [await invited_advisor(world, acme, f"{n}@acme.example") for n in range(3)]
    renewed, withdrawn, accepted = [encode("Invitation", each["invitation"]) for each in asked]
    token = InvitationTokens(SECRET).token(asked[2]["invitation"])
    second = await created(world, acme, domain="second.example", advisor_ids=())
    mover, leaver = await add_advisor(acme, "Mia Mover"), await add_advisor(acme, "Lea Leaver")
    for advisor in (mover, leaver):
        await AdvisorAssignment.create(
            partner=acme.partner, client=second, advisor=advisor, assigned_at=LONG_AGO
        )
    where = {"fromClientId": global_id(second), "toClientId": global_id(acme.client)}
    working = {"clientId": global_id(second), "advisorId": global_id(leaver)}
    return {
        "renewInvitation": Call(
            admin,
            {"invitationId": renewed},
            "invitation { id email expiresAt token }",
            {"invitationId": withdrawn},
        ),
        "revokeInvitation": Call(
            admin,
            {"invitationId": withdrawn},
            "invitation { id status revokedAt }",
            {"invitationId": accepted},
        ),
        "acceptInvitation": Call(
            newcomer(),
            {"token": token},
            "viewer { role partner { name } }",
            {"token": f"{token}x"},
        ),
        "changeAssignmentRole": Call(
            admin, {**working, "role": "VIEWER"}, "assignment { id role }", {"role": "CONTRIBUTOR"}
        ),
        "moveAdvisor": Call(
            admin,
            {"advisorId": global_id(mover), **where},
            "ended { id endedAt } assignment { id role }",
            {"advisorId": global_id(leaver)},
        ),
        "revokeAdvisor": Call(
            admin,
            {"advisorId": global_id(leaver), "successorId": global_id(mover)},
            "advisor { id status activeTo }",
            {"successorId": global_id(acme.advisor)},
        ),
        "revokeClientUser": Call(
            admin,
            {"clientUserId": global_id(acme.client_user)},
            "clientUser { id status } client { id }",
            {"clientUserId": global_id(world.rival.client_user)},
        ),
    }


async def _standings(world: World) -> dict[str, Call]:
    """What the vendor does to where partners stand."""
    vendor, program = world.as_vendor(), "sixclicks"
    reason = {"reason": "By agreement."}
    rival = {"partnerId": global_id(world.rival.partner), "programKey": program}
    asked, refused = [
        await ask_approval(world, team, "platinum") for team in (world.acme, world.rival)
    ]
    return {
        "approveTierChange": Call(
            vendor,
            {"approvalId": asked, **reason},
            "partner { id } approval { id status } decision { id toTier { key } }",
            {"tierKey": "gold"},
        ),
        "rejectTierChange": Call(
            vendor,
            {"approvalId": refused, **reason},
            "partner { id } approval { id status note }",
            {"reason": "Another."},
        ),
        "pinPartnerTier": Call(
            vendor,
            {**rival, "tierKey": "gold", **reason},
            "partner { id standing { tier { key } } } pin { id tierKey }",
            {"tierKey": "silver"},
        ),
        "unpinPartnerTier": Call(
            vendor, {**rival, **reason}, "partner { id } pin { id endedAt }", {"reason": "Another."}
        ),
        "evaluatePartner": Call(
            vendor,
            rival,
            "partner { id } evaluation { id digest tiers { key met } }",
            {"partnerId": global_id(world.acme.partner)},
        ),
    }


def _facts(world: World, record: str) -> dict[str, Call]:
    """Facts about partners, and what they are converted by."""
    vendor, partner = world.as_vendor(), {"partnerId": global_id(world.acme.partner)}
    fact = {**partner, "occurredAt": JANUARY, "fact": {"referral": {}}}
    certificate = {**partner, "code": "SALES", "earnedAt": JANUARY}
    seen = {
        **partner,
        "code": "LANDING_PAGE",
        "attestedAt": JANUARY,
        "evidence": "https://a.example",
    }
    rate = {"base": "EUR", "quote": "USD", "rate": "1.0825", "effectiveFrom": "2026-01-01"}
    one = "status record { id kind position }"
    return {
        "recordActivity": Call(vendor, fact, one, {"externalId": "x"}),
        "recordActivities": Call(
            vendor,
            {"activities": [fact, fact]},
            "statuses records { id position }",
            {"activities": [fact]},
        ),
        "recordCertification": Call(vendor, certificate, one, {"person": "ada@acme.example"}),
        "recordAttestation": Call(vendor, seen, one, {"expiresAt": "2027-01-01T00:00:00Z"}),
        "reverseActivity": Call(
            vendor,
            {"record": {"id": record}, "reason": "Cancelled."},
            "status record { id quantity } reversed { id }",
            {"amount": {"amount": "1.00", "currencyCode": "USD"}},
        ),
        "setExchangeRate": Call(vendor, rate, "exchangeRate { id rate }", {"rate": "1.09"}),
    }
