"""Writing new clients that were checked: one, or all of a file, in few statements."""

from collections.abc import Sequence
from datetime import datetime

from app.domain.clients import AssignmentRole, ClientStatus
from app.domain.content import GrantSource
from app.domain.events import EventType
from app.domain.ids import global_id
from app.domain.plans import PlanCode
from app.domain.text import sort_key
from app.events.outbox import new_event
from app.persistence.locks import lock_names
from app.persistence.models import Client, ContentGrant, Event, Partner
from app.services.advisors.assignments import CHUNK, begin_all
from app.services.billing import slots, subscriptions
from app.services.clients.domains import mark_shared
from app.services.clients.new_client import Draft
from app.services.clients.users import add_user
from app.services.use_case import Caller


async def add_clients(
    caller: Caller, partner: Partner, drafts: Sequence[Draft], now: datetime
) -> list[Client]:
    """Add ACTIVE clients with content, licences, advisors and users, inside the open unit of work.

    The drafts have no problems, were checked together, and the partner is locked. The clients come
    back in their order.
    """
    domains = [str(draft.details.domain) for draft in drafts]
    await lock_names(caller.database, *domains)
    clients = [_client(caller, partner, draft, now) for draft in drafts]
    await Client.bulk_create(clients, batch_size=CHUNK)
    await mark_shared(*domains)
    created = [_created(caller, client, now) for client in clients]
    await Event.bulk_create(created, batch_size=CHUNK)
    pairs = list(zip(clients, drafts, strict=True))
    grants = [row for client, draft in pairs for row in _content(client, draft, now)]
    await ContentGrant.bulk_create(grants, batch_size=CHUNK)
    await _license(partner, pairs, now)
    works = [(client, advisor) for client, draft in pairs for advisor in draft.details.advisors]
    if works:
        await begin_all(caller.actor, works, AssignmentRole.ADMIN, now)
    for client, draft in pairs:
        for user in draft.users:
            await add_user(caller.actor, client, user, now)
    return clients


def _client(caller: Caller, partner: Partner, draft: Draft, now: datetime) -> Client:
    details, chosen = draft.details, draft.chosen
    assert details.domain and details.bracket and chosen.plan  # or there were problems
    return Client(
        partner_id=partner.id,
        name=details.name,
        name_key=sort_key(details.name),
        domain=details.domain,
        employee_count=details.employee_count,
        bracket_id=details.bracket,
        size_source=details.size_source,
        status=ClientStatus.ACTIVE,
        plan_id=chosen.plan.code,
        template_id=chosen.template.id if chosen.template else None,
        created_by=caller.actor.user_id,
        created_at=now,
    )


def _created(caller: Caller, client: Client, now: datetime) -> Event:
    template = client.template_id
    return new_event(
        EventType.CLIENT_CREATED,
        subject_id=client.id,
        partner_id=client.partner_id,
        client_id=client.id,
        actor=caller.actor,
        at=now,
        data={
            "name": client.name,
            "plan": client.plan_id,
            "templateId": global_id("ClientTemplate", template) if template else None,
        },
    )


def _content(client: Client, draft: Draft, now: datetime) -> list[ContentGrant]:
    return [
        ContentGrant(
            partner_id=client.partner_id,
            client_id=client.id,
            item_id=picked.item_id,
            version_id=picked.version_id,
            source=GrantSource.TEMPLATE,
            granted_at=now,
        )
        for picked in draft.chosen.content
    ]


async def _license(partner: Partner, pairs: Sequence[tuple[Client, Draft]], now: datetime) -> None:
    takers = [client.id for client, draft in pairs if draft.quote and draft.quote.takes_slot]
    if takers:
        await slots.consume_for(partner.id, takers, now, "start")
    sold = [(client, quote) for client, draft in pairs if (quote := draft.quote) and quote.money]
    if sold:
        # A new client had no plan: it would fall back to the one that costs nothing.
        await subscriptions.start_all(sold, partner, PlanCode.FREE, now)
