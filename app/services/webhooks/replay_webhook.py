"""Events are sent to an endpoint again, from a cursor on."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from tortoise.expressions import F

from app.domain.errors import ErrorCode, refuse
from app.domain.events import EventType
from app.events import cursors
from app.events.cursors import InvalidCursor
from app.persistence.models import Event, Vendor, WebhookEndpoint
from app.services.inputs import arguments
from app.services.use_case import Caller, Done, perform
from app.services.webhooks.endpoints import FIELD, lock_endpoint, require_enabled, tell

AFTER = "after"


@dataclass(frozen=True, slots=True)
class ReplayWebhook:
    """An endpoint, and the cursor of the last event that is not to be sent again."""

    idempotency_key: str
    endpoint_id: UUID
    after: str


async def replay_webhook(caller: Caller, input: ReplayWebhook) -> Mapping[str, UUID]:
    """Send all events behind a cursor again; gives the id `webhook_endpoint`.

    It costs the same however many they are: the endpoint's position goes back, in a round of its
    own, and the dispatcher does the rest. Raises Refused with NOT_FOUND or WRONG_STATE at
    `endpointId`, and INVALID at `after` for a cursor that is not ours, ahead of all events, or
    behind which events were deleted.
    """

    async def work(now: datetime) -> Done:
        endpoint = await lock_endpoint(caller, input.endpoint_id)
        require_enabled(endpoint, FIELD)
        after = await _sequence(input.after)
        await WebhookEndpoint.filter(id=endpoint.id).update(
            # Never forward: what lies between was not sent yet.
            position=min(after, endpoint.position),
            round=F("round") + 1,
        )
        await tell(EventType.WEBHOOK_REPLAYED, caller, endpoint, now, {"after": input.after})
        return Done(endpoint.id, endpoint.partner_id, {"webhook_endpoint": endpoint.id})

    return await perform(caller, "replayWebhook", input.idempotency_key, arguments(input), work)


async def _sequence(cursor: str) -> int:
    """The sequence that a cursor represents. Raises Refused at `after`."""
    try:
        sequence = cursors.decode(cursor)
    except InvalidCursor as error:
        message = "This is not an event cursor. Send the `cursor` of an event as you received it."
        raise refuse(ErrorCode.INVALID, message, AFTER) from error
    newest = await Event.filter(sequence__isnull=False).order_by("-sequence").first()
    if sequence > ((newest and newest.sequence) or 0):
        message = "This cursor is ahead of the newest event: it is from another database."
        raise refuse(ErrorCode.INVALID, message, AFTER)
    vendor = await Vendor.first()
    if vendor and sequence < vendor.events_deleted_through:
        message = "Events behind this cursor were deleted. Replay from a newer one."
        raise refuse(ErrorCode.INVALID, message, AFTER)
    return sequence
