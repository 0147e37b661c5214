"""The plan of a selection: for each level one statement's text and a row-to-dict function.

A level is all rows of one relation, whatever their parents. Its statement reads the columns that
any of the selections on it asks for; each selection has a `Shape` that builds dicts from the rows.
Nothing in a plan is of one request: arguments are looked at when it runs.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.auth.policy import Action, lacks
from app.auth.scope import Audience
from app.domain.identity import Scope
from app.persistence.sql import Statement
from app.reads.errors import NotInScope
from app.reads.selection import Field, Selection
from app.reads.sources import Computed, Many, One, Page, TypeSource

# Stands in a connection's select list for the expression that a request orders by.
SORT = "{sort}"
# A level's texts differ by ordering and by which filters are set: more of them are not kept.
_MAX_TEXTS = 10


class Columns:
    """The select list of one statement: its key, then expressions without repetition."""

    def __init__(self, key: str) -> None:
        self.key = key
        self.sql: list[str] = []

    def index(self, expression: str) -> int:
        """Where an expression is in each row, behind the key; it is added if it is new."""
        if expression not in self.sql:
            self.sql.append(expression)
        return self.sql.index(expression) + 1


@dataclass(slots=True)
class Shape:
    """Builds the dicts of one selection from rows; its relations are filled in afterwards.

    `width` is how many characters its keys take in the answer; `heavy` says that some of its own
    values may be long: texts without a limit in the database, objects, lists.
    """

    make: Callable[[Sequence[Sequence[Any]]], list[dict[str, Any]]]
    width: int
    heavy: bool
    relations: list["Relation"] = field(default_factory=list)


@dataclass(slots=True)
class Relation:
    """A field that another statement fills in: from which source, for which column of the row.

    `refused` says why an APP gets no answer there. With `when`, a column and values, it is for the
    rows that have one of these values there.
    """

    key: str
    link: int
    source: One | Many | Page | Computed
    field: Field
    level: "Level | None"
    refused: NotInScope | None = None
    when: tuple[int, frozenset[str]] | None = None

    @property
    def required(self) -> bool:
        """Whether an object is promised there."""
        return isinstance(self.source, (One, Many)) and self.source.required

    @property
    def nullable(self) -> bool:
        """Whether null may stand there."""
        source = self.source
        if isinstance(source, Computed):
            return source.missing is None
        single = isinstance(source, One) or (isinstance(source, Many) and source.first)
        return single and not source.required  # type: ignore[union-attr]


@dataclass(slots=True)
class Level:
    """One statement: the type it reads, its columns and the shapes made of it.

    `texts` keeps the statement for each variant of the arguments that was asked for.
    """

    type: TypeSource
    columns: Columns
    shape: Shape | None = None
    connection: "ConnectionShape | None" = None
    texts: dict[Hashable, Statement] = field(default_factory=dict)

    def text(self, variant: Hashable, write: Callable[[], Statement]) -> Statement:
        """The statement of a variant, written at its first use."""
        found = self.texts.get(variant)
        if found is None:
            if len(self.texts) == _MAX_TEXTS:
                self.texts.clear()
            found = self.texts[variant] = write()
        return found


@dataclass(slots=True)
class ConnectionShape:
    """What is asked of a connection: node shapes by the field that asked, and the page's extras.

    A node shape comes with the path to its first node. `counts` says that the total is asked for.
    `width` is how many characters of the answer it takes once, `edge_width` those of each item.
    """

    selection: Selection
    nodes: dict[int, tuple[Shape, tuple[str | int, ...]]]
    width: int
    edge_width: int
    sort_index: int
    id_index: int
    counts: bool


@dataclass(frozen=True, slots=True)
class Viewpoint:
    """All that a plan depends on besides the selection: the actor's audience and scopes."""

    audience: Audience
    scopes: frozenset[Scope] | None = None


def check_scope(scopes: frozenset[Scope] | None, permission: Action | None, what: str) -> None:
    """Raise NotInScope if an APP's scopes do not cover what is asked for."""
    if permission and (missing := lacks(scopes, permission)):
        raise NotInScope(f"The API key lacks the scope {missing}: it cannot read {what}.")
