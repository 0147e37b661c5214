"""Each filter does what its description says; the table below has every one of them."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from graphql import GraphQLInputObjectType

from app.domain.text import sort_key
from app.persistence import models
from schema.node import encode
from tests.activity import JANUARY, certification, sale, tell
from tests.clients import add_advisor, add_item
from tests.contract.documents import core
from tests.contract.full_database import Full
from tests.contract.income_rows import income_scene
from tests.contract.invoice_rows import invoice_cases, invoice_scene
from tests.contract.webhook_rows import webhook_cases, webhook_scene
from tests.world import LONG_AGO, Team, World

LATER = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass
class Case:
    """A filter of a list, its values, and the names of the items that pass."""

    filter: str
    where: dict[str, Any]
    found: list[str]


@dataclass
class Listing:
    """Where a filter type is used: a document with `$where`, and how to read names out of it."""

    document: str
    name: str


LISTINGS = {
    "PartnerFilter": Listing("partners(where: $where) { nodes { name } }", "name"),
    "ClientFilter": Listing("clients(where: $where) { nodes { name } }", "name"),
    "ClientTemplateFilter": Listing("clientTemplates(where: $where) { nodes { name } }", "name"),
    "AdvisorFilter": Listing(
        'partner(slug: "acme") { advisors(where: $where) { nodes { name } } }', "name"
    ),
    "AdvisorAssignmentFilter": Listing(
        'partner(slug: "acme") { clients(where: {search: "acme"}) { nodes {'
        " advisors(where: $where) { nodes { role } } } } }",
        "role",
    ),
    "ContentItemFilter": Listing(
        'partner(slug: "acme") { library { items(where: $where) { nodes { title } } } }', "title"
    ),
    "StandingFilter": Listing(
        'tierProgram(key: "program-0") { standings(where: $where, first: 100) {'
        " nodes { partner { slug } } } }",
        "slug",
    ),
    "AtRiskFilter": Listing("partnersAtRisk(where: $where) { nodes { partner { slug } } }", "slug"),
    "TierApprovalFilter": Listing(
        "tierApprovals(where: $where) { nodes { partner { slug } } }", "slug"
    ),
    "ActivityFilter": Listing(
        'partner(slug: "acme") { activity(where: $where) { nodes { externalId } } }', "externalId"
    ),
    "ExchangeRateFilter": Listing("exchangeRates(where: $where) { nodes { rate } }", "rate"),
    "InvitationFilter": Listing(
        'partner(slug: "acme") { invitations(where: $where) { nodes { status } } }', "status"
    ),
    "AccrualFilter": Listing("accruals(where: $where) { nodes { rate } }", "rate"),
    "InvoiceFilter": Listing("invoices(where: $where) { nodes { numberText } }", "numberText"),
    "StatementFilter": Listing("statements(where: $where) { nodes { number } }", "number"),
    "AuditEntryFilter": Listing("auditEntries(where: $where) { nodes { number } }", "number"),
    "WebhookEndpointFilter": Listing(
        "webhookEndpoints(where: $where) { nodes { description } }", "description"
    ),
    "WebhookDeliveryFilter": Listing(
        "webhookEndpoints(where: {ofVendor: true}) { nodes {"
        " deliveries(where: $where) { nodes { type } } } }",
        "type",
    ),
    "EventFilter": Listing(
        'partner(slug: "acme") { events(where: $where) { nodes { type } } }', "type"
    ),
}


def cases(world: World, template_id: str) -> list[Case]:
    """Every filter, with values that some items pass and others do not."""
    first, second = "Acme First Client", "100% Ünique_Client"
    rivals = "Rival First Client"
    return [
        Case("ClientFilter.search", {"search": "FIRST client"}, [first, rivals]),
        Case("ClientFilter.search", {"search": "unique"}, [second]),
        Case("ClientFilter.search", {"search": "Ü"}, [second]),
        # Signs that mean something in a pattern mean themselves.
        Case("ClientFilter.search", {"search": "0%"}, [second]),
        Case("ClientFilter.search", {"search": "e_c"}, [second]),
        Case("ClientFilter.search", {"search": "%"}, [second]),
        Case("ClientFilter.search", {"search": "!"}, []),
        Case("ClientFilter.search", {"search": "'; DROP TABLE client; --"}, []),
        Case("ClientFilter.search", {"search": ""}, [second, first, rivals]),
        Case("ClientFilter.domain", {"domain": "second.example"}, [second]),
        Case("ClientFilter.domain", {"domain": "SECOND.example"}, [second]),
        Case("ClientFilter.domain", {"domain": "example"}, []),
        Case("ClientFilter.status", {"status": ["ARCHIVED"]}, [second]),
        Case("ClientFilter.status", {"status": ["ARCHIVED", "ACTIVE"]}, [second, first, rivals]),
        Case("ClientFilter.status", {"status": []}, []),
        Case("ClientFilter.plan", {"plan": ["FULL_FEATURE"]}, [second]),
        Case("ClientFilter.bracket", {"bracket": ["1-10"]}, [second]),
        Case("ClientFilter.bracket", {"bracket": ["nothing"]}, []),
        Case("ClientFilter.templateId", {"templateId": template_id}, [second]),
        Case("ClientFilter.templateId", {"templateId": "nonsense"}, []),
        Case(
            "ClientFilter.advisorId",
            {"advisorId": encode("Advisor", world.acme.advisor.id)},
            [first],
        ),
        # Has worked in it, and does no more.
        Case("ClientFilter.advisorId", {"advisorId": encode("Advisor", world.acme.admin.id)}, []),
        Case("ClientFilter.createdAfter", {"createdAfter": "2026-01-01T00:00:00Z"}, [second]),
        Case("ClientFilter.createdAfter", {"createdAfter": "2026-01-01T00:00:00.001Z"}, []),
        Case(
            "ClientFilter.createdBefore",
            {"createdBefore": "2026-01-01T01:00:00+01:00"},
            [first, rivals],
        ),
        Case(
            "ClientFilter.status",
            {"status": ["ACTIVE"], "search": "rival", "plan": None},
            [rivals],
        ),
        Case("PartnerFilter.search", {"search": "ADVIS"}, ["Acme Advisory"]),
        Case("PartnerFilter.type", {"type": ["VAR"]}, ["Rival Consulting"]),
        Case("PartnerFilter.status", {"status": ["SUSPENDED"]}, ["Rival Consulting"]),
        Case("PartnerFilter.tier", {"tier": ["tier-0"], "search": "acme"}, ["Acme Advisory"]),
        Case("PartnerFilter.tier", {"tier": ["platinum"]}, []),
        Case("PartnerFilter.createdAfter", {"createdAfter": "2025-12-31T23:59:59Z"}, ["Newest"]),
        Case(
            "PartnerFilter.createdBefore",
            {"createdBefore": "2025-01-01T00:00:00Z", "search": "i"},
            ["Acme Advisory", "Rival Consulting"],
        ),
        Case("ClientTemplateFilter.search", {"search": "VCISO"}, ["vCISO"]),
        Case("ClientTemplateFilter.status", {"status": ["RETIRED"]}, ["Old recipe"]),
        Case("ClientTemplateFilter.plan", {"plan": ["ASSESSMENT_ONLY"]}, ["Old recipe"]),
        Case("AdvisorFilter.search", {"search": "zoe"}, ["Zoë Invited"]),
        Case("AdvisorFilter.status", {"status": ["INVITED"]}, ["Zoë Invited"]),
        Case("AdvisorFilter.role", {"role": ["PARTNER_ADMIN"]}, ["Paula Admin"]),
        Case("AdvisorAssignmentFilter.current", {"current": True}, ["ADMIN"]),
        Case("AdvisorAssignmentFilter.current", {"current": False}, ["VIEWER"]),
        Case("AdvisorAssignmentFilter.current", {"current": None}, ["ADMIN", "VIEWER"]),
        Case("ContentItemFilter.search", {"search": "polic"}, ["Policies"]),
        Case("ContentItemFilter.kind", {"kind": ["TRAINING"]}, ["Course"]),
        Case("StandingFilter.tier", {"tier": ["tier-0"]}, ["acme", "rival", "other-0"]),
        Case("StandingFilter.tier", {"tier": ["tier-9"]}, []),
        Case("AtRiskFilter.program", {"program": "program-0"}, ["acme", "rival"]),
        Case("AtRiskFilter.program", {"program": "none"}, []),
        Case("AtRiskFilter.before", {"before": "2026-01-02T00:00:00Z"}, ["acme"]),
        Case("AtRiskFilter.before", {"before": "2026-01-01T00:00:00Z"}, []),
        Case("TierApprovalFilter.status", {"status": ["PENDING"]}, ["acme", "rival"]),
        Case("TierApprovalFilter.status", {"status": ["APPROVED", "REJECTED"]}, []),
        Case("TierApprovalFilter.program", {"program": "program-0"}, ["acme", "rival"]),
        Case("TierApprovalFilter.program", {"program": "none"}, []),
        Case("ActivityFilter.kind", {"kind": ["SALE"]}, ["sold"]),
        Case("ActivityFilter.kind", {"kind": ["SALE", "CERTIFICATION"]}, ["sold", "certified"]),
        Case("ActivityFilter.code", {"code": "SALES"}, ["certified"]),
        Case("ActivityFilter.person", {"person": " Ada@Acme.example "}, ["certified"]),
        Case("ActivityFilter.person", {"person": "ada"}, []),
        Case(
            "ActivityFilter.occurredAfter", {"occurredAfter": "2026-01-15T00:00:00Z"}, ["certified"]
        ),
        Case("ActivityFilter.occurredBefore", {"occurredBefore": "2026-01-15T00:00:00Z"}, ["sold"]),
        Case("ExchangeRateFilter.base", {"base": "GBP"}, ["1.5"]),
        Case("ExchangeRateFilter.quote", {"quote": "USD"}, ["1.25", "1.5"]),
        Case("ExchangeRateFilter.quote", {"quote": "EUR", "base": "GBP"}, []),
        Case("InvitationFilter.status", {"status": ["PENDING"]}, ["PENDING"]),
        Case("InvitationFilter.status", {"status": ["REVOKED", "EXPIRED"]}, ["EXPIRED", "REVOKED"]),
        Case("InvitationFilter.status", {"status": ["ACCEPTED"]}, []),
        *_income_cases(world),
        *(
            Case(f"InvoiceFilter.{name}", {name: value}, found)
            for name, value, found in invoice_cases(world)
        ),
        Case("EventFilter.type", {"type": ["CLIENT_CREATED"]}, ["CLIENT_CREATED"]),
        Case("EventFilter.type", {"type": ["TIER_CHANGED"]}, []),
        *(
            Case(f"Webhook{name}", {name.partition(".")[2]: value}, found)
            for name, value, found in webhook_cases(world)
        ),
        Case("AuditEntryFilter.action", {"action": ["createClient"]}, [1]),
        Case("AuditEntryFilter.action", {"action": ["nothing"]}, []),
        Case(
            "AuditEntryFilter.partnerId",
            {"partnerId": encode("Partner", world.rival.partner.id)},
            [2],
        ),
    ]


def _income_cases(world: World) -> list[Case]:
    mine, early = encode("Partner", world.acme.partner.id), "2025-01-01T00:00:00Z"
    client = encode("Client", world.rival.client.id)
    return [
        Case("AccrualFilter.partnerId", {"partnerId": mine}, ["0.1"]),
        Case("AccrualFilter.partnerId", {"partnerId": "nonsense"}, []),
        Case("AccrualFilter.clientId", {"clientId": client}, ["0.2"]),
        Case("AccrualFilter.kind", {"kind": ["CONTENT_REVENUE"]}, ["0.2"]),
        Case("AccrualFilter.status", {"status": ["PENDING", "APPROVED"]}, ["0.1"]),
        Case("AccrualFilter.currency", {"currency": "EUR"}, ["0.2"]),
        Case("AccrualFilter.accruedAfter", {"accruedAfter": early}, ["0.2"]),
        Case("AccrualFilter.accruedBefore", {"accruedBefore": early}, ["0.1"]),
        Case("StatementFilter.partnerId", {"partnerId": mine}, ["ST-000001"]),
        Case("StatementFilter.status", {"status": ["PAID"]}, ["ST-000002"]),
        Case("StatementFilter.currency", {"currency": "USD"}, ["ST-000001"]),
    ]


async def scene(world: World) -> str:
    """Rows that differ in what filters look at; gives the id of the template that one is from."""
    acme, rival = world.acme, world.rival
    await models.Partner.filter(id=rival.partner.id).update(type="VAR", status="SUSPENDED")
    await models.Partner.create(
        name="Newest",
        name_key="newest",
        slug="newest",
        type="MSP",
        status="ACTIVE",
        currency_code="USD",
        billing_model="RESELLER",
        payment_method="CARD",
        created_at=LATER,
    )
    template = await add_recipe(acme, "vCISO")
    await add_recipe(acme, "Old recipe", plan_id="ASSESSMENT_ONLY", status="RETIRED")
    name = "100% Ünique_Client"
    await models.Client.create(
        partner=acme.partner,
        name=name,
        name_key=sort_key(name),
        domain="second.example",
        bracket_id="1-10",
        size_source="DECLARED",
        plan_id="FULL_FEATURE",
        status="ARCHIVED",
        archived_at=LATER,
        template=template,
        created_at=LATER,
    )
    await models.AdvisorAssignment.create(
        partner=acme.partner,
        client=acme.client,
        advisor=acme.admin,
        role="VIEWER",
        assigned_at=LATER,
        ended_at=LATER,
    )
    invited = await add_advisor(acme, "Zoë Invited", "INVITED")
    for at, state in ((LONG_AGO, "revoked_at"), (LONG_AGO, None), (world.clock.now(), None)):
        await models.Invitation.create(
            partner=acme.partner,
            advisor=invited,
            email=invited.email,
            created_at=at,
            expires_at=at + timedelta(days=14),
            **({state: at} if state else {}),
        )
    await add_item(acme.library, "Policies")
    course = await add_item(acme.library, "Course")
    await models.ContentItem.filter(id=course.id).update(kind="TRAINING")
    for number, (team, action) in enumerate([(acme, "createClient"), (rival, "test")], start=1):
        await models.AuditEntry.create(
            partner=team.partner,
            number=number,
            hash="0" * 64,
            at=LATER,
            actor_role="VENDOR_ADMIN",
            action=action,
            correlation_id="test",
            input={},
        )
    for sequence, type in enumerate(["CLIENT_CREATED", "CLIENT_UPGRADED"], start=1):
        await models.Event.create(
            partner=acme.partner,
            sequence=sequence,
            partner_sequence=sequence,
            type=type,
            subject_id=acme.client.id,
            actor_role="PARTNER_ADMIN",
            occurred_at=LATER,
        )
    sold = sale(external_id="sold", occurred_at=JANUARY - timedelta(seconds=1))
    await tell(world, acme, sold, certification(external_id="certified"))
    await models.ExchangeRate.create(
        base="GBP", quote="USD", rate="1.5", effective_from=LATER, recorded_at=LATER
    )
    await webhook_scene(world, LATER)
    await income_scene(world, LATER)
    await invoice_scene(world, LATER)
    return encode("ClientTemplate", template.id)


async def add_recipe(team: Team, name: str, **changes: Any) -> models.ClientTemplate:
    return await models.ClientTemplate.create(
        partner=team.partner,
        name=name,
        name_key=sort_key(name),
        created_at=LONG_AGO,
        updated_at=LONG_AGO,
        **{"plan_id": "FREE", **changes},
    )


def names(value: Any, key: str) -> list[str]:
    """All values of a key in an answer, in order."""
    if isinstance(value, dict):
        own = [value[key]] if key in value else []
        return own + [name for inner in value.values() for name in names(inner, key)]
    return (
        [name for inner in value for name in names(inner, key)] if isinstance(value, list) else []
    )


def test_every_filter_is_in_the_table(world, schema):
    of_types = [
        f"{type_.name}.{name}"
        for type_ in core(schema).type_map.values()
        if isinstance(type_, GraphQLInputObjectType) and type_.name.endswith("Filter")
        for name in type_.fields
    ]
    assert {case.filter for case in cases(world, "")} == set(of_types)


async def test_each_filter_lets_through_what_it_says(world: World, ask):
    template_id = await scene(world)
    full = Full(world)
    await full.grow(1)
    await place(full)
    for case in cases(world, template_id):
        answer = await find(ask, world, case.filter, case.where)
        assert "errors" not in answer, (case, answer)
        listing = LISTINGS[case.filter.partition(".")[0]]
        found = names(answer["data"], listing.name)
        assert sorted(found) == sorted(case.found), case


async def place(full: Full) -> None:
    """Put both teams into the tier that the third partner is in, and ask about it."""
    [standing] = full.shared.of(models.Standing)
    tier = await models.Tier.get(id=standing.tier_id)
    for team in (full.world.acme, full.world.rival):
        await models.Standing.create(
            partner=team.partner,
            program_id=standing.program_id,
            tier_id=standing.tier_id,
            tier_rank=1,
            since=LONG_AGO,
            enrolled_at=LONG_AGO,
            at_risk_on=LATER if team is full.world.acme else LATER + timedelta(days=1),
        )
        asked = {
            "partner": team.partner,
            "program_id": standing.program_id,
            "version_id": tier.version_id,
        }
        evaluation = await models.Evaluation.create(
            **asked,
            as_of=LONG_AGO,
            facts_to=0,
            inputs={},
            digest="0" * 64,
            result={},
            evaluated_at=LONG_AGO,
        )
        await models.TierApproval.create(
            **asked, tier=tier, evaluation=evaluation, status="PENDING", requested_at=LONG_AGO
        )


async def find(ask, world: World, filter: str, where: dict[str, Any]) -> dict[str, Any]:
    type_name = filter.partition(".")[0]
    document = f"query($where: {type_name}) {{ {LISTINGS[type_name].document} }}"
    return await ask(world.as_vendor(), document, where=where)


async def test_a_filter_counts_as_well(world: World, ask):
    document = '{ clients(first: 1, where: {search: "client"}) { totalCount nodes { name } } }'
    page = (await ask(world.as_vendor(), document))["data"]["clients"]
    assert page["totalCount"] == 2 and len(page["nodes"]) == 1


BAD_FILTERS = [
    ("ClientFilter", {"search": "a\0b"}),
    ("ClientFilter", {"domain": "\0"}),
    ("ClientFilter", {"bracket": ["\0"]}),
    ("PartnerFilter", {"tier": ["\0"]}),
    ("ClientFilter", {"status": ["GONE"]}),
    ("ClientFilter", {"createdAfter": "yesterday"}),
    ("ClientFilter", {"createdAfter": "2026-01-01T00:00:00"}),
    ("ClientFilter", {"createdAfter": "0001-01-01T00:00:00+14:00"}),
    ("ClientFilter", {"createdAfter": 5}),
    ("ClientFilter", {"unheard": "of"}),
]


async def test_a_filter_that_cannot_be_is_refused(world: World, ask):
    for type_name, where in BAD_FILTERS:
        answer = await find(ask, world, type_name, where)
        [error] = answer["errors"]
        assert error["extensions"]["code"] == "BAD_USER_INPUT", (type_name, where)


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z"])
async def test_the_ends_of_the_calendar_can_be_asked_for(world: World, ask, moment: str):
    answer = await find(ask, world, "ClientFilter", {"createdAfter": moment})
    assert "errors" not in answer
