"""Inputs and payloads of the mutations on groups of partners."""

import strawberry

from schema.groups import PartnerGroup
from schema.inputs.payload import Payload, idempotency_key, loaded


@strawberry.input(description="A group of partners to make. It has no members yet.")
class CreatePartnerGroupInput:
    """A group to make."""

    idempotency_key: str = idempotency_key()
    key: str = strawberry.field(
        description="Unique; 1–60 lower-case letters and digits, with single hyphens, dots or "
        "underscores between them, such as `emea-pilot`."
    )
    name: str = strawberry.field(description="Its name for people, 1–120 characters.")


@strawberry.type(description="The answer of `createPartnerGroup`.")
class CreatePartnerGroupPayload(Payload):
    """The new group."""

    partner_group: PartnerGroup | None = loaded(
        "partner_group", "The group; null if it was refused."
    )


@strawberry.input(
    description="Partners to add to a group or to remove from it, up to 1,000. Who is in "
    "already, or is not in, is passed over."
)
class SetPartnerGroupMembersInput:
    """Changes to a group."""

    idempotency_key: str = idempotency_key()
    group_id: strawberry.ID = strawberry.field(description="The group.")
    add: list[strawberry.ID] | None = strawberry.field(default=None, description="Partners to add.")
    remove: list[strawberry.ID] | None = strawberry.field(
        default=None, description="Partners that leave it; content that they adopted stays theirs."
    )


@strawberry.type(description="The answer of `setPartnerGroupMembers`.")
class SetPartnerGroupMembersPayload(Payload):
    """The changed group."""

    partner_group: PartnerGroup | None = loaded(
        "partner_group", "The group; null if it was refused."
    )
