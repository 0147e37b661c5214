"""Inputs and payloads of the mutations on webhooks."""

from typing import Any

import strawberry

from app.domain.events import EventType
from app.domain.webhook_signing import secret_text
from app.persistence.models import WebhookEndpoint as EndpointRow
from app.services.webhooks.create_webhook_endpoint import CreateWebhookEndpoint
from app.services.webhooks.update_webhook_endpoint import UpdateWebhookEndpoint
from schema.inputs.payload import Payload, idempotency_key, loaded
from schema.node import required_id, row_id
from schema.scalars import Cursor
from schema.webhooks import WebhookDelivery, WebhookEndpoint


def secret() -> Any:
    """A payload field: the secret of the endpoint that the use case gave."""

    async def load(root: Any, info: strawberry.Info) -> str | None:
        if "webhook_endpoint" not in root.ids:
            return None
        runtime = info.context.runtime
        row = await runtime.database.read(
            lambda: EndpointRow.get(id=root.ids["webhook_endpoint"]).only("id", "secret_version")
        )
        return secret_text(runtime.webhooks.key(row.id, row.secret_version))

    description = (
        "The signing secret for the official Standard Webhooks libraries: `whsec_` and base64. "
        "Keep it now: no object of the API shows it later. Null if it was refused."
    )
    return strawberry.field(resolver=load, description=description)


@strawberry.input(description="An address that events are to be sent to, from now on.")
class CreateWebhookEndpointInput:
    """An endpoint to make."""

    idempotency_key: str = idempotency_key()
    partner_id: strawberry.ID | None = strawberry.field(
        default=None,
        description="The partner whose events are sent. The vendor leaves it out for an endpoint "
        "of its own, which gets all events; others have none but their own partner.",
    )
    url: str = strawberry.field(
        description="`https://`, a host that the internet reaches, port 443 or one from 1024 on; "
        "no user, password or fragment; 2,000 characters at most."
    )
    description: str = strawberry.field(
        default="", description="A description for people, up to 200 characters."
    )
    types: list[EventType] | None = strawberry.field(
        default=None, description="The types of events to send; unset or empty: all."
    )

    def use_case(self) -> CreateWebhookEndpoint:
        """What the service takes."""
        return CreateWebhookEndpoint(
            idempotency_key=self.idempotency_key,
            url=self.url,
            partner_id=row_id(self.partner_id, "Partner"),
            description=self.description,
            types=tuple(self.types or ()),
        )


@strawberry.type(description="The answer of `createWebhookEndpoint`.")
class CreateWebhookEndpointPayload(Payload):
    """The new endpoint."""

    webhook_endpoint: WebhookEndpoint | None = loaded(
        "webhook_endpoint", "The endpoint; null if it was refused."
    )
    secret: str | None = secret()


@strawberry.input(
    description="Changes to a webhook endpoint. Values that are omitted stay unchanged."
)
class UpdateWebhookEndpointInput:
    """Changes to an endpoint."""

    idempotency_key: str = idempotency_key()
    endpoint_id: strawberry.ID = strawberry.field(description="The endpoint.")
    url: str | None = strawberry.field(
        default=None, description="Another address, as for `createWebhookEndpoint`."
    )
    description: str | None = strawberry.field(
        default=None, description="A description for people, up to 200 characters."
    )
    types: list[EventType] | None = strawberry.field(
        default=None, description="The types of events to send; an empty list means all."
    )
    enabled: bool | None = strawberry.field(
        default=None,
        description="False: nothing is sent until it is enabled again. True: it resumes where it "
        "stopped, with all events since then that are still retained.",
    )

    def use_case(self) -> UpdateWebhookEndpoint:
        """What the service takes."""
        return UpdateWebhookEndpoint(
            idempotency_key=self.idempotency_key,
            endpoint_id=required_id(self.endpoint_id, "WebhookEndpoint"),
            url=self.url,
            description=self.description,
            types=None if self.types is None else tuple(self.types),
            enabled=self.enabled,
        )


@strawberry.type(description="The answer of `updateWebhookEndpoint`.")
class UpdateWebhookEndpointPayload(Payload):
    """The changed endpoint."""

    webhook_endpoint: WebhookEndpoint | None = loaded(
        "webhook_endpoint", "The endpoint; null if it was refused."
    )


@strawberry.input(description="A webhook endpoint to remove.")
class RemoveWebhookEndpointInput:
    """An endpoint to remove."""

    idempotency_key: str = idempotency_key()
    endpoint_id: strawberry.ID = strawberry.field(description="The endpoint.")


@strawberry.type(description="The answer of `removeWebhookEndpoint`.")
class RemoveWebhookEndpointPayload(Payload):
    """The removed endpoint."""

    webhook_endpoint: WebhookEndpoint | None = loaded(
        "webhook_endpoint", "The endpoint, with its log; null if it was refused."
    )


@strawberry.input(description="A webhook endpoint that is to have another secret.")
class RotateWebhookSecretInput:
    """An endpoint."""

    idempotency_key: str = idempotency_key()
    endpoint_id: strawberry.ID = strawberry.field(description="The endpoint.")


@strawberry.type(description="The answer of `rotateWebhookSecret`.")
class RotateWebhookSecretPayload(Payload):
    """The endpoint and its secret."""

    webhook_endpoint: WebhookEndpoint | None = loaded(
        "webhook_endpoint", "The endpoint; null if it was refused."
    )
    secret: str | None = secret()


@strawberry.input(description="Events to send again.")
class ReplayWebhookInput:
    """A replay."""

    idempotency_key: str = idempotency_key()
    endpoint_id: strawberry.ID = strawberry.field(description="The endpoint; enabled.")
    after: Cursor = strawberry.field(
        description="The `cursor` of an event: all events after it are sent again."
    )


@strawberry.type(description="The answer of `replayWebhook`.")
class ReplayWebhookPayload(Payload):
    """The endpoint."""

    webhook_endpoint: WebhookEndpoint | None = loaded(
        "webhook_endpoint", "The endpoint; null if it was refused."
    )


@strawberry.input(description="A dead delivery to try again.")
class RetryWebhookDeliveryInput:
    """A delivery."""

    idempotency_key: str = idempotency_key()
    delivery_id: strawberry.ID = strawberry.field(description="The delivery; DEAD.")


@strawberry.type(description="The answer of `retryWebhookDelivery`.")
class RetryWebhookDeliveryPayload(Payload):
    """The delivery."""

    webhook_delivery: WebhookDelivery | None = loaded(
        "webhook_delivery", "The delivery, pending again; null if it was refused."
    )


@strawberry.input(description="A webhook endpoint to test.")
class SendTestEventInput:
    """An endpoint to test."""

    idempotency_key: str = idempotency_key()
    endpoint_id: strawberry.ID = strawberry.field(description="The endpoint; enabled.")


@strawberry.type(description="The answer of `sendTestEvent`.")
class SendTestEventPayload(Payload):
    """The delivery of the test."""

    webhook_delivery: WebhookDelivery | None = loaded(
        "webhook_delivery",
        "The delivery of a WEBHOOK_TEST_SENT event; check its attempts after a moment. Null if "
        "it was refused.",
    )
