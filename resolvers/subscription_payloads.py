"""What subscribers are sent: read and encoded once for all whose answers would be the same."""

import asyncio
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import strawberry
from graphql import FragmentSpreadNode, Node, VariableNode, Visitor, visit
from strawberry.types.execution import ExecutionResult

from app.auth import scope
from app.budgets import BudgetExceeded
from app.context import Context
from app.domain.events import EventType
from app.encoding import to_json
from app.events.single_flight import SingleFlight
from app.events.stream import PublishedEvent
from app.reads.errors import BadArgument, Failed, NotInScope, TooLarge
from app.reads.reader import Partial, Planned
from app.reads.selection import Asked
from resolvers.error_mapping import ApiError, Code
from schema.node import exists, row_id
from schema.planned import selection_of


@dataclass
class Encoded(ExecutionResult):
    """A result with its JSON: `{"data": {...}}`. Many may hold the same one: nobody changes it."""

    json: bytes = b""


def extended(result: Encoded, extensions: dict[str, Any]) -> Encoded:
    """A shared result for one subscriber, with `extensions` of its own."""
    json = result.json[:-1] + b',"extensions":' + to_json(extensions) + b"}"
    return Encoded(result.data, None, extensions, json=json)


def encode(result: ExecutionResult) -> bytes:
    """A result as JSON. One of an operation that was never executed has no `data`."""
    if isinstance(result, Encoded):
        return result.json
    content: dict[str, Any] = {}
    errors = result.errors or []
    if result.data is not None or any(error.path is not None for error in errors) or not errors:
        content["data"] = result.data
    if errors:
        content["errors"] = [error.formatted for error in errors]
    if result.extensions:
        content["extensions"] = result.extensions
    return to_json(content)


# Encoded, or what the executor has to complete: data in which a field failed, or an error of the
# whole answer. It is the answer to one event: the next one is delivered all the same.
Answer = Encoded | Partial | Exception


class Answers:
    """The answers to subscribers with equal selection, arguments in it, and rights."""

    __slots__ = ("__weakref__", "_actor", "_asked", "_response_key", "_runtime", "_under_way")

    def __init__(self, context: Context, asked: Asked, response_key: str) -> None:
        # Not the context: it is of one subscriber, and this one may be the first to go.
        self._runtime = context.runtime
        self._actor = context.actor
        self._asked = asked
        self._response_key = response_key
        self._under_way = SingleFlight()

    async def first_of(self, events: Sequence[PublishedEvent]) -> tuple[list[Answer], int]:
        """The answers to the first of some events, and to how many: all, if it is not too much.

        With the rights as they are now: there is none to an event that may not be seen. Read once
        for all who ask the same at the same time.
        """
        ids = tuple([event.id for event in events])
        return await self._under_way.ask(ids, self._read, ids)

    async def _read(self, ids: tuple[UUID, ...]) -> tuple[list[Answer], int]:
        # The context of one answer, which is of limited size.
        context = Context(self._runtime, self._actor, "")
        try:
            found = await context.reads.by_keys(self._asked, ids)
        except (BadArgument, Failed, NotInScope, TooLarge) as refused:
            if len(ids) == 1:
                return [refused], 1
            # Each event is an answer of its own: it may be the size of all, or one of the others.
            return await self._read(ids[: len(ids) // 2])
        made = [found[str(id)] for id in ids if str(id) in found]
        return [self._answer(each) for each in made], len(ids)

    def _answer(self, made: Planned) -> Answer:
        if isinstance(made, Partial):
            return made
        data = {self._response_key: made}
        return Encoded(data, None, json=to_json({"data": data}))


def answers_for(info: strawberry.Info) -> Answers:
    """What gives this subscriber its answers, shared with all who would get the same."""
    context: Context = info.context
    actor, stream = context.actor, context.runtime.stream
    assert stream is not None
    asked = selection_of(info)
    # All of the actor that planned reads look at. Variables, which may be lists or objects, are
    # compared by their text.
    rights = (scope.audience(actor), actor.scopes, *scope.values(actor).values())
    key = (Answers, asked.key, repr(_variables(info)), rights)
    answers: Answers | None = stream.shared.get(key)
    if answers is None:
        answers = stream.shared[key] = Answers(context, asked, str(info.path.key))
    return answers


async def deliver(
    info: strawberry.Info,
    types: Iterable[EventType],
    partner_id: str | None,
    after: str | None,
) -> AsyncGenerator[Answer, None]:
    """The answers to events of these types, of one partner or of all that the actor may see.

    In order, without end. What is there already comes only as fast as the actor's budget pays for
    it: it is the actor who asks for that. Raises ApiError BAD_USER_INPUT if there is no such
    partner.
    """
    context: Context = info.context
    stream = context.runtime.stream
    assert stream is not None
    if partner_id is not None and not await exists(info, partner_id):
        # Waiting in silence for what never comes would be worse than an answer.
        raise ApiError("There is no such partner.", Code.BAD_USER_INPUT)
    answers = answers_for(info)
    # Up to here it is past, for this subscriber: others who share the answers came at other times.
    past = 0 if after is None or context.tab is None else await stream.newest()
    paid = 0
    while True:
        batches = stream.events(
            context.actor, types=types, partner_id=row_id(partner_id, "Partner"), after=after
        )
        try:
            async with aclosing(batches):
                async for events in batches:
                    while events:
                        some = len(events)
                        if old := sum(event.sequence <= past for event in events):
                            assert context.tab is not None
                            paid = paid or context.tab.pay(old)
                            some = min(some, paid)
                        told, count = await answers.first_of(events[:some])
                        paid = max(0, paid - count)
                        after = events[count - 1].cursor
                        events = events[count:]
                        for answer in told:
                            yield answer
        except BudgetExceeded as empty:
            # Then read anew: only that tells if some were deleted meanwhile.
            await asyncio.sleep(empty.retry_after)


def _variables(info: strawberry.Info) -> list[tuple[str, Any]]:
    """The variables that the selection names: those of the field itself are not the answer's."""
    raw = info._raw_info
    # Strawberry gives resolvers the plain values in place of graphql-core's container.
    variables: Mapping[str, Any] = raw.variable_values  # type: ignore[assignment]
    found = _Names()
    waiting: list[Node] = [node.selection_set for node in raw.field_nodes if node.selection_set]
    while waiting:
        visit(waiting.pop(), found)
        waiting += [raw.fragments[name] for name in found.new_fragments()]
    return [(name, variables.get(name)) for name in sorted(found.variables)]


class _Names(Visitor):
    """The variables and fragments that are named."""

    def __init__(self) -> None:
        super().__init__()
        self.variables: set[str] = set()
        self._fragments: set[str] = set()
        self._new: set[str] = set()

    def new_fragments(self) -> set[str]:
        """Those that were found since the last call, and not before."""
        new, self._new = self._new - self._fragments, set()
        self._fragments |= new
        return new

    def enter_variable(self, node: VariableNode, *_: Any) -> None:
        """A variable, in an argument or a directive."""
        self.variables.add(node.name.value)

    def enter_fragment_spread(self, node: FragmentSpreadNode, *_: Any) -> None:
        """A fragment, which may name more."""
        self._new.add(node.name.value)
