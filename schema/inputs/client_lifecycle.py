"""Inputs and payloads of pausing and archiving clients, and of bringing them back."""

import strawberry

from schema.clients import Client
from schema.inputs.payload import Payload, idempotency_key, loaded


@strawberry.input(description="A client to pause.")
class SuspendClientInput:
    """A client and a reason."""

    idempotency_key: str = idempotency_key()
    client_id: strawberry.ID = strawberry.field(description="The client.")
    reason: str = strawberry.field(description="Why, 1–1,000 characters; the partner reads it.")


@strawberry.type(description="The answer of `suspendClient`.")
class SuspendClientPayload(Payload):
    """The suspended client."""

    client: Client | None = loaded("client", "The client; null if it was refused.")


@strawberry.input(description="A suspended client to go on with.")
class ResumeClientInput:
    """A client."""

    idempotency_key: str = idempotency_key()
    client_id: strawberry.ID = strawberry.field(description="The client.")


@strawberry.type(description="The answer of `resumeClient`.")
class ResumeClientPayload(Payload):
    """The client, in use again."""

    client: Client | None = loaded("client", "The client; null if it was refused.")


@strawberry.input(description="An archived client to restore.")
class RestoreClientInput:
    """A client and its advisors."""

    idempotency_key: str = idempotency_key()
    client_id: strawberry.ID = strawberry.field(description="The client.")
    advisor_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="Active advisors of its partner, to work in it; unset: none."
    )


@strawberry.type(description="The answer of `restoreClient`.")
class RestoreClientPayload(Payload):
    """The client, in use again."""

    client: Client | None = loaded("client", "The client; null if it was refused.")


@strawberry.input(description="A client to archive.")
class ArchiveClientInput:
    """A client to close."""

    idempotency_key: str = idempotency_key()
    client_id: strawberry.ID = strawberry.field(description="The client.")


@strawberry.type(description="The answer of `archiveClient`.")
class ArchiveClientPayload(Payload):
    """The archived client."""

    client: Client | None = loaded("client", "The client; null if it was refused.")
