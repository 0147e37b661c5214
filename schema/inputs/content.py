"""Inputs and payloads of the mutations on content."""

import strawberry

from app.domain.content import ContentKind
from app.services.content.audiences import Audience
from schema.content import ContentItem, ContentVersion
from schema.inputs.payload import Payload, idempotency_key, loaded
from schema.scalars import CurrencyCode, DecimalText


@strawberry.input(description="An amount of money.")
class MoneyInput:
    """An amount of money."""

    amount: DecimalText = strawberry.field(
        description='In the currency\'s major unit, such as `"129.00"`; no more decimals than the '
        "currency has."
    )
    currency_code: CurrencyCode = strawberry.field(description="ISO 4217.")


@strawberry.input(
    description="The partners that an open item is for: those in one of these tiers, and those of "
    "one of these groups. For others it does not exist, unless they have adopted it before."
)
class ContentAudienceInput:
    """Whom an item is for."""

    tiers: list[str] | None = strawberry.field(
        default=None, description="Keys of tiers, in whatever program."
    )
    groups: list[str] | None = strawberry.field(default=None, description="Keys of groups.")

    def use_case(self) -> Audience:
        """As the use cases take it."""
        return Audience(tuple(self.tiers or ()), tuple(self.groups or ()))


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
    audience: ContentAudienceInput | None = strawberry.field(
        default=None, description="Whom it is for; unset for all partners. For open items."
    )
    publish: bool = strawberry.field(
        default=False, description="Publish version 1 immediately; else it is a draft."
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


@strawberry.input(
    description="Changes to an item of your own library. Values that are unset stay unchanged."
)
class UpdateContentItemInput:
    """Changes to an item."""

    idempotency_key: str = idempotency_key()
    content_item_id: strawberry.ID = strawberry.field(description="The item.")
    title: str | None = strawberry.field(default=None, description="A new title.")
    description: str | None = strawberry.field(default=None, description="A new description.")
    tags: list[str] | None = strawberry.field(
        default=None, description="Another list of words; it replaces the whole list."
    )
    price: MoneyInput | None = strawberry.field(
        default=strawberry.UNSET,
        description="What clients pay for it from now on; null makes it free, unset leaves it. For "
        "a partner's items only.",
    )
    audience: ContentAudienceInput | None = strawberry.field(
        default=None,
        description="Whom it is for from now on; without tiers and groups it is for all. For open "
        "items.",
    )


@strawberry.type(description="The answer of `updateContentItem`.")
class UpdateContentItemPayload(Payload):
    """The changed item."""

    content_item: ContentItem | None = loaded("content_item", "The item; null if it was refused.")


@strawberry.input(description="A new version that is not published yet.")
class DraftContentVersionInput:
    """A draft to write."""

    idempotency_key: str = idempotency_key()
    content_item_id: strawberry.ID = strawberry.field(description="The item, of your own library.")
    body: str = strawberry.field(description="The text, in Markdown, up to 200,000 characters.")
    notes: str = strawberry.field(default="", description="What is new in it.")


@strawberry.type(description="The answer of `draftContentVersion`.")
class DraftContentVersionPayload(Payload):
    """The draft."""

    content_item: ContentItem | None = loaded("content_item", "The item; null if it was refused.")
    content_version: ContentVersion | None = loaded(
        "content_version", "The draft; null if it was refused."
    )


@strawberry.input(description="Changes to a draft. Values that are unset or null stay unchanged.")
class UpdateContentVersionInput:
    """Changes to a draft."""

    idempotency_key: str = idempotency_key()
    version_id: strawberry.ID = strawberry.field(description="The draft.")
    body: str | None = strawberry.field(default=None, description="Another text.")
    notes: str | None = strawberry.field(default=None, description="Other notes.")


@strawberry.type(description="The answer of `updateContentVersion`.")
class UpdateContentVersionPayload(Payload):
    """The changed draft."""

    content_version: ContentVersion | None = loaded(
        "content_version", "The draft; null if it was refused."
    )


@strawberry.input(description="A published version to retire.")
class RetireContentVersionInput:
    """A version to retire."""

    idempotency_key: str = idempotency_key()
    version_id: strawberry.ID = strawberry.field(description="The version.")


@strawberry.type(description="The answer of `retireContentVersion`.")
class RetireContentVersionPayload(Payload):
    """The retired version."""

    content_item: ContentItem | None = loaded("content_item", "The item; null if it was refused.")
    content_version: ContentVersion | None = loaded(
        "content_version", "The retired version; null if it was refused."
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
