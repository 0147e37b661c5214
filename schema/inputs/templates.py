"""Inputs and payloads of the mutations on client templates."""

import strawberry

from app.domain.plans import PlanCode, TemplateStatus
from app.services.templates.contents import TemplateItemInput as UsedItem
from schema.inputs.payload import Payload, idempotency_key, loaded
from schema.node import required_id, row_id
from schema.templates import ClientTemplate


@strawberry.input(description="A content item of a template.")
class TemplateItemInput:
    """An item of a template."""

    content_item_id: strawberry.ID = strawberry.field(
        description="An item of the partner's own library, adopted ones included."
    )
    version_id: strawberry.ID | None = strawberry.field(
        default=None, description="A published version; unset: the latest when a client is created."
    )


@strawberry.input(description="A client template to make.")
class CreateClientTemplateInput:
    """A template to make."""

    idempotency_key: str = idempotency_key()
    name: str = strawberry.field(description="Unique in the team, 1–200 characters.")
    plan_code: PlanCode = strawberry.field(description="The plan that clients start on.")
    description: str = strawberry.field(default="", description="What it is for.")
    engagement_type: str | None = strawberry.field(
        default=None, description="The kind of engagement, such as `vCISO`."
    )
    items: list[TemplateItemInput] | None = strawberry.field(
        default=None, description="Its content, in order."
    )
    advisor_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="The advisors whom new clients get unless others are named."
    )


@strawberry.type(description="The answer of `createClientTemplate`.")
class CreateClientTemplatePayload(Payload):
    """The new template."""

    client_template: ClientTemplate | None = loaded(
        "client_template", "The template; null if it was refused."
    )


@strawberry.input(
    description="Changes to a client template. Values that are unset or null stay unchanged."
)
class UpdateClientTemplateInput:
    """Changes to a template."""

    idempotency_key: str = idempotency_key()
    template_id: strawberry.ID = strawberry.field(description="The template.")
    name: str | None = strawberry.field(default=None, description="A new name.")
    description: str | None = strawberry.field(default=None, description="A new description.")
    engagement_type: str | None = strawberry.field(
        default=None, description="Another kind of engagement; empty to clear it."
    )
    plan_code: PlanCode | None = strawberry.field(
        default=None, description="Another plan for new clients."
    )
    items: list[TemplateItemInput] | None = strawberry.field(
        default=None, description="Another list of content; it replaces the whole list."
    )
    advisor_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="Another list of advisors; it replaces the whole list."
    )
    status: TemplateStatus | None = strawberry.field(
        default=None, description="RETIRED retires it, ACTIVE reactivates it."
    )


@strawberry.type(description="The answer of `updateClientTemplate`.")
class UpdateClientTemplatePayload(Payload):
    """The changed template."""

    client_template: ClientTemplate | None = loaded(
        "client_template", "The template; null if it was refused."
    )


@strawberry.input(description="A client template to copy, with all that it holds.")
class CloneClientTemplateInput:
    """A template to copy."""

    idempotency_key: str = idempotency_key()
    template_id: strawberry.ID = strawberry.field(description="The template, of your own team.")
    name: str = strawberry.field(description="The copy's name, unique in the team.")


@strawberry.type(description="The answer of `cloneClientTemplate`.")
class CloneClientTemplatePayload(Payload):
    """The copy."""

    client_template: ClientTemplate | None = loaded(
        "client_template", "The copy; null if it was refused."
    )


def used_items(items: list[TemplateItemInput]) -> tuple[UsedItem, ...]:
    """Template items as the use cases take them."""
    return tuple(
        UsedItem(
            required_id(item.content_item_id, "ContentItem"),
            row_id(item.version_id, "ContentVersion"),
        )
        for item in items
    )
