"""Inputs and payloads of the mutations that bring content to where it is used."""

import strawberry

from app.services.content.push_content import PushContent, PushTargets
from schema.content import ContentGrant, ContentItem
from schema.content_delivery import ContentPush, ContentSale
from schema.inputs.payload import Payload, idempotency_key, loaded
from schema.node import required_id, row_ids


@strawberry.input(description="Another version for an adopted item.")
class UpdateAdoptedItemInput:
    """A version to take."""

    idempotency_key: str = idempotency_key()
    content_item_id: strawberry.ID = strawberry.field(
        description="The adopted item, of your own library."
    )
    version_id: strawberry.ID | None = strawberry.field(
        default=None,
        description="A published version of the open item; unset for the latest.",
    )


@strawberry.type(description="The answer of `updateAdoptedItem`.")
class UpdateAdoptedItemPayload(Payload):
    """The adopted item."""

    content_item: ContentItem | None = loaded("content_item", "The item; null if it was refused.")


@strawberry.input(description="An adopted item to lock at its version, or to unlock.")
class LockContentItemInput:
    """A lock."""

    idempotency_key: str = idempotency_key()
    content_item_id: strawberry.ID = strawberry.field(
        description="The adopted item, of your own library."
    )
    locked: bool = strawberry.field(description="Whether it is locked from now on.")


@strawberry.type(description="The answer of `lockContentItem`.")
class LockContentItemPayload(Payload):
    """The item."""

    content_item: ContentItem | None = loaded("content_item", "The item; null if it was refused.")


@strawberry.input(description="A client's grant of an item to lock or unlock.")
class LockClientContentInput:
    """A lock."""

    idempotency_key: str = idempotency_key()
    client_id: strawberry.ID = strawberry.field(description="The client.")
    content_item_id: strawberry.ID = strawberry.field(description="An item that it has.")
    locked: bool = strawberry.field(description="Whether it is locked from now on.")


@strawberry.type(description="The answer of `lockClientContent`.")
class LockClientContentPayload(Payload):
    """What the client has."""

    content_grant: ContentGrant | None = loaded(
        "content_grant", "What the client has of the item; null if it was refused."
    )


@strawberry.input(description="A kind of place that a push updates.", one_of=True)
class PushTargetsInput:
    """All places of a kind, or some."""

    all: bool | None = strawberry.field(
        default=strawberry.UNSET,
        description="`true`: every place of this kind where the item is used. Give this or `ids`.",
    )
    ids: list[strawberry.ID] | None = strawberry.field(
        default=strawberry.UNSET, description="Just these. Give this or `all`."
    )


def _targets(given: PushTargetsInput | None, type_name: str) -> PushTargets | None:
    """As the use case takes it; `type_name` is what the ids are of."""
    if given is None:
        return None
    return PushTargets(bool(given.all), row_ids(given.ids or [], type_name) or ())


@strawberry.input(
    description="A version to push to the places that use its item, up to 5,000. Name one kind "
    "of place at least."
)
class PushContentInput:
    """A push."""

    idempotency_key: str = idempotency_key()
    version_id: strawberry.ID = strawberry.field(
        description="A published version of an item of your own library; for a partner also the "
        "version at which its team has adopted an open item."
    )
    templates: PushTargetsInput | None = strawberry.field(
        default=None, description="For a partner: its client templates that hold the item."
    )
    clients: PushTargetsInput | None = strawberry.field(
        default=None,
        description="For a partner: `all` are its ACTIVE clients that have the item (of an "
        "advisor's, those in which the advisor is ADMIN); those that are named get it even if they "
        "do not have it yet.",
    )
    partners: PushTargetsInput | None = strawberry.field(
        default=None, description="For the vendor: the partners that have adopted the item."
    )

    def use_case(self) -> PushContent:
        """As the use case takes it."""
        return PushContent(
            idempotency_key=self.idempotency_key,
            version_id=required_id(self.version_id, "ContentVersion"),
            templates=_targets(self.templates, "ClientTemplate"),
            clients=_targets(self.clients, "Client"),
            partners=_targets(self.partners, "Partner"),
        )


@strawberry.type(description="The answer of `pushContent`.")
class PushContentPayload(Payload):
    """The log."""

    content_push: ContentPush | None = loaded(
        "content_push", "The push with its log; null if it was refused."
    )


@strawberry.input(description="An item of the partner's own to sell to one of its clients.")
class SellContentInput:
    """A sale."""

    idempotency_key: str = idempotency_key()
    client_id: strawberry.ID = strawberry.field(description="The client.")
    content_item_id: strawberry.ID = strawberry.field(
        description="The item; its price is in the partner's currency."
    )
    version_id: strawberry.ID | None = strawberry.field(
        default=None, description="A published version of it; unset for the latest."
    )


@strawberry.type(description="The answer of `sellContent`.")
class SellContentPayload(Payload):
    """The sale."""

    content_sale: ContentSale | None = loaded("content_sale", "The sale; null if it was refused.")
    content_grant: ContentGrant | None = loaded(
        "content_grant", "What the client has of the item now; null if it was refused."
    )
