"""A template of the actor's partner once more, under another name, to be changed by itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.domain.errors import Refused
from app.domain.events import EventType
from app.domain.plans import TemplateStatus
from app.domain.templates import check_details
from app.domain.text import sort_key
from app.events.outbox import append
from app.persistence.models import ClientTemplate, TemplateAdvisor, TemplateItem
from app.services.inputs import arguments
from app.services.partners.locking import acting_partner, lock_partner
from app.services.templates.contents import (
    TemplateItemInput,
    name_problems,
    replace_advisors,
    replace_items,
)
from app.services.use_case import Caller, Done, perform
from app.services.visible import require


@dataclass(frozen=True, slots=True)
class CloneClientTemplate:
    """The template to copy, and the name of the copy."""

    idempotency_key: str
    template_id: UUID
    name: str


async def clone_client_template(caller: Caller, input: CloneClientTemplate) -> Mapping[str, UUID]:
    """Create an ACTIVE template with all that another holds; gives the id `client_template`.

    A retired one can be cloned as well. Raises Refused with NOT_FOUND, REQUIRED, TOO_LONG,
    DUPLICATE (the name), PARTNER_NOT_ACTIVE.
    """

    async def work(now: datetime) -> Done:
        partner = await lock_partner((await acting_partner(caller)).id)
        source = await require(caller, ClientTemplate, input.template_id, "templateId")
        problems = check_details(input.name, None, None)
        problems += await name_problems(partner.id, sort_key(input.name))
        if problems:
            raise Refused(problems)
        copy = await _copy(source, input.name, now)
        await append(
            EventType.TEMPLATE_CREATED,
            subject_id=copy.id,
            partner_id=partner.id,
            actor=caller.actor,
            at=now,
            data={"name": copy.name, "plan": copy.plan_id},
        )
        return Done(copy.id, partner.id, {"client_template": copy.id})

    given = arguments(input)
    return await perform(caller, "cloneClientTemplate", input.idempotency_key, given, work)


async def _copy(source: ClientTemplate, name: str, now: datetime) -> ClientTemplate:
    copy = await ClientTemplate.create(
        partner_id=source.partner_id,
        name=" ".join(name.split()),
        name_key=sort_key(name),
        description=source.description,
        engagement_type=source.engagement_type,
        plan_id=source.plan_id,
        status=TemplateStatus.ACTIVE,
        created_at=now,
        updated_at=now,
    )
    items = await TemplateItem.filter(template_id=source.id).order_by("position")
    advisors = await TemplateAdvisor.filter(template_id=source.id).order_by("position")
    entries = [TemplateItemInput(item.item_id, item.version_id) for item in items]
    await replace_items(source.partner_id, copy.id, entries)
    await replace_advisors(source.partner_id, copy.id, [row.advisor_id for row in advisors])
    return copy
