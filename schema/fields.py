"""How a type in `schema/` says where its fields come from: once, at the field.

Each helper returns a Strawberry field that carries its source. A field without a resolver and
without a source is an error that `catalogue.py` finds at start.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

import strawberry
from strawberry.annotation import StrawberryAnnotation
from strawberry.types.arguments import StrawberryArgument

from app.auth.policy import Action
from app.auth.scope import Audience
from app.persistence.models.base import Record
from app.reads.pages import DEFAULT_SIZE, MAX_SIZE
from app.reads.sources import (
    Column,
    Computed,
    Derived,
    Either,
    Fetch,
    Filter,
    Kind,
    Many,
    One,
    Page,
    Paging,
    Wanted,
)
from schema.scalars import Cursor

SOURCE = "source"
MODEL = "__model__"
JOIN = "__join__"
PERMISSION = "__permission__"


def reads(
    model: type[Record], permission: Action | None = None, join: str = ""
) -> Callable[[type], type]:
    """Say which model an object type is read from, and what its statements join besides.

    `permission` is what an APP needs to read it, wherever it is met; None for types that concern
    nobody in particular, such as plans.
    """

    def mark(cls: type) -> type:
        setattr(cls, MODEL, model)
        setattr(cls, JOIN, join)
        setattr(cls, PERMISSION, permission)
        return cls

    return mark


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument of a computed field, which may be left out or null."""

    type: Any
    description: str
    default: Any = strawberry.UNSET


def id_column() -> Any:
    """The global id."""
    return _field(Column("t.id", "id"), "Opaque and stable; unique among all objects of the API.")


def column(
    description: str,
    sql: str | None = None,
    kind: Kind | None = None,
    only: frozenset[Audience] | None = None,
) -> Any:
    """A column: by default the one of the field's own name, its kind told by the model."""
    return _field((sql, kind, only), description)


def derived(
    description: str,
    make: Callable[..., Any],
    *columns: Column,
    only: frozenset[Audience] | None = None,
) -> Any:
    """A value that a pure function makes from columns."""
    return _field(Derived(columns, make, only), description)


def one(description: str, link: str, target: str = "t.id") -> Any:
    """The object that this row refers to: `link` is the column here, `target` the one there."""
    return _field(lambda name, required: One(name, link, target, required), description)


def either(description: str, link: str, kind: str, types: Mapping[str, str]) -> Any:
    """The object with the id in `link`, of the type whose name `types` has for the row's `kind`.

    The field's own type is an interface or a union; null where there is none to see.
    """
    return _field(Either(types, kind, link), description)


def many(
    description: str,
    key: str,
    order: str,
    link: str = "t.id",
    join: str = "",
    where: str = "",
    arguments: Mapping[str, tuple[Any, str, Filter]] | None = None,
    only: frozenset[Audience] | None = None,
    permission: Action | None = None,
    required: Collection[str] = (),
) -> Any:
    """All objects that refer to this row: a list, or (annotated as one object) the first of them.

    `arguments` maps a name to (type, description, filter). For others than `only` there are none.
    `permission` is what an APP needs, where the type alone asks for less; `required` are the
    arguments that have to be given.
    """
    given = arguments or {}
    filters = {name: spec[2] for name, spec in given.items()}
    field = _field(
        lambda name, required, is_list=False: Many(
            name, key, order, link, join, where, filters, not is_list, required, only, permission
        ),
        description,
    )
    field.arguments = [
        _argument(name, spec[0], spec[1], name in required) for name, spec in given.items()
    ]
    return field


def page(
    description: str,
    key: str,
    paging: Paging,
    where: type | None = None,
    order_by: type | None = None,
    join: str = "",
    condition: str = "",
) -> Any:
    """A connection of all objects whose `key` is this row's id."""
    field = _field(lambda name, required: Page(name, key, paging, join, condition), description)
    field.arguments = page_arguments(where, order_by)
    return field


def computed(
    description: str,
    load: Callable[[Fetch, Wanted], Awaitable[Mapping[str, Any]]],
    missing: Any = None,
    link: str = "t.id",
    arguments: Mapping[str, Argument] | None = None,
    permission: Action | None = None,
) -> Any:
    """Plain data that a batch function makes for all rows at once.

    `permission` is what an APP needs, where the type of the rows asks for less.
    """
    field = _field(Computed(load, missing, link, permission), description)
    field.arguments = [
        _argument(name, spec.type, spec.description, default=spec.default)
        for name, spec in (arguments or {}).items()
    ]
    return field


def page_arguments(where: type | None, order_by: type | None) -> list[StrawberryArgument]:
    """The arguments of every connection, and those that this one has besides."""
    arguments = [
        _argument(
            "first", int, f"The number of items, forward: 1–{MAX_SIZE}, default {DEFAULT_SIZE}."
        ),
        _argument("after", Cursor, "Return the items after this cursor."),
        _argument("last", int, f"The number of items, backward: 1–{MAX_SIZE}."),
        _argument("before", Cursor, "Return the items before this cursor."),
    ]
    if where:
        arguments.append(
            _argument("where", where, "Only items that match all of these conditions.")
        )
    if order_by:
        arguments.append(_argument("order_by", order_by, "The ordering; the id breaks ties."))
    return arguments


def _argument(
    name: str, type_: Any, description: str, required: bool = False, default: Any = strawberry.UNSET
) -> StrawberryArgument:
    annotation = StrawberryAnnotation(type_ if required else type_ | None)
    told = {} if required else {"default": default}
    return StrawberryArgument(name, None, annotation, description=description, **told)


def _field(source: Any, description: str) -> Any:
    return strawberry.field(description=description, metadata={SOURCE: source})
