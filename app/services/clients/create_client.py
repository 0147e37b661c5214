"""Create a client, all three steps at once (S4): plan or template, details, users."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from app.domain.clients import AssignmentRole, ClientStatus, NewClientUser
from app.domain.content import GrantSource
from app.domain.errors import Refused
from app.domain.events import EventType
from app.domain.ids import global_id
from app.domain.plans import PlanCode
from app.domain.text import sort_key
from app.events.outbox import append
from app.persistence.models import Client, ContentGrant, Partner
from app.services.advisors.assignments import begin
from app.services.billing import slots, subscriptions
from app.services.clients.domains import lock_domain, mark_shared
from app.services.clients.new_client import CreateClient, Draft, check_new_client
from app.services.clients.users import add_user
from app.services.inputs import arguments
from app.services.partners.acting import lock_partner, partner_of
from app.services.use_case import Caller, Done, perform

__all__ = ["CreateClient", "NewClientUser", "create_client"]


async def create_client(caller: Caller, input: CreateClient) -> Mapping[str, UUID]:
    """Create an ACTIVE client with its content, advisors, users and licence; gives the id `client`.

    Raises Refused with the problems of all steps: REQUIRED, INVALID, TOO_LONG, NOT_FOUND,
    PARTNER_NOT_ACTIVE, PLAN_CONFLICT, TEMPLATE_RETIRED, CONTENT_RETIRED, CONTENT_NOT_PUBLISHED,
    NO_SLOTS_AVAILABLE, NO_PRICE, DOMAIN_TAKEN, UNKNOWN_ADVISOR, DUPLICATE.
    """
    return await perform(
        caller,
        "createClient",
        input.idempotency_key,
        _as_sent(input),
        lambda now: _create(caller, input, now),
    )


def _as_sent(input: CreateClient) -> dict[str, Any]:
    """The input as the API has it, where plan and size are nested: refusals name its paths."""
    values = arguments(input)
    start = {name: values.pop(name) for name in ("plan_code", "template_id")}
    count, bracket = values.pop("employee_count"), values.pop("bracket_code")
    return {**values, "start": start, "size": {"employee_count": count, "bracket": bracket}}


async def _create(caller: Caller, input: CreateClient, now: datetime) -> Done:
    partner = await lock_partner((await partner_of(caller, input.partner_id)).id)
    draft = await check_new_client(caller, partner, input, now)
    if draft.all_problems:
        raise Refused(draft.all_problems)
    client = await _add(caller, partner, draft, input.employee_count, now)
    await append(
        EventType.CLIENT_CREATED,
        subject_id=client.id,
        partner_id=partner.id,
        client_id=client.id,
        actor=caller.actor,
        at=now,
        data={
            "name": client.name,
            "plan": client.plan_id,
            "templateId": global_id("ClientTemplate", client.template_id)
            if client.template_id
            else None,
        },
    )
    await _grant_content(client, draft, now)
    await _license(client, partner, draft, now)
    for advisor in draft.details.advisors:
        await begin(caller.actor, client, advisor, AssignmentRole.ADMIN, now)
    for user in draft.users:
        await add_user(caller.actor, client, user, now)
    return Done(client.id, partner.id, {"client": client.id})


async def _add(
    caller: Caller, partner: Partner, draft: Draft, employee_count: int | None, now: datetime
) -> Client:
    details, chosen = draft.details, draft.chosen
    assert details.domain and details.bracket and chosen.plan  # or there were problems
    await lock_domain(caller.database, details.domain)
    client = await Client.create(
        partner_id=partner.id,
        name=details.name,
        name_key=sort_key(details.name),
        domain=details.domain,
        employee_count=employee_count,
        bracket_id=details.bracket,
        size_source=details.size_source,
        status=ClientStatus.ACTIVE,
        plan_id=chosen.plan.code,
        template_id=chosen.template.id if chosen.template else None,
        created_by=caller.actor.user_id,
        created_at=now,
    )
    await mark_shared(details.domain)
    return client


async def _grant_content(client: Client, draft: Draft, now: datetime) -> None:
    await ContentGrant.bulk_create(
        ContentGrant(
            partner_id=client.partner_id,
            client_id=client.id,
            item_id=picked.item_id,
            version_id=picked.version_id,
            source=GrantSource.TEMPLATE,
            granted_at=now,
        )
        for picked in draft.chosen.content
    )


async def _license(client: Client, partner: Partner, draft: Draft, now: datetime) -> None:
    offer = draft.quote
    assert offer  # or there were problems
    if offer.takes_slot:
        await slots.consume(partner.id, client.id, now, "start")
    if offer.money:
        # A new client had no plan: out of a trial it would fall back to the one that costs nothing.
        await subscriptions.start(client, partner, offer, PlanCode.FREE, now)
