"""A template changes in what is given; clients made from it before keep what they have."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from app.domain.errors import ErrorCode, Problem, Refused, refuse
from app.domain.events import EventType
from app.domain.plans import PlanCode, TemplateStatus
from app.domain.templates import check_details
from app.domain.text import sort_key
from app.events.outbox import append
from app.persistence.models import ClientTemplate
from app.services.advisors.selection import chosen_advisors
from app.services.inputs import arguments
from app.services.partners.locking import acting_partner, lock_partner
from app.services.templates.contents import (
    TemplateItemInput,
    item_problems,
    name_problems,
    plan_problems,
    replace_advisors,
    replace_items,
)
from app.services.use_case import Caller, Done, perform
from app.services.visible import require


@dataclass(frozen=True, slots=True)
class UpdateClientTemplate:
    """What to change; None leaves a value as it is, an empty `engagement_type` clears it.

    `items` and `advisor_ids` replace the whole list. Status RETIRED takes the template out of use,
    ACTIVE puts it back.
    """

    idempotency_key: str
    template_id: UUID
    name: str | None = None
    description: str | None = None
    engagement_type: str | None = None
    plan_code: PlanCode | None = None
    items: tuple[TemplateItemInput, ...] | None = None
    advisor_ids: tuple[UUID, ...] | None = None
    status: TemplateStatus | None = None


async def update_client_template(caller: Caller, input: UpdateClientTemplate) -> Mapping[str, UUID]:
    """Change a template of the actor's partner; gives the id `client_template`.

    Raises Refused with NOT_FOUND, REQUIRED (nothing to change, a blank name), TOO_LONG, INVALID,
    DUPLICATE, CONTENT_RETIRED, CONTENT_NOT_PUBLISHED, UNKNOWN_ADVISOR, PARTNER_NOT_ACTIVE.
    """
    return await perform(
        caller,
        "updateClientTemplate",
        input.idempotency_key,
        arguments(input),
        lambda now: _update(caller, input, now),
    )


async def _update(caller: Caller, input: UpdateClientTemplate, now: datetime) -> Done:
    # Locked: a push to the partner's templates must not come between.
    partner = await lock_partner((await acting_partner(caller)).id)
    template = await require(caller, ClientTemplate, input.template_id, "templateId")
    changed = _given(input)
    if not changed:
        raise refuse(ErrorCode.REQUIRED, "Give at least one value to change.")
    if problems := await _problems(caller, partner.id, input):
        raise Refused(problems)
    await ClientTemplate.filter(id=template.id).update(**_columns(input), updated_at=now)
    if input.items is not None:
        await replace_items(partner.id, template.id, input.items)
    if input.advisor_ids is not None:
        await replace_advisors(partner.id, template.id, input.advisor_ids)
    await append(
        EventType.TEMPLATE_UPDATED,
        subject_id=template.id,
        partner_id=partner.id,
        actor=caller.actor,
        at=now,
        data={"changed": changed},
    )
    return Done(template.id, partner.id, {"client_template": template.id})


def _given(input: UpdateClientTemplate) -> list[str]:
    """The names of the given values, as the API calls them."""
    values = {
        "name": input.name,
        "description": input.description,
        "engagementType": input.engagement_type,
        "planCode": input.plan_code,
        "items": input.items,
        "advisorIds": input.advisor_ids,
        "status": input.status,
    }
    return [name for name, value in values.items() if value is not None]


async def _problems(caller: Caller, partner_id: UUID, input: UpdateClientTemplate) -> list[Problem]:
    problems = check_details(input.name, input.description, input.engagement_type)
    if input.name is not None:
        problems += await name_problems(partner_id, sort_key(input.name), but=input.template_id)
    if input.plan_code is not None:
        problems += await plan_problems(input.plan_code)
    problems += await item_problems(caller, input.items or ())
    _, unknown = await chosen_advisors(partner_id, input.advisor_ids or ())
    return problems + unknown


def _columns(input: UpdateClientTemplate) -> dict[str, Any]:
    columns: dict[str, Any] = {}
    if input.name is not None:
        columns |= {"name": " ".join(input.name.split()), "name_key": sort_key(input.name)}
    if input.description is not None:
        columns["description"] = input.description.strip()
    if input.engagement_type is not None:
        columns["engagement_type"] = input.engagement_type.strip() or None
    if input.plan_code is not None:
        columns["plan_id"] = input.plan_code
    if input.status is not None:
        columns["status"] = input.status
    return columns
