"""Makes the plan of a selection: which statements, which columns, and the functions over rows."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from tortoise.fields import CharField

from app.auth.scope import sees_all
from app.domain.ids import id_prefix
from app.reads.budget import VALUE
from app.reads.convert import converter
from app.reads.errors import NotInScope
from app.reads.plan import (
    SORT,
    Columns,
    ConnectionShape,
    Level,
    Relation,
    Shape,
    Viewpoint,
    check_scope,
)
from app.reads.selection import TYPENAME, Field, Selection, plain
from app.reads.sources import (
    Catalogue,
    Column,
    Computed,
    Derived,
    Either,
    Many,
    One,
    Page,
    Source,
    TypeSource,
)

# Fields whose values are made for the answer, and about how long one is.
_CURSORS = ("cursor", "startCursor", "endCursor")
_CURSOR = 100


class Planner:
    """Compiles selections over a catalogue for one viewpoint."""

    def __init__(self, catalogue: Catalogue, viewpoint: Viewpoint) -> None:
        self._catalogue = catalogue
        self._viewpoint = viewpoint

    def objects(self, selection: Selection, key: str = "t.id") -> Level:
        """The level for whole objects of the selection's type, keyed by an expression.

        Raises NotInScope if an APP's scopes do not cover the type, or one below it.
        """
        source = self._type(selection.type_name)
        columns = Columns(key)
        return Level(source, columns, shape=self._shape(source, selection, columns))

    def connection(self, type_name: str, asked: Selection, key: str) -> Level:
        """The level for a page of a connection. Raises NotInScope like `objects`."""
        source = self._type(type_name)
        columns = Columns(key)
        # What cursors are made of, where there are any.
        sort_index = id_index = 0
        if _has_cursors(asked):
            sort_index, id_index = columns.index(SORT), columns.index("t.id")
        nodes: dict[int, tuple[Shape, tuple[str | int, ...]]] = {}
        width, edge_width, counts = _width(asked), 0, False
        for part in asked.fields:
            if part.name == "nodes" and part.selection:
                shape = self._shape(source, part.selection, columns)
                nodes[id(part)] = shape, (part.key, 0)
            elif part.name == "edges" and part.selection:
                edge_width += _width(part.selection)
                for inner in part.selection.fields:
                    if inner.name == "node" and inner.selection:
                        shape = self._shape(source, inner.selection, columns)
                        nodes[id(inner)] = shape, (part.key, 0, inner.key)
            elif part.selection:
                width += _width(part.selection)
            counts = counts or part.name == "totalCount"
        connection = ConnectionShape(asked, nodes, width, edge_width, sort_index, id_index, counts)
        return Level(source, columns, connection=connection)

    def _type(self, name: str) -> TypeSource:
        source = self._catalogue[name]
        check_scope(self._viewpoint.scopes, source.permission, name)
        return source

    def _shape(self, source: TypeSource, selection: Selection, columns: Columns) -> Shape:
        parts: list[str] = []
        names: dict[str, Any] = {}
        relations: list[Relation] = []
        for position, asked in enumerate(selection.fields):
            code = self._value(source, asked, columns, names, relations, position)
            parts.append(f"{asked.key!r}: {code}")
        # Generated once for each selection, so that a row costs no call. Nothing in the text comes
        # from outside but response keys, which are GraphQL names and quoted.
        make = eval(f"lambda rows: [{{{', '.join(parts)}}} for r in rows]", names)
        heavy = any(_may_be_long(source, asked.name) for asked in selection.fields)
        return Shape(make, _width(selection), heavy, relations)

    def _value(
        self,
        source: TypeSource,
        asked: Field,
        columns: Columns,
        names: dict[str, Any],
        relations: list[Relation],
        position: int,
    ) -> str:
        """The Python expression for one field, over the row `r`."""
        if asked.name == TYPENAME:
            return repr(source.name)
        found = source.fields[asked.name]
        if not self._may_see(found):
            return "[]" if isinstance(found, Many) and not found.first else "None"
        if isinstance(found, Column):
            value = _column(found, source.name, columns, names)
            if asked.selection is None:
                return value
            names[f"f{position}"] = _shaper(asked.selection)
            return f"f{position}({value})"
        if isinstance(found, Derived):
            values = [_column(column, source.name, columns, names) for column in found.columns]
            names[f"f{position}"] = _derived(found, asked)
            return f"f{position}({', '.join(values)})"
        if isinstance(found, Either):
            relations += self._choices(found, asked, columns)
            return "None"
        link = columns.index(found.link)
        try:
            if isinstance(found, One) and (same := self._in_the_link(found, asked)):
                names[f"f{position}"] = same
                return f"f{position}(r[{link}])"
            relations.append(Relation(asked.key, link, found, asked, self._level(found, asked)))
        except NotInScope as refused:
            relations.append(Relation(asked.key, link, found, asked, None, refused))
        return "None"

    def _choices(self, source: Either, asked: Field, columns: Columns) -> Iterator[Relation]:
        """A relation for each type that the object could be of."""
        kind, link = columns.index(source.kind), columns.index(source.link)
        for name in dict.fromkeys(source.types.values()):
            one = One(name, source.link)
            field = replace(asked, selection=asked.choices[name], choices={})
            when = kind, frozenset(value for value, type_ in source.types.items() if type_ == name)
            try:
                yield Relation(asked.key, link, one, field, self._level(one, field), when=when)
            except NotInScope as refused:
                yield Relation(asked.key, link, one, field, None, refused, when)

    def _in_the_link(self, source: One, asked: Field) -> Callable[..., Any] | None:
        """What makes an object of which the link tells all that is asked, such as a plan's code.

        It needs no statement of its own, if it is there and everybody may see it.
        """
        target = self._type(source.type_name)
        if asked.selection is None or not source.required or target.join:
            return None
        if not sees_all(target.model.tenancy, self._viewpoint.audience):
            return None
        parts: list[str] = []
        names: dict[str, Any] = {}
        for inner in asked.selection.fields:
            column = target.fields.get(inner.name)
            if inner.name == TYPENAME:
                parts.append(f"{inner.key!r}: {target.name!r}")
            elif isinstance(column, Column) and column.sql == source.target:
                names["c"] = converter(column.kind, target.name) or (lambda value: value)
                parts.append(f"{inner.key!r}: c(v)")
            else:
                return None
        return eval(f"lambda v: {{{', '.join(parts)}}}", names)

    def _level(self, source: One | Many | Page | Computed, asked: Field) -> Level | None:
        if isinstance(source, Computed):
            check_scope(self._viewpoint.scopes, source.permission, asked.name)
            return None
        if asked.selection is None:
            raise TypeError(f"{asked.name} is an object and needs a selection")
        if isinstance(source, Page):
            return self.connection(source.type_name, asked.selection, source.key)
        if isinstance(source, Many):
            check_scope(self._viewpoint.scopes, source.permission, asked.name)
        key = source.target if isinstance(source, One) else source.key
        return self.objects(asked.selection, key)

    def _may_see(self, source: Source) -> bool:
        only = getattr(source, "only", None)
        return only is None or self._viewpoint.audience in only


def _width(selection: Selection) -> int:
    """How many characters the keys of a selection and its cursors take in the answer.

    Those of objects in it are counted where they are made, by the relation or the value.
    """
    return sum(
        len(f.key) + VALUE + (_CURSOR if f.name in _CURSORS else 0) for f in selection.fields
    )


def _has_cursors(asked: Selection) -> bool:
    return any(
        inner.name in _CURSORS
        for part in asked.fields
        if part.selection
        for inner in part.selection.fields
    )


def _may_be_long(source: TypeSource, name: str) -> bool:
    found = source.fields.get(name)
    if isinstance(found, Column) and found.kind == "text":
        field = source.model._meta.fields_map.get(found.sql.removeprefix("t."))
        return not isinstance(field, CharField)
    return isinstance(found, Derived) or (isinstance(found, Column) and found.kind == "json")


def _column(column: Column, type_name: str, columns: Columns, names: dict[str, Any]) -> str:
    if column.kind == "id":
        # Made by the database: a page has hundreds, and a UUID object is slow to make and to read.
        return f"r[{columns.index(_global_id(column.sql, type_name))}]"
    value = f"r[{columns.index(column.sql)}]"
    convert = converter(column.kind, type_name)
    if convert is None:
        return value
    name = f"c_{column.kind}"
    names[name] = convert
    return f"({name}({value}) if {value} is not None else None)"


def _global_id(sql: str, type_name: str) -> str:
    return f"'{id_prefix(type_name)}' || replace(CAST({sql} AS TEXT), '-', '')"


def _derived(source: Derived, asked: Field) -> Callable[..., Any]:
    if asked.selection is None:
        return source.make
    return lambda *values: plain(asked.selection, source.make(*values))


def _shaper(selection: Selection) -> Callable[[Any], Any]:
    return lambda value: plain(selection, value)
