"""What a template holds: checked and written, alike when it is created and when it changes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from app.auth.scope import visible_ids
from app.domain.content import VersionFacts, usable_version
from app.domain.errors import ErrorCode, Problem, Refused
from app.domain.plans import PlanCode
from app.domain.templates import check_item_list
from app.persistence.models import (
    ClientTemplate,
    ContentItem,
    Plan,
    TemplateAdvisor,
    TemplateItem,
)
from app.services.content.versions import versions_of
from app.services.use_case import Caller


@dataclass(frozen=True, slots=True)
class TemplateItemInput:
    """An item of the partner's own library: at a version, or (None) at the latest published one."""

    item_id: UUID
    version_id: UUID | None = None


async def item_problems(caller: Caller, inputs: Sequence[TemplateItemInput]) -> list[Problem]:
    """What is wrong with the items, each at its position: unknown, another's, retired, unpublished.

    The partner's own library includes what it adopted; of an adopted item only the version that it
    refers to can be named.
    """
    if problems := check_item_list([entry.item_id for entry in inputs]):
        return problems
    ids = [entry.item_id for entry in inputs]
    seen = await visible_ids(caller.database, caller.actor, ContentItem, ids)
    items = {item.id: item for item in await ContentItem.filter(id__in=seen)}
    versions = await versions_of(caller, items.values())
    return [
        problem
        for position, entry in enumerate(inputs)
        for problem in _entry_problems(caller, entry, items, versions, ("items", str(position)))
    ]


def _entry_problems(
    caller: Caller,
    entry: TemplateItemInput,
    items: Mapping[UUID, ContentItem],
    versions: Mapping[UUID, Iterable[VersionFacts]],
    at: tuple[str, ...],
) -> list[Problem]:
    item = items.get(entry.item_id)
    if item is None:
        message = "There is no such content item. Check the id."
        return [Problem(ErrorCode.NOT_FOUND, message, (*at, "contentItemId"))]
    if item.partner_id != caller.actor.partner_id:
        message = "This item is in the open library. Adopt it first and give the adopted item."
        return [Problem(ErrorCode.INVALID, message, (*at, "contentItemId"))]
    try:
        usable_version(versions[item.id], entry.version_id, at)
    except Refused as refused:
        return refused.problems
    return []


async def plan_problems(code: PlanCode) -> list[Problem]:
    """NOT_FOUND if the vendor's catalogue has no such plan."""
    if await Plan.exists(code=code):
        return []
    message = "The vendor offers no such plan. Choose another."
    return [Problem(ErrorCode.NOT_FOUND, message, ("planCode",))]


async def name_problems(partner_id: UUID, name_key: str, but: UUID | None = None) -> list[Problem]:
    """DUPLICATE if another template of the partner, retired ones too, has this name."""
    namesake = await ClientTemplate.get_or_none(partner_id=partner_id, name_key=name_key)
    if namesake is None or namesake.id == but:
        return []
    message = "Your team has a template with this name. Choose another name, or update that one."
    return [Problem(ErrorCode.DUPLICATE, message, ("name",))]


async def replace_items(
    partner_id: UUID, template_id: UUID, inputs: Iterable[TemplateItemInput]
) -> None:
    """Give the template these items, in this order, instead of those it has."""
    await TemplateItem.filter(template_id=template_id).delete()
    await TemplateItem.bulk_create(
        TemplateItem(
            partner_id=partner_id,
            template_id=template_id,
            item_id=entry.item_id,
            version_id=entry.version_id,
            position=position,
        )
        for position, entry in enumerate(inputs)
    )


async def replace_advisors(partner_id: UUID, template_id: UUID, ids: Iterable[UUID]) -> None:
    """Give the template these default advisors, each once, instead of those it has."""
    await TemplateAdvisor.filter(template_id=template_id).delete()
    await TemplateAdvisor.bulk_create(
        TemplateAdvisor(
            partner_id=partner_id, template_id=template_id, advisor_id=id, position=position
        )
        for position, id in enumerate(dict.fromkeys(ids))
    )
