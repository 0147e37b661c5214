"""Inputs and payloads of the mutations on content and templates."""

import strawberry

from app.domain.content import ContentKind
from app.domain.plans import PlanCode, TemplateStatus
from app.services.templates.contents import TemplateItemInput as UsedItem
from schema.content import ContentItem, ContentVersion
from schema.inputs.payload import Payload, idempotency_key, loaded
from schema.node import required_id, row_id
from schema.scalars import CurrencyCode, DecimalText
from schema.templates import ClientTemplate


@strawberry.input(description="An amount of money.")
class MoneyInput:
    """An amount of money."""

    amount: DecimalText = strawberry.field(
        description='In the currency\'s major unit, such as `"129.00"`; no more decimals than the '
        "currency has."
    )
    currency_code: CurrencyCode = strawberry.field(description="ISO 4217.")


@strawberry.input(
    description="A content item to make: in the open library for the vendor, in the partner's own "
    "for its team."
)
class CreateContentItemInput:
    """An item to make."""

    idempotency_key: str = idempotency_key()
    kind: ContentKind = strawberry.field(description="What it is.")
    title: str = strawberry.field(description="Its title, 1–200 characters.")
    body: str = strawberry.field(description="Version 1, in Markdown; up to 200,000 characters.")
    description: str = strawberry.field(default="", description="What it is for.")
    notes: str = strawberry.field(default="", description="A note on version 1.")
    tags: list[str] | None = strawberry.field(
        default=None, description="Words to find it by, 20 at most."
    )
    price: MoneyInput | None = strawberry.field(
        default=None, description="What clients pay for it. For a partner's items only."
    )
    audience_tiers: list[str] | None = strawberry.field(
        default=None,
        description="Keys of the tiers whose partners may adopt it; unset for all. For open items.",
    )
    publish: bool = strawberry.field(
        default=False, description="Publish version 1 at once; else it is a draft."
    )


@strawberry.type(description="The answer of `createContentItem`.")
class CreateContentItemPayload(Payload):
    """The new item."""

    content_item: ContentItem | None = loaded("content_item", "The item; null if it was refused.")
    content_version: ContentVersion | None = loaded(
        "content_version", "Its version 1; null if it was refused."
    )


@strawberry.input(description="A version to publish. It never changes afterwards.")
class PublishContentVersionInput:
    """A version to publish."""

    idempotency_key: str = idempotency_key()
    content_item_id: strawberry.ID = strawberry.field(description="The item.")
    version_id: strawberry.ID | None = strawberry.field(
        default=None, description="A draft of it to publish; or give `body` instead."
    )
    body: str | None = strawberry.field(
        default=None,
        description="The text of a new version, in Markdown, up to 200,000 characters; or give "
        "`versionId` instead.",
    )
    notes: str = strawberry.field(default="", description="What is new in it, with `body`.")


@strawberry.type(description="The answer of `publishContentVersion`.")
class PublishContentVersionPayload(Payload):
    """The published version."""

    content_item: ContentItem | None = loaded("content_item", "The item; null if it was refused.")
    content_version: ContentVersion | None = loaded(
        "content_version", "The published version; null if it was refused."
    )


@strawberry.input(description="An item of the open library to adopt into the partner's own.")
class AdoptContentItemInput:
    """An item to adopt."""

    idempotency_key: str = idempotency_key()
    content_item_id: strawberry.ID = strawberry.field(description="The open item.")
    version_id: strawberry.ID | None = strawberry.field(
        default=None, description="A published version of it; unset for the latest."
    )


@strawberry.type(description="The answer of `adoptContentItem`.")
class AdoptContentItemPayload(Payload):
    """The adopted item."""

    content_item: ContentItem | None = loaded(
        "content_item", "The item in the partner's library; null if it was refused."
    )


@strawberry.input(description="A content item of a template.")
class TemplateItemInput:
    """An item of a template."""

    content_item_id: strawberry.ID = strawberry.field(
        description="An item of the partner's own library, adopted ones included."
    )
    version_id: strawberry.ID | None = strawberry.field(
        default=None, description="A published version; unset: the latest when a client is made."
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


@strawberry.input(description="Changes to a client template. What is unset or null stays as it is.")
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
        default=None, description="RETIRED takes it out of use, ACTIVE puts it back."
    )


@strawberry.type(description="The answer of `updateClientTemplate`.")
class UpdateClientTemplatePayload(Payload):
    """The changed template."""

    client_template: ClientTemplate | None = loaded(
        "client_template", "The template; null if it was refused."
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
