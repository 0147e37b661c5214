"""Tier programs: queries, import and publishing, and the subscription to tier changes."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated

import strawberry

from app.auth.policy import Action
from app.domain.errors import ErrorCode, Problem, Refused
from app.domain.events import EventType
from app.domain.programs.problems import ProgramError
from app.domain.programs.program_text import problems_of
from app.services.programs.program_versions import (
    ImportTierProgram,
    PublishProgramVersion,
    import_tier_program,
    publish_program_version,
)
from resolvers.payloads import answer
from resolvers.permissions import PUBLIC, mutation, query, require, subscription
from resolvers.subscription_payloads import deliver
from schema.errors import user_errors
from schema.events import TierChanged
from schema.inputs.programs import (
    ImportTierProgramInput,
    ImportTierProgramPayload,
    ProgramProblem,
    PublishProgramVersionInput,
    PublishProgramVersionPayload,
    program_problems,
)
from schema.node import required_id
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

    @query(
        Action.EDIT_PROGRAMS,
        "Everything that is wrong with the text of a tier program, by line (the first 200 "
        "problems); empty if `importTierProgram` would accept it as a draft. Nothing is written.",
    )
    async def validate_tier_program(
        self,
        info: strawberry.Info,
        text: Annotated[str, strawberry.argument(description="The program file, YAML or JSON.")],
    ) -> list[ProgramProblem]:
        """Check a program file."""
        # Reading a long text takes a while: not on the loop that serves all others.
        return program_problems(await asyncio.to_thread(problems_of, text))


@strawberry.type
class ProgramMutations:
    """Changes to tier programs."""

    @mutation(
        Action.EDIT_PROGRAMS,
        "Import a tier program from its file as the next version: a draft, unless `publish` is "
        "set.",
    )
    async def import_tier_program(
        self,
        info: strawberry.Info,
        input: Annotated[ImportTierProgramInput, strawberry.argument(description="The program.")],
    ) -> ImportTierProgramPayload:
        """Import a program."""
        use_case = ImportTierProgram(input.idempotency_key, input.text, input.publish)
        try:
            ids = await import_tier_program(info.context.caller, use_case)
        except ProgramError as error:
            return ImportTierProgramPayload(
                ids={},
                user_errors=user_errors([_in_text(error)]),
                problems=program_problems(error.problems),
            )
        except Refused as refused:
            return ImportTierProgramPayload(
                ids={}, user_errors=user_errors(refused.problems), problems=[]
            )
        return ImportTierProgramPayload(ids=ids, user_errors=[], problems=[])

    @mutation(
        Action.EDIT_PROGRAMS,
        "Publish a draft of a tier program. It is in force from its effective date, and never "
        "changes.",
    )
    async def publish_program_version(
        self,
        info: strawberry.Info,
        input: Annotated[PublishProgramVersionInput, strawberry.argument(description="The draft.")],
    ) -> PublishProgramVersionPayload:
        """Publish a draft."""
        use_case = PublishProgramVersion(
            input.idempotency_key, required_id(input.version_id, "ProgramVersion")
        )
        return await answer(
            PublishProgramVersionPayload, publish_program_version(info.context.caller, use_case)
        )


def _in_text(error: ProgramError) -> Problem:
    message = (
        f"The text has {len(error.problems)} problems, the first in line {error.problems[0].line}. "
        "Read `problems`, mend them and send it again."
    )
    return Problem(ErrorCode.INVALID, message, ("text",))


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
                description="The cursor of the last change you have; unset: only new events."
            ),
        ] = None,
    ) -> AsyncGenerator[TierChanged, None]:
        """Deliver tier changes."""
        require(info, Action.READ_EVENTS)
        answers = deliver(info, [EventType.TIER_CHANGED], partner_id, after)
        async with aclosing(answers):
            async for answer in answers:
                # The executor and both transports know what to do with it.
                yield answer  # type: ignore[misc]
