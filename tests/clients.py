"""Helpers for tests of clients: inputs that are fine unless told otherwise, templates, people."""

from typing import Any
from uuid import uuid4

from app.domain.clients import NewClientUser
from app.domain.content import checksum
from app.domain.plans import PlanCode
from app.domain.text import sort_key
from app.persistence.models import (
    Advisor,
    BillingPolicy,
    Client,
    ClientTemplate,
    ContentItem,
    ContentLibrary,
    ContentVersion,
    SlotEntry,
    Subscription,
    TemplateAdvisor,
    TemplateItem,
)
from app.services.billing.slots import available
from app.services.clients.create_client import CreateClient, create_client
from app.services.clients.upgrade_client import UpgradeClient
from tests.world import LONG_AGO, Team, World

USER = NewClientUser("Una User", "una@newco.example")


def new_client(**changes: Any) -> CreateClient:
    """The input of a client on the free plan, with a key of its own."""
    values: dict[str, Any] = {
        "idempotency_key": str(uuid4()),
        "plan_code": PlanCode.FREE,
        "name": "Newco Ltd",
        "domain": "newco.example",
        "employee_count": 42,
    }
    return CreateClient(**{**values, **changes})


def to_plan(client: Client, plan: PlanCode, **changes: Any) -> UpgradeClient:
    return UpgradeClient(
        **{"idempotency_key": str(uuid4()), "client_id": client.id, "plan_code": plan, **changes}
    )


async def created(world: World, team: Team, **changes: Any) -> Client:
    """A client that the team's admin has created."""
    ids = await create_client(world.caller(team.as_admin()), new_client(**changes))
    return await Client.get(id=ids["client"])


async def add_template(
    team: Team,
    *items: ContentItem | ContentVersion,
    plan: PlanCode = PlanCode.FREE,
    advisors: tuple[Advisor, ...] = (),
    **changes: Any,
) -> ClientTemplate:
    """A template of items at their latest version, or at the version given."""
    template = await ClientTemplate.create(
        partner=team.partner,
        plan_id=plan,
        created_at=LONG_AGO,
        updated_at=LONG_AGO,
        **{"name": "Baseline", "name_key": "baseline", **changes},
    )
    for position, item in enumerate(items):
        fixed = item if isinstance(item, ContentVersion) else None
        await TemplateItem.create(
            partner=team.partner,
            template=template,
            item_id=fixed.item_id if fixed else item.id,
            version=fixed,
            position=position,
        )
    for position, advisor in enumerate(advisors):
        await TemplateAdvisor.create(
            partner=team.partner, template=template, advisor=advisor, position=position
        )
    return template


async def add_item(library: ContentLibrary, title: str, **changes: Any) -> ContentItem:
    return await ContentItem.create(
        library=library,
        partner_id=library.partner_id,
        kind="POLICY",
        title=title,
        title_key=sort_key(title),
        created_at=LONG_AGO,
        **changes,
    )


async def add_version(item: ContentItem, number: int, status: str = "PUBLISHED") -> ContentVersion:
    body = f"Version {number}"
    return await ContentVersion.create(
        item=item,
        partner_id=item.partner_id,
        number=number,
        status=status,
        body=body,
        checksum=checksum(body),
        created_at=LONG_AGO,
        published_at=None if status == "DRAFT" else LONG_AGO,
        retired_at=LONG_AGO if status == "RETIRED" else None,
    )


async def add_advisor(team: Team, name: str, status: str = "ACTIVE") -> Advisor:
    return await Advisor.create(
        partner=team.partner,
        name=name,
        name_key=sort_key(name),
        email=f"{name.split()[0].lower()}@{team.partner.slug}.example",
        role="ADVISOR",
        status=status,
        created_at=LONG_AGO,
    )


async def leave_slots(team: Team, count: int) -> None:
    """Make it so that the team has this many slots."""
    surplus = await available(team.partner.id) - count
    if surplus:
        await SlotEntry.create(
            partner=team.partner,
            kind="RESERVED" if surplus > 0 else "BOUGHT",
            quantity=-surplus,
            created_at=LONG_AGO,
        )


async def return_slots(returned: bool) -> None:
    """Have the vendor decide whether an archived client gives its slot back."""
    await BillingPolicy.all().update(return_slot_on_archive=returned)


async def live_subscriptions(client: Client) -> list[Subscription]:
    return await Subscription.filter(client_id=client.id).exclude(status="CANCELLED")
