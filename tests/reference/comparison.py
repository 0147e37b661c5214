"""Asks the planned path and the reference the same, and says whether they answer the same."""

from collections import Counter
from dataclasses import dataclass
from itertools import product
from typing import Any

from structlog.testing import capture_logs

from app.auth.actor import Actor
from app.context import Context, Runtime
from app.encoding import to_json
from app.graphql.endpoint import ApiSchema
from tests.reference.field_reads import Memory, ReferenceContext
from tests.reference.population import Population

# Keys from the root, without positions in lists.
Path = tuple[str, ...]


@dataclass(frozen=True)
class Problem:
    """An error as a caller gets it, and `null`: where the answer is null because of it."""

    code: str
    message: str
    path: Path
    null: Path


@dataclass(frozen=True)
class Answer:
    """What a caller gets: data as JSON text, so that order and kinds of values count; errors."""

    data: Any
    errors: frozenset[Problem]

    @property
    def text(self) -> bytes:
        return to_json(self.data)

    @property
    def executed(self) -> bool:
        """Whether the document was neither invalid nor too large."""
        return self.data is not None or any(problem.path for problem in self.errors)

    @property
    def says_something(self) -> bool:
        """Whether any value but type names is there."""
        return _says_something(self.data)


@dataclass(frozen=True)
class Pair:
    """Both paths over one database."""

    runtime: Runtime
    planned: ApiSchema
    reference: ApiSchema
    population: Population
    memory: Memory
    # How many answers there were, and of which kinds.
    tally: Counter[str]

    def __repr__(self) -> str:
        return "Pair"

    async def ask(
        self, actor_name: str, document: str, variables: dict[str, Any]
    ) -> tuple[Answer, Answer]:
        """The answers of the planned path and of the reference."""
        actor = self.population.actors[actor_name]
        of_reference = self._context(actor, ReferenceContext, memory=self.memory)
        # A traceback for people takes longer than a hundred answers.
        with capture_logs():
            planned = await _answer(
                self.planned, self._context(actor, Context), document, variables
            )
            reference = await _answer(self.reference, of_reference, document, variables)
        return planned, reference

    async def differs(self, actor_name: str, document: str, variables: dict[str, Any]) -> bool:
        """Whether the two answer differently."""
        planned, reference = await self.ask(actor_name, document, variables)
        return not same(planned, reference)

    def _context(self, actor: Actor, kind: Any, **more: Any) -> Context:
        context: Context = kind(self.runtime, actor, "correlation", **more)
        return context


def same(one: Answer, other: Answer) -> bool:
    """Whether two answers are the same."""
    return one.text == other.text and same_errors(one, other)


def same_errors(one: Answer, other: Answer) -> bool:
    """Whether two answers have the same errors, each at least once.

    Where several fields fail that may not be null, their parent is null for any of the reasons:
    GraphQL leaves open which of them are told, if only one is.
    """
    places = {problem.null for problem in one.errors | other.errors}
    return all(_same_at(place, one, other) for place in places)


def _same_at(place: Path, one: Answer, other: Answer) -> bool:
    mine = {problem for problem in one.errors if problem.null == place}
    theirs = {problem for problem in other.errors if problem.null == place}
    if mine == theirs:
        return True
    below = all(len(problem.path) > len(place) for problem in mine | theirs)
    return below and bool(mine) and bool(theirs) and not _contradict(mine, theirs)


def _contradict(mine: set[Problem], theirs: set[Problem]) -> bool:
    """Whether the two say something else of one field, or the same of a field and one within."""
    return any(
        one.path == other.path or (one.message == other.message and _within(one, other))
        for one, other in product(mine, theirs)
        if one != other
    )


def _within(one: Problem, other: Problem) -> bool:
    shared = min(len(one.path), len(other.path))
    return one.path[:shared] == other.path[:shared]


async def _answer(
    schema: ApiSchema, context: Context, document: str, variables: dict[str, Any]
) -> Answer:
    result = await schema.execute(document, variable_values=variables, context_value=context)
    errors = frozenset(_problem(error, result.data) for error in result.errors or ())
    return Answer(result.data, errors)


def _problem(error: Any, data: Any) -> Problem:
    path = list(error.path or ())
    there, reached = data, 0
    while there is not None and reached < len(path):
        there = there[path[reached]]
        reached += 1
    code = str((error.extensions or {}).get("code"))
    return Problem(code, error.message, _keys(path), _keys(path[:reached]))


def _keys(path: list[Any]) -> Path:
    return tuple(key for key in path if isinstance(key, str))


def _says_something(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_says_something(item) for key, item in value.items() if key != "__typename")
    if isinstance(value, list):
        return any(map(_says_something, value))
    return value is not None
