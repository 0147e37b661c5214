"""The subscription to all that happens."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated

import strawberry

from app.auth.policy import Action
from app.domain.events import EventType
from resolvers.error_mapping import ApiError, Code
from resolvers.permissions import require, subscription
from resolvers.subscription_payloads import deliver
from schema.events import Event
from schema.scalars import Cursor


@strawberry.type
class EventSubscriptions:
    """Events as they happen."""

    @subscription(
        Action.READ_EVENTS,
        "Events of one partner, or all that you may see, in order. With `after`, first everything "
        "since that cursor, then live: nothing is lost while you were away.",
    )
    async def partner_events(
        self,
        info: strawberry.Info,
        partner_id: Annotated[
            strawberry.ID | None,
            strawberry.argument(description="One partner; unset for all that you may see."),
        ] = None,
        types: Annotated[
            list[EventType] | None,
            strawberry.argument(description="Of one of these types; unset for all."),
        ] = None,
        after: Annotated[
            Cursor | None,
            strawberry.argument(
                description="The cursor of the last event you have; unset: only new events."
            ),
        ] = None,
    ) -> AsyncGenerator[Event, None]:
        """Deliver events."""
        require(info, Action.READ_EVENTS)
        if types is not None and not types:
            raise ApiError("Name a type of event, or leave out types.", Code.BAD_USER_INPUT)
        answers = deliver(info, types or list(EventType), partner_id, after)
        async with aclosing(answers):
            async for answer in answers:
                # The executor and both transports know what to do with it.
                yield answer  # type: ignore[misc]
