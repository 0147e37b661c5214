"""Queries on tier programs, and the subscription to tier changes."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated

import strawberry

from app.auth.policy import Action
from app.domain.events import EventType
from resolvers.deliveries import answers_for
from resolvers.error_mapping import ApiError, Code
from resolvers.permissions import PUBLIC, query, require, subscription
from schema.events import TierChanged
from schema.node import exists, row_id
from schema.planned import selection_of
from schema.programs import TierProgram
from schema.scalars import Cursor


@strawberry.type
class ProgramQueries:
    """Programs. Public: what a published program says is no secret; standings are scoped."""

    @query(PUBLIC, "A tier program by key; null if there is none.")
    async def tier_program(
        self,
        info: strawberry.Info,
        key: Annotated[str, strawberry.argument(description="Its key.")],
    ) -> TierProgram | None:
        """One program."""
        return await info.context.reads.one(selection_of(info), key, "t.key")

    @query(PUBLIC, "All tier programs, oldest first.")
    async def tier_programs(self, info: strawberry.Info) -> list[TierProgram]:
        """All programs."""
        return await info.context.reads.many(selection_of(info), "t.id")


@strawberry.type
class ProgramSubscriptions:
    """Tier changes as they happen."""

    @subscription(
        Action.READ_EVENTS,
        "Tier changes of one partner, or of all that you may see, in order. With `after`, first "
        "everything since that cursor, then live: nothing is lost while you were away.",
    )
    async def tier_changed(
        self,
        info: strawberry.Info,
        partner_id: Annotated[
            strawberry.ID | None,
            strawberry.argument(description="One partner; unset for all that you may see."),
        ] = None,
        after: Annotated[
            Cursor | None,
            strawberry.argument(
                description="The cursor of the last change you have; unset: only "
                "what happens from now on."
            ),
        ] = None,
    ) -> AsyncGenerator[TierChanged, None]:
        """Deliver tier changes."""
        require(info, Action.READ_EVENTS)
        context = info.context
        if partner_id is not None and not await exists(info, partner_id):
            # Waiting in silence for what never comes would be worse than an answer.
            raise ApiError("There is no such partner.", Code.BAD_USER_INPUT)
        batches = context.runtime.stream.events(
            context.actor,
            types=[EventType.TIER_CHANGED],
            partner_id=row_id(partner_id, "Partner"),
            after=after,
        )
        answers = answers_for(info)
        async with aclosing(batches):
            async for events in batches:
                done = 0
                while done < len(events):
                    told, count = await answers.first_of(events[done:])
                    for answer in told:
                        # The executor and both transports know what to do with it.
                        yield answer  # type: ignore[misc]
                    done += count
