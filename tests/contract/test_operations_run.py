"""The named operations at work: for all whom their fields allow, refused for everyone else."""

import re
from contextlib import aclosing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from strawberry.utils.str_converters import to_camel_case

from app.auth.actor import PUBLIC, Actor
from app.auth.invitation_tokens import InvitationTokens
from app.auth.policy import Action, decide
from app.context import Context, Runtime
from app.domain.activity import NewActivity
from app.domain.plans import PlanCode
from app.domain.programs.parse import parse_program
from app.domain.programs.vocabulary import ActivityKind
from app.events.bus import Bus
from app.events.relay import Relay
from app.explorer.config import ExampleOperation
from app.graphql.endpoint import ApiSchema
from app.persistence.models import (
    ContentItem,
    Event,
    Invoice,
    Partner,
    PartnerGroup,
    TierApproval,
)
from app.programs import load_preset
from app.services.billing.cancel_subscription import CancelSubscription, cancel_subscription
from app.services.income.approve_accruals import ApproveAccruals, approve_accruals
from app.services.income.create_statement import CreateStatement, create_statement
from app.services.programs.import_program import import_program
from app.services.programs.set_partner_tier import SetPartnerTier, set_partner_tier
from resolvers.permissions import PERMISSION
from resolvers.root import Mutation, Query
from schema.node import encode
from tests.api.valid_webhooks import webhook_calls
from tests.billing import another_client, licence, recognised, term
from tests.clients import add_item, add_template, add_version, created
from tests.events import BEGINNING, publish_all
from tests.execute import SECRET, Ask
from tests.invitations import invited_advisor, newcomer
from tests.invoicing import bill_team
from tests.operations import (
    EXAMPLES,
    MUTATIONS,
    QUERIES,
    filled_in,
    named,
    root_fields,
    variables_of,
)
from tests.services.tier_programs import tell
from tests.world import LONG_AGO, World

# Examples that go on where another one ended.
AFTER = {
    "CancelSubscription": "UpgradeClient",
    "ReverseActivity": "RecordActivity",
    "UnpinPartnerTier": "PinPartnerTier",
    "ResumeClient": "SuspendClient",
    "RestoreClient": "ArchiveClient",
    "LockClientContent": "PushContent",
    "CreateStatement": "ApproveAccruals",
}
EVENT_GUIDE = Path(__file__).parents[2] / "docs" / "api" / "events.md"
PERMISSIONS = {
    to_camel_case(field.python_name): field.metadata[PERMISSION]
    for root in (Query, Mutation)
    for field in root.__strawberry_definition__.fields  # type: ignore[attr-defined]
}


@pytest.fixture
async def ids(world: World) -> dict[str, str]:
    """A tier program that the partner is in, a template with content; an id for each kind."""
    team = world.acme
    item = await add_item(team.library, "Access policy")
    version = await add_version(item, 1)
    template = await add_template(team, item, advisors=(team.advisor,))
    program = parse_program(load_preset("sixclicks"))
    at = world.clock.now() - timedelta(days=30)
    await world.database.transaction(lambda: import_program(program, at=at))
    later = replace(program, effective_from=world.clock.now() + timedelta(days=30))
    draft = await world.database.transaction(lambda: import_program(later, at=at, publish=False))
    await set_partner_tier(
        world.caller(world.as_vendor()),
        SetPartnerTier("k", team.partner.id, "sixclicks", "silver", "Certified."),
    )
    await tell(world, *all_but_the_amount(world))
    [approval] = await TierApproval.filter(partner_id=team.partner.id, status="PENDING")
    return {
        "...": team.partner.slug,
        "partner_...": encode("Partner", team.partner.id),
        "client_...": encode("Client", team.client.id),
        "advisor_...": encode("Advisor", team.advisor.id),
        "content_item_...": encode("ContentItem", item.id),
        "content_version_...": encode("ContentVersion", version.id),
        **await content_ids(world, item),
        "client_template_...": encode("ClientTemplate", template.id),
        "program_version_...": encode("ProgramVersion", draft.version_id),
        "tier_approval_...": encode("TierApproval", approval.id),
        **await people(world),
        **await invoice_ids(world),
        **await statement_ids(world),
        **await webhook_ids(world),
    }


async def invoice_ids(world: World) -> dict[str, str]:
    """An invoice that is issued and, for one operation, a draft."""
    await term(await licence(world.acme, await another_client(world.acme, "Earlier")))
    await bill_team(world, world.acme, "2026-03", issue=True)
    client = await another_client(world.acme, "Later")
    await term(await licence(world.acme, client))
    await bill_team(world, world.acme, "2026-03")
    issued, draft = [
        encode("Invoice", (await Invoice.get(partner_id=world.acme.partner.id, status=state)).id)
        for state in ("ISSUED", "DRAFT")
    ]
    return {"invoice_...": issued, "IssueInvoice/invoice_...": draft}


async def statement_ids(world: World) -> dict[str, str]:
    """A statement that is to be paid out, of another partner."""
    team, caller = world.rival, world.caller(world.as_vendor())
    await Partner.filter(id=team.partner.id).update(referral_rate="0.25")
    await recognised(world, team, await term(await licence(team)))
    await approve_accruals(
        caller, ApproveAccruals("statement", team.partner.id, up_to=world.clock.now())
    )
    made = await create_statement(caller, CreateStatement("made", team.partner.id, "USD"))
    return {"statement_...": encode("Statement", made["statement"])}


async def webhook_ids(world: World) -> dict[str, str]:
    """An endpoint that is enabled, and a delivery that was given up."""
    found = {name: parts[1] for name, parts in (await webhook_calls(world)).items()}
    return {
        "webhook_endpoint_...": found["sendTestEvent"]["endpointId"],
        "webhook_delivery_...": found["retryWebhookDelivery"]["deliveryId"],
    }


async def people(world: World) -> dict[str, str]:
    """Somebody who is invited, a colleague and another client."""
    team = world.acme
    invitation = (await invited_advisor(world, team))["invitation"]
    other = await created(world, team, domain="other.example", advisor_ids=())
    leaving = await created(
        world, team, domain="leaving.example", advisor_ids=(), plan_code=PlanCode.FULL_FEATURE
    )
    caller = world.caller(team.as_admin())
    await cancel_subscription(caller, CancelSubscription("leave", leaving.id))
    return {
        "ResumeSubscription/client_...": encode("Client", leaving.id),
        "invitation_...": encode("Invitation", invitation),
        "pgi_...": InvitationTokens(SECRET).token(invitation),
        "client_user_...": encode("ClientUser", team.client_user.id),
        "advisor_successor_...": encode("Advisor", team.admin.id),
        "client_to_...": encode("Client", other.id),
    }


async def content_ids(world: World, item: ContentItem) -> dict[str, str]:
    """A group of partners; and for some operations a row of their own, below their names."""
    team = world.acme
    group = await PartnerGroup.create(key="emea", name="EMEA", created_at=LONG_AGO)
    draft = await add_version(item, 2, "DRAFT")
    course = await add_item(team.library, "Course", price_minor=900, price_currency="USD")
    await add_version(course, 1)
    open_item = await add_item(world.open_library, "Open course")
    adopted = await add_item(
        team.library,
        "Open course",
        adopted_item_id=open_item.id,
        adopted_version_id=(await add_version(open_item, 1)).id,
    )
    await add_version(open_item, 2)
    return {
        "partner_group_...": encode("PartnerGroup", group.id),
        "UpdateContentVersion/content_version_...": encode("ContentVersion", draft.id),
        "SellContent/content_item_...": encode("ContentItem", course.id),
        "UpdateAdoptedItem/content_item_...": encode("ContentItem", adopted.id),
        "LockContentItem/content_item_...": encode("ContentItem", adopted.id),
    }


def all_but_the_amount(world: World) -> list[NewActivity]:
    """All that the upper tiers ask for and publish: the vendor is asked about the rest."""
    at = world.clock.now() - timedelta(days=20)
    page = {"code": "LANDING_PAGE", "evidence": "https://acme.example/partners"}
    return [
        NewActivity(ActivityKind.CERTIFICATION, at, code="PARTNER_PROGRAM"),
        NewActivity(ActivityKind.CERTIFICATION, at, code="SALES", person="ann@acme.example"),
        NewActivity(ActivityKind.ATTESTATION, at, **page),
        NewActivity(ActivityKind.DEAL_REGISTRATION, at),
    ]


def variables(example: ExampleOperation, ids: dict[str, str], world: World) -> dict[str, Any]:
    """The operation's variables with ids that fit what it is for."""
    others = {
        "AssignAdvisor": {"advisor_...": encode("Advisor", world.acme.admin.id)},
        "AdoptContentItem": {"content_item_...": encode("ContentItem", world.open_item.id)},
    }
    own = {
        name.removeprefix(f"{example.name}/"): id
        for name, id in ids.items()
        if name.startswith(f"{example.name}/")
    }
    return filled_in(variables_of(example), ids | own | others.get(example.name, {}))


def actors(world: World) -> dict[str, Actor]:
    team = world.acme
    return {
        "vendor admin": world.as_vendor(),
        "vendor analyst": world.as_analyst(),
        "partner admin": team.as_admin(),
        "advisor": team.as_advisor(),
        "client user": team.as_client_user(),
        "app": team.as_app(),
        "public": PUBLIC,
    }


def allowed(example: ExampleOperation, actor: Actor) -> bool:
    needed = [PERMISSIONS[field.name.value] for field in root_fields(example)]
    return all(decide(actor, n).allowed for n in needed if isinstance(n, Action))


def codes(answer: dict[str, Any]) -> set[str]:
    return {error["extensions"]["code"] for error in answer.get("errors", ())}


async def test_it_runs_for_all_whom_its_fields_allow_and_for_nobody_else(
    world: World, ids: dict[str, str], ask: Ask
) -> None:
    before = await Event.all().count()
    wrong = []
    for example in [*QUERIES, *MUTATIONS]:
        given = variables(example, ids, world)
        for who, actor in actors(world).items():
            if allowed(example, actor):
                right = example in MUTATIONS or not codes(
                    await ask(actor, example.document, **given)
                )
            else:
                refusal = "UNAUTHENTICATED" if actor is PUBLIC else "FORBIDDEN"
                right = codes(await ask(actor, example.document, **given)) == {refusal}
            if not right:
                wrong.append((example.name, who))
    assert wrong == []
    assert await Event.all().count() == before


async def test_queries_find_what_the_page_shows(
    world: World, ids: dict[str, str], ask: Ask
) -> None:
    admin, vendor = world.acme.as_admin(), world.as_vendor()
    for example in QUERIES:
        actor = admin if allowed(example, admin) else vendor
        data = (await ask(actor, example.document, **variables(example, ids, world)))["data"]
        assert None not in data.values(), example.name
        viewer = data.get("viewer", {})
        assert viewer.get("partner", viewer) is not None, example.name


async def test_it_is_answered_as_it_ships(world: World, ids: dict[str, str], ask: Ask) -> None:
    """Dots in place of an id find nothing: that is an answer, or a refusal that says where."""
    for example in [*QUERIES, *MUTATIONS]:
        actor = next(actor for actor in actors(world).values() if allowed(example, actor))
        answer = await ask(actor, example.document, **variables_of(example))
        assert "errors" not in answer, example.name


@named(MUTATIONS)
async def test_a_mutation_does_what_it_says_once(
    example: ExampleOperation, world: World, ids: dict[str, str], ask: Ask
) -> None:
    actor = world.acme.as_admin()
    if example.name == "AcceptInvitation":
        actor = newcomer()
    elif not allowed(example, actor):
        actor = world.as_vendor()
    for former in [e for e in MUTATIONS if e.name == AFTER.get(example.name)]:
        await ask(actor, former.document, **variables(former, ids, world))
    if example.name == "ResumePartner":
        await Partner.filter(id=world.acme.partner.id).update(status="SUSPENDED")
    given = variables(example, ids, world)
    before = await Event.all().count()
    answer = await ask(actor, example.document, **given)
    assert "errors" not in answer
    [payload] = answer["data"].values()
    assert payload.pop("userErrors") == []
    assert None not in payload.values()
    written = await Event.all().count()
    assert written > before
    assert await ask(actor, example.document, **given) == {
        "data": {root_fields(example)[0].name.value: payload | {"userErrors": []}}
    }
    assert await Event.all().count() == written
    for event in await Event.all():
        assert set(event.data) == documented_keys()[event.type], event.type


async def test_the_subscription_gives_what_was_missed(
    world: World, ids: dict[str, str], runtime: Runtime, schema: ApiSchema
) -> None:
    [example] = [e for e in EXAMPLES if e.name == "TierChanges"]
    await publish_all(Relay(world.database, Bus()))
    results = await schema.stream(
        example.document,
        variable_values=variables_of(example) | {"after": BEGINNING},
        context_value=Context(runtime, world.acme.as_app(), "test-correlation"),
    )
    async with aclosing(results):
        first = await anext(results)
    assert first.errors is None
    change = first.data["tierChanged"]
    assert change["cursor"] != BEGINNING
    assert change["toTier"]["key"] == "silver"
    assert change["partner"]["id"] == ids["partner_..."]


def documented_keys() -> dict[str, set[str]]:
    """The keys of `data` by event type, as the guide lists them."""
    rows = re.findall(r"^\| `([A-Z_]+)` \|[^|]*\|([^|]*)\|$", EVENT_GUIDE.read_text(), re.MULTILINE)
    return {type: set(re.findall(r"`(\w+)`", keys)) for type, keys in rows}
