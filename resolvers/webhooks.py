"""Queries and mutations on webhooks."""

from datetime import timedelta
from typing import Annotated

import strawberry

from app.auth.policy import Action
from app.services.webhooks.create_webhook_endpoint import create_webhook_endpoint
from app.services.webhooks.remove_webhook_endpoint import (
    RemoveWebhookEndpoint,
    remove_webhook_endpoint,
)
from app.services.webhooks.replay_webhook import ReplayWebhook, replay_webhook
from app.services.webhooks.retry_webhook_delivery import (
    RetryWebhookDelivery,
    retry_webhook_delivery,
)
from app.services.webhooks.rotate_webhook_secret import RotateWebhookSecret, rotate_webhook_secret
from app.services.webhooks.send_test_event import SendTestEvent, send_test_event
from app.services.webhooks.update_webhook_endpoint import update_webhook_endpoint
from resolvers.paging import root_page
from resolvers.payloads import answer
from resolvers.permissions import mutation
from schema.connections import Connection
from schema.inputs.webhooks import (
    CreateWebhookEndpointInput,
    CreateWebhookEndpointPayload,
    RemoveWebhookEndpointInput,
    RemoveWebhookEndpointPayload,
    ReplayWebhookInput,
    ReplayWebhookPayload,
    RetryWebhookDeliveryInput,
    RetryWebhookDeliveryPayload,
    RotateWebhookSecretInput,
    RotateWebhookSecretPayload,
    SendTestEventInput,
    SendTestEventPayload,
    UpdateWebhookEndpointInput,
    UpdateWebhookEndpointPayload,
)
from schema.node import required_id
from schema.webhooks import WEBHOOK_ENDPOINTS, WebhookEndpoint, WebhookEndpointFilter


@strawberry.type
class WebhookQueries:
    """Webhooks."""

    webhook_endpoints: Connection[WebhookEndpoint] = root_page(
        Action.READ_WEBHOOKS,
        "The webhook endpoints that you may see, newest first: of all partners and its own for the "
        "vendor.",
        "WebhookEndpoint",
        WEBHOOK_ENDPOINTS,
        WebhookEndpointFilter,
    )


@strawberry.type
class WebhookMutations:
    """Changes to webhooks."""

    @mutation(
        Action.MANAGE_WEBHOOKS,
        "Have events sent to an https address, signed by Standard Webhooks. The answer has the "
        "secret, which nothing shows again.",
    )
    async def create_webhook_endpoint(
        self,
        info: strawberry.Info,
        input: Annotated[
            CreateWebhookEndpointInput, strawberry.argument(description="The endpoint.")
        ],
    ) -> CreateWebhookEndpointPayload:
        """Create an endpoint."""
        settings = info.context.runtime.settings
        work = create_webhook_endpoint(
            info.context.caller,
            input.use_case(),
            networks=settings.webhook_networks,
            most=settings.webhook_endpoints_per_partner,
        )
        return await answer(CreateWebhookEndpointPayload, work)

    @mutation(Action.MANAGE_WEBHOOKS, "Change a webhook endpoint, disable it or enable it.")
    async def update_webhook_endpoint(
        self,
        info: strawberry.Info,
        input: Annotated[
            UpdateWebhookEndpointInput, strawberry.argument(description="Which, and what.")
        ],
    ) -> UpdateWebhookEndpointPayload:
        """Update an endpoint."""
        networks = info.context.runtime.settings.webhook_networks
        work = update_webhook_endpoint(info.context.caller, input.use_case(), networks=networks)
        return await answer(UpdateWebhookEndpointPayload, work)

    @mutation(
        Action.MANAGE_WEBHOOKS,
        "Remove a webhook endpoint permanently: pending deliveries are not sent, and its log "
        "stays.",
    )
    async def remove_webhook_endpoint(
        self,
        info: strawberry.Info,
        input: Annotated[RemoveWebhookEndpointInput, strawberry.argument(description="Which.")],
    ) -> RemoveWebhookEndpointPayload:
        """Remove an endpoint."""
        use_case = RemoveWebhookEndpoint(
            idempotency_key=input.idempotency_key,
            endpoint_id=required_id(input.endpoint_id, "WebhookEndpoint"),
        )
        work = remove_webhook_endpoint(info.context.caller, use_case)
        return await answer(RemoveWebhookEndpointPayload, work)

    @mutation(
        Action.MANAGE_WEBHOOKS,
        "Replace the secret of a webhook endpoint immediately. Requests are also signed with the "
        "former one for a day, or for as long as the operator has configured: replace it in the "
        "receiver in the meantime.",
    )
    async def rotate_webhook_secret(
        self,
        info: strawberry.Info,
        input: Annotated[RotateWebhookSecretInput, strawberry.argument(description="Which.")],
    ) -> RotateWebhookSecretPayload:
        """Rotate a secret."""
        use_case = RotateWebhookSecret(
            idempotency_key=input.idempotency_key,
            endpoint_id=required_id(input.endpoint_id, "WebhookEndpoint"),
        )
        hours = info.context.runtime.settings.webhook_secret_overlap_hours
        overlap = timedelta(hours=hours)
        work = rotate_webhook_secret(info.context.caller, use_case, overlap=overlap)
        return await answer(RotateWebhookSecretPayload, work)

    @mutation(
        Action.MANAGE_WEBHOOKS,
        "Send all events after a cursor to a webhook endpoint again, with the same ids. It costs "
        "the same however many they are.",
    )
    async def replay_webhook(
        self,
        info: strawberry.Info,
        input: Annotated[ReplayWebhookInput, strawberry.argument(description="Which, since when.")],
    ) -> ReplayWebhookPayload:
        """Replay events."""
        use_case = ReplayWebhook(
            idempotency_key=input.idempotency_key,
            endpoint_id=required_id(input.endpoint_id, "WebhookEndpoint"),
            after=input.after,
        )
        return await answer(ReplayWebhookPayload, replay_webhook(info.context.caller, use_case))

    @mutation(Action.MANAGE_WEBHOOKS, "Try a dead delivery again, now and by the whole schedule.")
    async def retry_webhook_delivery(
        self,
        info: strawberry.Info,
        input: Annotated[RetryWebhookDeliveryInput, strawberry.argument(description="Which.")],
    ) -> RetryWebhookDeliveryPayload:
        """Retry a delivery."""
        use_case = RetryWebhookDelivery(
            idempotency_key=input.idempotency_key,
            delivery_id=required_id(input.delivery_id, "WebhookDelivery"),
        )
        work = retry_webhook_delivery(info.context.caller, use_case)
        return await answer(RetryWebhookDeliveryPayload, work)

    @mutation(
        Action.MANAGE_WEBHOOKS,
        "Send a WEBHOOK_TEST_SENT event to one webhook endpoint, whatever its types.",
    )
    async def send_test_event(
        self,
        info: strawberry.Info,
        input: Annotated[SendTestEventInput, strawberry.argument(description="Which.")],
    ) -> SendTestEventPayload:
        """Send a test event."""
        use_case = SendTestEvent(
            idempotency_key=input.idempotency_key,
            endpoint_id=required_id(input.endpoint_id, "WebhookEndpoint"),
        )
        return await answer(SendTestEventPayload, send_test_event(info.context.caller, use_case))
