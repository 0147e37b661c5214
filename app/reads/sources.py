"""Where the data of a type comes from. `schema/` declares it once for each field.

SQL expressions are over the alias `t` of the type's table, and over the aliases that a `join`
brings. Every statement gets the actor's scope on `t` from the model's tenancy, and may name `:now`,
the moment of the request.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

from app.auth.actor import Actor
from app.auth.policy import Action
from app.auth.scope import Audience
from app.persistence.database import Dialect
from app.persistence.models.base import Record

Kind = Literal["text", "int", "bool", "uuid", "time", "decimal", "json", "id"]


@dataclass(frozen=True, slots=True)
class Column:
    """A value of the row itself."""

    sql: str
    kind: Kind
    only: frozenset[Audience] | None = None


@dataclass(frozen=True, slots=True)
class Derived:
    """A value made from columns of the row by a pure function: a scalar or plain data."""

    columns: tuple[Column, ...]
    make: Callable[..., Any]
    only: frozenset[Audience] | None = None


@dataclass(frozen=True, slots=True)
class Filter:
    """One condition that an argument adds: `{v}` in the SQL is the argument's value.

    With `many`, `sql` is an expression that must be among the values; `inside` is what that
    condition, `{among}`, stands in. A condition that looks into another table names its model as
    `over`, and has `{scope}` in it (alias `t`): a filter must not tell what a field would hide.
    `permission` is what an APP needs for it.
    """

    sql: str
    many: bool = False
    inside: str = "{among}"
    over: type[Record] | None = None
    permission: Action | None = None
    convert: Callable[[Any], Any] = lambda value: value


@dataclass(frozen=True, slots=True)
class One:
    """The object whose `target` column equals this row's `link` expression."""

    type_name: str
    link: str
    target: str = "t.id"
    required: bool = False


@dataclass(frozen=True, slots=True)
class Either:
    """The object of one of several types whose id is this row's `link`, or null.

    The value of `kind` tells which: `types` gives the type's name for each.
    """

    types: Mapping[str, str]
    kind: str
    link: str


@dataclass(frozen=True, slots=True)
class Many:
    """The objects whose `key` expression equals this row's `link`, all of them, in one order.

    With `first` it is the first of them as a single object, or null.
    """

    type_name: str
    key: str
    order: str
    link: str = "t.id"
    join: str = ""
    where: str = ""
    filters: Mapping[str, Filter] = field(default_factory=dict)
    first: bool = False
    required: bool = False
    only: frozenset[Audience] | None = None
    # What an APP needs for the relation, where its type alone asks for less.
    permission: Action | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """An ordering of a connection: a column that is never null; the id breaks ties."""

    sql: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Paging:
    """How a type is paged: its orderings (by enum value), the default one, its filters.

    `where` is what all of its rows meet, whatever is asked.
    """

    orders: Mapping[str, Order]
    default: str
    filters: Mapping[str, Filter] = field(default_factory=dict)
    descending: bool = False
    where: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """A connection: the objects whose `key` equals this row's id, page by page."""

    type_name: str
    key: str
    paging: Paging
    join: str = ""
    where: str = ""

    @property
    def link(self) -> str:
        """The id: a connection is there for every row."""
        return "t.id"


class Fetch(Protocol):
    """Runs one statement for a batch function.

    In the SQL, `{scope}` is the actor's scope on the model (alias `t`), and `{keys}` after an
    expression says that it must be among the keys: `t.partner_id{keys}`. It may name `:now` and
    the `values` given; a list is one value, for `in_list`.
    """

    @property
    def dialect(self) -> Dialect:
        """Of the database."""
        ...

    def __call__(
        self, model: type[Record], sql: str, values: Mapping[str, Any] | None = None
    ) -> Awaitable[Sequence[Mapping[str, Any]]]:
        """The rows."""
        ...


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked of a computed field in one request.

    `arguments` has those that are given, by Python name. `sign` turns a path of the service into a
    signed address that opens for a short time. `names` are the fields selected below, at
    any depth: what nobody asks for need not be loaded. None: not known. `actor` is who asks.
    """

    arguments: Mapping[str, Any]
    now: datetime
    sign: Callable[[str], str]
    actor: Actor
    names: frozenset[str] | None = None

    def wants(self, name: str) -> bool:
        """Whether a field of this name is asked for somewhere below."""
        return self.names is None or name in self.names


@dataclass(frozen=True, slots=True)
class Computed:
    """Plain data for all rows of a level at once, by a batch function.

    `load` returns plain data by key as text; `missing` represents rows without. It raises
    BadArgument for arguments that it cannot take. `permission` is what an APP needs.
    """

    load: Callable[[Fetch, Wanted], Awaitable[Mapping[str, Any]]]
    missing: Any = None
    link: str = "t.id"
    permission: Action | None = None


Source = Column | Derived | One | Either | Many | Page | Computed


@dataclass(frozen=True, slots=True)
class TypeSource:
    """An object type: its model, what its statements join besides, and each field's source.

    `permission` is what an APP needs to read it; None for what concerns nobody in particular.
    """

    name: str
    model: type[Record]
    fields: Mapping[str, Source]
    join: str = ""
    permission: Action | None = None

    @property
    def table(self) -> str:
        """The table's name."""
        return self.model._meta.db_table


Catalogue = Mapping[str, TypeSource]
