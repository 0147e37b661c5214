"""A new recipe for a kind of engagement: plan, content, default advisors (S1, S4)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.domain.errors import Problem, Refused
from app.domain.events import EventType
from app.domain.plans import PlanCode, TemplateStatus
from app.domain.templates import check_details
from app.domain.text import sort_key
from app.events.outbox import append
from app.persistence.models import ClientTemplate
from app.services.advisors.selection import chosen_advisors
from app.services.inputs import arguments
from app.services.partners.locking import acting_partner
from app.services.templates.contents import (
    TemplateItemInput,
    item_problems,
    name_problems,
    plan_problems,
    replace_advisors,
    replace_items,
)
from app.services.use_case import Caller, Done, perform


@dataclass(frozen=True, slots=True)
class CreateClientTemplate:
    """A template of the actor's partner. `advisor_ids` are who new clients get by default."""

    idempotency_key: str
    name: str
    plan_code: PlanCode
    description: str = ""
    engagement_type: str | None = None
    items: tuple[TemplateItemInput, ...] = ()
    advisor_ids: tuple[UUID, ...] = ()


async def create_client_template(caller: Caller, input: CreateClientTemplate) -> Mapping[str, UUID]:
    """Create an ACTIVE template; gives the id `client_template`.

    Raises Refused with REQUIRED, TOO_LONG or INVALID for a value, DUPLICATE (name, or an item
    twice), NOT_FOUND, CONTENT_RETIRED, CONTENT_NOT_PUBLISHED, UNKNOWN_ADVISOR,
    PARTNER_NOT_ACTIVE.
    """
    return await perform(
        caller,
        "createClientTemplate",
        input.idempotency_key,
        arguments(input),
        lambda now: _create(caller, input, now),
    )


async def _create(caller: Caller, input: CreateClientTemplate, now: datetime) -> Done:
    partner = await acting_partner(caller)
    if problems := await _problems(caller, partner.id, input):
        raise Refused(problems)
    template = await ClientTemplate.create(
        partner=partner,
        name=" ".join(input.name.split()),
        name_key=sort_key(input.name),
        description=input.description.strip(),
        engagement_type=(input.engagement_type or "").strip() or None,
        plan_id=input.plan_code,
        status=TemplateStatus.ACTIVE,
        created_at=now,
        updated_at=now,
    )
    await replace_items(partner.id, template.id, input.items)
    await replace_advisors(partner.id, template.id, input.advisor_ids)
    await append(
        EventType.TEMPLATE_CREATED,
        subject_id=template.id,
        partner_id=partner.id,
        actor=caller.actor,
        at=now,
        data={"name": template.name, "plan": input.plan_code},
    )
    return Done(template.id, partner.id, {"client_template": template.id})


async def _problems(caller: Caller, partner_id: UUID, input: CreateClientTemplate) -> list[Problem]:
    _, unknown = await chosen_advisors(partner_id, input.advisor_ids)
    return [
        *check_details(input.name, input.description, input.engagement_type),
        *await name_problems(partner_id, sort_key(input.name)),
        *await plan_problems(input.plan_code),
        *await item_problems(caller, input.items),
        *unknown,
    ]
