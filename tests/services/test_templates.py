"""createClientTemplate, updateClientTemplate."""

import asyncio
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest

from app.auth.actor import Actor
from app.domain.content import checksum
from app.domain.errors import ErrorCode, Refused
from app.domain.identity import Role, Scope
from app.domain.plans import PlanCode, TemplateStatus
from app.persistence.models import (
    Advisor,
    ClientTemplate,
    ContentItem,
    ContentVersion,
    Partner,
    Plan,
    Price,
    TemplateAdvisor,
    TemplateItem,
    TrialTerm,
)
from app.services.templates.contents import TemplateItemInput
from app.services.templates.create_client_template import (
    CreateClientTemplate,
    create_client_template,
)
from app.services.templates.update_client_template import (
    UpdateClientTemplate,
    update_client_template,
)
from tests.refusals import audited, everything, outcome, refused, told
from tests.world import LONG_AGO, Team, World

READINESS = CreateClientTemplate(
    idempotency_key="create-1",
    name="ISO  readiness",
    plan_code=PlanCode.ASSESSMENT_ONLY,
    description="Six weeks.",
    engagement_type="Assessment",
)


def key() -> str:
    return str(uuid4())


async def create(world: World, actor: Actor | None = None, **change: Any) -> ClientTemplate:
    input = replace(READINESS, **{"idempotency_key": key(), **change})
    ids = await create_client_template(world.caller(actor or world.acme.as_admin()), input)
    return await ClientTemplate.get(id=ids["client_template"])


async def update(
    world: World, template_id: UUID, actor: Actor | None = None, **change: Any
) -> ClientTemplate:
    input = UpdateClientTemplate(**{"idempotency_key": key(), "template_id": template_id, **change})
    ids = await update_client_template(world.caller(actor or world.acme.as_admin()), input)
    assert ids["client_template"] == template_id
    return await ClientTemplate.get(id=template_id)


async def own_item(team: Team, title: str, *statuses: str) -> tuple[ContentItem, list[UUID]]:
    """An item in the team's exclusive library with versions of these statuses."""
    item = await ContentItem.create(
        library=team.library,
        partner=team.partner,
        kind="PLAYBOOK",
        title=title,
        title_key=title,
        created_at=LONG_AGO,
    )
    versions = [
        await ContentVersion.create(
            item=item,
            partner=team.partner,
            number=number,
            status=status,
            body=title,
            checksum=checksum(title),
            created_at=LONG_AGO,
            published_at=None if status == "DRAFT" else LONG_AGO,
        )
        for number, status in enumerate(statuses, start=1)
    ]
    return item, [version.id for version in versions]


async def adopted_item(world: World, team: Team) -> ContentItem:
    return await ContentItem.create(
        library=team.library,
        partner=team.partner,
        kind="CONTROL_SET",
        title="Adopted",
        title_key="adopted",
        adopted_item=world.open_item,
        adopted_version=world.open_version,
        created_at=LONG_AGO,
    )


async def items_of(template: ClientTemplate) -> list[tuple[UUID, UUID | None]]:
    rows = await TemplateItem.filter(template_id=template.id).order_by("position")
    return [(row.item_id, row.version_id) for row in rows]


async def advisors_of(template: ClientTemplate) -> list[UUID]:
    rows = await TemplateAdvisor.filter(template_id=template.id).order_by("position")
    return [row.advisor_id for row in rows]


# createClientTemplate


async def test_a_template_holds_plan_content_and_advisors_in_order(world: World) -> None:
    own, (first, _) = await own_item(world.acme, "own", "PUBLISHED", "PUBLISHED")
    adopted = await adopted_item(world, world.acme)
    team = [world.acme.advisor.id, world.acme.admin.id]

    template = await create(
        world,
        world.acme.as_advisor(),
        items=(TemplateItemInput(adopted.id), TemplateItemInput(own.id, first)),
        advisor_ids=(*team, team[0]),
    )

    assert (template.name, template.name_key) == ("ISO readiness", "iso readiness")
    assert (template.partner_id, template.plan_id) == (world.acme.partner.id, "ASSESSMENT_ONLY")
    assert (template.description, template.engagement_type) == ("Six weeks.", "Assessment")
    assert (template.status, template.created_at) == ("ACTIVE", world.clock.now())
    assert await items_of(template) == [(adopted.id, None), (own.id, first)]
    assert await advisors_of(template) == team


async def test_a_template_is_told_and_audited(world: World) -> None:
    template = await create(world)

    (event,) = await told("TEMPLATE_CREATED")
    assert (event.subject_id, event.partner_id) == (template.id, world.acme.partner.id)
    assert event.data == {"name": "ISO readiness", "plan": "ASSESSMENT_ONLY"}
    (entry,) = await audited("createClientTemplate")
    assert (entry.subject_id, entry.actor_id) == (template.id, world.acme.admin.id)


async def test_a_repeated_creation_gives_the_same_template(world: World) -> None:
    own, _ = await own_item(world.acme, "own", "PUBLISHED")
    items = (TemplateItemInput(own.id),)
    first = await create(world, idempotency_key="k", items=items)
    before = await everything()

    second = await create(world, idempotency_key="k", items=items)

    assert second.id == first.id
    assert await everything() == before
    async with refused(ErrorCode.IDEMPOTENCY_KEY_REUSED, "idempotencyKey"):
        await create(world, idempotency_key="k")


async def test_a_name_is_unique_in_a_partner_whatever_its_spelling(world: World) -> None:
    await create(world)
    await create(world, world.rival.as_admin())

    async with refused(ErrorCode.DUPLICATE, "name"):
        await create(world, name="iso readiness ")


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"name": ""}, ErrorCode.REQUIRED, ("name",)),
        ({"name": "x" * 201}, ErrorCode.TOO_LONG, ("name",)),
        ({"description": "x" * 5001}, ErrorCode.TOO_LONG, ("description",)),
        ({"engagement_type": "x" * 81}, ErrorCode.TOO_LONG, ("engagementType",)),
        ({"items": (TemplateItemInput(UUID(int=1)),) * 101}, ErrorCode.INVALID, ("items",)),
        (
            {"items": (TemplateItemInput(UUID(int=1)),) * 2},
            ErrorCode.DUPLICATE,
            ("items", "1", "contentItemId"),
        ),
        (
            {"items": (TemplateItemInput(UUID(int=1)),)},
            ErrorCode.NOT_FOUND,
            ("items", "0", "contentItemId"),
        ),
        ({"advisor_ids": (UUID(int=1),)}, ErrorCode.UNKNOWN_ADVISOR, ("advisorIds", "0")),
    ],
)
async def test_a_wrong_template_is_refused(
    world: World, change: dict[str, Any], code: ErrorCode, field: tuple[str, ...]
) -> None:
    async with refused(code, *field):
        await create(world, **change)
    template = await create(world, name="To be changed")
    async with refused(code, *field):
        await update(world, template.id, **change)


async def test_a_plan_that_the_vendor_does_not_offer_is_refused(world: World) -> None:
    template = await create(world, plan_code=PlanCode.FREE)
    await Price.filter(plan_id="FULL_FEATURE").delete()
    await TrialTerm.filter(plan_id="FULL_FEATURE").delete()
    await Plan.filter(code="FULL_FEATURE").delete()

    async with refused(ErrorCode.NOT_FOUND, "planCode"):
        await create(world, name="Another", plan_code=PlanCode.FULL_FEATURE)
    async with refused(ErrorCode.NOT_FOUND, "planCode"):
        await update(world, template.id, plan_code=PlanCode.FULL_FEATURE)


async def test_content_that_cannot_be_used_is_named_by_position(world: World) -> None:
    fine, _ = await own_item(world.acme, "fine", "PUBLISHED")
    draft, _ = await own_item(world.acme, "draft", "DRAFT")
    retired, (retired_version, _) = await own_item(world.acme, "retired", "RETIRED", "PUBLISHED")
    theirs, (theirs_version,) = await own_item(world.rival, "theirs", "PUBLISHED")
    items = (
        TemplateItemInput(fine.id),
        TemplateItemInput(draft.id),
        TemplateItemInput(retired.id, retired_version),
        TemplateItemInput(theirs.id),
        TemplateItemInput(world.open_item.id),
    )

    result = await outcome(
        create_client_template(world.caller(world.acme.as_admin()), replace(READINESS, items=items))
    )

    assert isinstance(result, Refused)
    assert [(problem.code, problem.field) for problem in result.problems] == [
        (ErrorCode.CONTENT_NOT_PUBLISHED, ("items", "1", "contentItemId")),
        (ErrorCode.CONTENT_RETIRED, ("items", "2", "versionId")),
        (ErrorCode.NOT_FOUND, ("items", "3", "contentItemId")),
        (ErrorCode.INVALID, ("items", "4", "contentItemId")),
    ]
    assert await ClientTemplate.all().count() == 0
    async with refused(ErrorCode.NOT_FOUND, "items", "0", "versionId"):
        await create(world, items=(TemplateItemInput(fine.id, theirs_version),))


async def test_an_adopted_item_has_the_version_it_was_adopted_at(world: World) -> None:
    adopted = await adopted_item(world, world.acme)
    newer = await ContentVersion.create(
        item=world.open_item,
        number=2,
        status="PUBLISHED",
        body="#",
        checksum=checksum("#"),
        created_at=LONG_AGO,
        published_at=LONG_AGO,
    )

    async with refused(ErrorCode.NOT_FOUND, "items", "0", "versionId"):
        await create(world, items=(TemplateItemInput(adopted.id, newer.id),))

    template = await create(world, items=(TemplateItemInput(adopted.id, world.open_version.id),))
    assert await items_of(template) == [(adopted.id, world.open_version.id)]

    await ContentVersion.filter(id=world.open_version.id).update(status="RETIRED")
    async with refused(ErrorCode.CONTENT_RETIRED, "items", "0", "contentItemId"):
        await create(world, name="Another", items=(TemplateItemInput(adopted.id),))


async def test_who_is_not_an_active_advisor_of_the_team_is_unknown(world: World) -> None:
    await Advisor.filter(id=world.acme.advisor.id).update(status="REVOKED")

    for stranger in (world.rival.advisor.id, world.acme.advisor.id, uuid4()):
        async with refused(ErrorCode.UNKNOWN_ADVISOR, "advisorIds", "1"):
            await create(world, advisor_ids=(world.acme.admin.id, stranger))


async def test_the_vendor_and_its_apps_make_no_templates(world: World) -> None:
    app = Actor(Role.APP, api_key_id=UUID(int=9), scopes=frozenset(Scope))
    template = await create(world)

    for actor in (world.as_vendor(), app):
        async with refused(ErrorCode.INVALID):
            await create(world, actor, name="Another")
        async with refused(ErrorCode.INVALID):
            await update(world, template.id, actor, name="Another")


async def test_a_suspended_partner_makes_no_templates(world: World) -> None:
    template = await create(world)
    await Partner.filter(id=world.acme.partner.id).update(status="SUSPENDED")

    async with refused(ErrorCode.PARTNER_NOT_ACTIVE):
        await create(world, name="Another")
    async with refused(ErrorCode.PARTNER_NOT_ACTIVE):
        await update(world, template.id, name="Another")


async def test_two_of_one_name_at_once_give_one_template(world: World) -> None:
    results = await asyncio.gather(
        *(
            outcome(create(world, actor))
            for actor in (world.acme.as_admin(), world.acme.as_advisor())
        )  # type: ignore[arg-type]
    )

    (lost,) = [result for result in results if isinstance(result, Refused)]
    assert lost.problems[0].code in (ErrorCode.DUPLICATE, ErrorCode.CONFLICT)
    assert await ClientTemplate.all().count() == 1


# updateClientTemplate


async def test_what_is_not_given_stays(world: World) -> None:
    own, _ = await own_item(world.acme, "own", "PUBLISHED")
    template = await create(
        world, items=(TemplateItemInput(own.id),), advisor_ids=(world.acme.advisor.id,)
    )
    world.clock.advance(hours=1)  # type: ignore[attr-defined]

    changed = await update(world, template.id, description="Eight weeks.")

    assert changed.description == "Eight weeks."
    assert (changed.name, changed.plan_id) == ("ISO readiness", "ASSESSMENT_ONLY")
    assert (changed.engagement_type, changed.status) == ("Assessment", "ACTIVE")
    assert (changed.created_at, changed.updated_at) == (template.created_at, world.clock.now())
    assert await items_of(changed) == [(own.id, None)]
    assert await advisors_of(changed) == [world.acme.advisor.id]


async def test_lists_are_replaced_and_details_change(world: World) -> None:
    one, _ = await own_item(world.acme, "one", "PUBLISHED")
    two, (version,) = await own_item(world.acme, "two", "PUBLISHED")
    template = await create(
        world, items=(TemplateItemInput(one.id),), advisor_ids=(world.acme.advisor.id,)
    )

    changed = await update(
        world,
        template.id,
        world.acme.as_advisor(),
        name="Ísò Readiness",
        engagement_type="",
        plan_code=PlanCode.FULL_FEATURE,
        items=(TemplateItemInput(two.id, version), TemplateItemInput(one.id)),
        advisor_ids=(),
    )

    # Its own name in another spelling is no duplicate.
    assert (changed.name, changed.name_key) == ("Ísò Readiness", "iso readiness")
    assert (changed.engagement_type, changed.plan_id) == (None, "FULL_FEATURE")
    assert await items_of(changed) == [(two.id, version), (one.id, None)]
    assert await advisors_of(changed) == []
    (event,) = await told("TEMPLATE_UPDATED")
    assert (event.subject_id, event.partner_id) == (template.id, world.acme.partner.id)
    assert event.data == {"changed": ["name", "engagementType", "planCode", "items", "advisorIds"]}
    (entry,) = await audited("updateClientTemplate")
    assert (entry.subject_id, entry.actor_id) == (template.id, world.acme.advisor.id)


async def test_a_template_is_retired_and_put_back(world: World) -> None:
    template = await create(world)

    assert (await update(world, template.id, status=TemplateStatus.RETIRED)).status == "RETIRED"
    assert (await update(world, template.id, status=TemplateStatus.ACTIVE)).status == "ACTIVE"


async def test_the_name_of_another_template_is_taken(world: World) -> None:
    await create(world, name="Other")
    template = await create(world)

    async with refused(ErrorCode.DUPLICATE, "name"):
        await update(world, template.id, name="OTHER")


async def test_nothing_to_change_is_refused(world: World) -> None:
    template = await create(world)

    async with refused(ErrorCode.REQUIRED):
        await update(world, template.id)


async def test_the_template_of_another_partner_does_not_exist(world: World) -> None:
    template = await create(world)

    for id in (template.id, uuid4()):
        async with refused(ErrorCode.NOT_FOUND, "templateId"):
            await update(world, id, world.rival.as_admin(), name="Mine now")


async def test_a_repeated_update_changes_nothing_more(world: World) -> None:
    template = await create(world)
    await update(world, template.id, name="New", idempotency_key="k")
    before = await everything()

    await update(world, template.id, name="New", idempotency_key="k")

    assert await everything() == before


async def test_two_updates_at_once_leave_one_whole_list(world: World) -> None:
    one, _ = await own_item(world.acme, "one", "PUBLISHED")
    two, _ = await own_item(world.acme, "two", "PUBLISHED")
    template = await create(world)
    lists = [[one.id, two.id], [two.id]]

    await asyncio.gather(
        *(
            update(world, template.id, items=tuple(TemplateItemInput(id) for id in ids))
            for ids in lists
        )
    )

    assert [item for item, _ in await items_of(template)] in lists
