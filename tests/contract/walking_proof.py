"""Proves on a statement's text that the actor's scope stands on every table that it reads.

A table needs it if its model's tenancy is not EVERYBODY for the audience. An alias has it, if

1. its own predicate: all its parts are conditions of the very SELECT that names the table, by
   WHERE or by the ON of an inner join; or there are no rows at all, as one of these is `FALSE`, or
   as a column would have to be null and equal to something;
2. the same rows: `a.rowid IN (SELECT b.rowid FROM the same table b ...)`, which is proven itself;
3. a tie: a foreign key, or `partner_id` on both sides, makes it equal to a column of a row that is
   scoped already (an alias of this SELECT or around it, or the parent whose ids are the statement's
   keys), and whoever sees that row sees this one too, because
   a. both are the partner's: `partner_id` is repeated in every row of a tenant, and the one
      predicate contains all of the other, which asks for nothing else; or
   b. the parent's predicate, said of the foreign key, is its own; or
   c. it is the other's parent, hides nothing of a tenant (drafts of programs), and none of its
      columns is answered: a filter by the key of a tier looks up what a visible row refers to.

   An event's subject is such a tie too: it has no foreign key as its table depends on the type.
   The alias `t`, the one that a statement is about, is not proven so: it has 1 or 2.

What a tenancy's own predicate looks into is the declaration itself, and is not looked at again.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from tortoise.fields.relational import ForeignKeyFieldInstance

from app.auth.scope import Audience, predicate, sees_all
from app.persistence import models
from app.persistence.models.base import Record
from tests.contract.walking_sql import (
    Node,
    Nodes,
    Select,
    Unreadable,
    conjuncts,
    disjuncts,
    is_select,
    parse,
    read_select,
    selects_in,
)

TABLES: dict[str, type[Record]] = {
    model._meta.db_table: model for model in (getattr(models, name) for name in models.__all__)
}
ACTORS = {":partner", ":advisor", ":client"}
NO_ROWS: Nodes = ("FALSE",)
OF_PARTNER: Nodes = ("t.partner_id", "=", ":partner")
KEYS: set[Nodes] = {
    ("=", ":key"),
    ("=", "k.key"),
    ("=", "k.value"),
    ("=", "ANY", (":keys",)),
    ("IN", ("SELECT", "value", "FROM", "json_each", (":keys",))),
}


@dataclass(frozen=True)
class Keyed:
    """Where a statement's keys come from: `key` equals a column of visible rows of a model."""

    key: str
    model: type[Record]
    column: str


@dataclass(frozen=True)
class _Tie:
    """`alias.column` equals `other` of a scoped row of a model."""

    alias: str
    column: str
    model: type[Record]
    other: str


def complaints(sql: str, audience: Audience, keyed: Keyed | None = None) -> list[str]:
    """The tables in a statement that stand there without the scope. Raises Unreadable."""
    return _Proof(audience, keyed).of(parse(sql), {}, None)


@cache
def scope_of(model: type[Record], audience: Audience, alias: str = "t") -> frozenset[Nodes]:
    """The parts of a model's predicate, all of which must hold."""
    if sees_all(model.tenancy, audience):
        return frozenset()
    parts = conjuncts(parse(predicate(model.tenancy, audience)))
    return frozenset(renamed(part, "t", alias) for part in parts)


def renamed(nodes: Node, old: str, new: str) -> Node:
    """The same words with another alias."""
    if isinstance(nodes, tuple):
        return tuple(renamed(node, old, new) for node in nodes)
    return f"{new}.{nodes.removeprefix(f'{old}.')}" if nodes.startswith(f"{old}.") else nodes


def words(nodes: Node) -> Iterator[str]:
    """All words, at all depths."""
    if isinstance(nodes, tuple):
        for node in nodes:
            yield from words(node)
    else:
        yield nodes


def refers(model: type[Record], column: str, other: type[Record], target: str) -> bool:
    """Whether a column is a foreign key to another model's column."""
    for name, found in model._meta.fields_map.items():
        if isinstance(found, ForeignKeyFieldInstance) and column == f"{name}_id":
            parent = found.model_name.rpartition(".")[2]
            return parent == other.__name__ and target == (found.to_field or "id")
    return False


def implies(given: frozenset[Nodes] | list[Nodes], wanted: Nodes) -> bool:
    """Whether a condition holds wherever the given ones hold."""
    return wanted in given or any(
        all(implies(conjuncts(one), wanted) for one in disjuncts(condition))
        for condition in given
        if "OR" in condition
    )


def has_no_rows(conditions: list[Nodes]) -> bool:
    """Whether conditions can never hold together."""
    null = {condition[0] for condition in conditions if condition[1:] == ("IS", "NULL")}
    equal = {condition[0] for condition in conditions if condition[1:2] == ("=",)}
    return NO_ROWS in conditions or bool(null & equal)


class _Proof:
    def __init__(self, audience: Audience, keyed: Keyed | None) -> None:
        self.audience, self.keyed = audience, keyed

    def of(
        self,
        nodes: Nodes,
        around: Mapping[str, type[Record]],
        linked: tuple[type[Record], str] | None,
    ) -> list[str]:
        """What is wrong in a SELECT. `around` are the scoped aliases of those around it.

        `linked` is the column of a scoped row that must equal the one column it selects.
        """
        select = read_select(nodes)
        found = {alias: _model(table) for alias, table in select.tables.items() if table}
        around = {alias: model for alias, model in around.items() if alias not in select.tables}
        scoped = {alias for alias, model in found.items() if self._owns(model, alias, select)}
        while more := {
            alias
            for alias in found.keys() - scoped
            if self._same_rows(alias, select)
            or any(
                self._holds(tie, found[alias], select)
                for tie in self._ties(alias, select, around | {a: found[a] for a in scoped}, linked)
            )
        }:
            scoped |= more
        told = [f"{select.tables[alias]} {alias}" for alias in sorted(found.keys() - scoped)]
        around |= {alias: found[alias] for alias in scoped}
        for inner, link in self._inside(select, found, around):
            told += self.of(inner, around, link)
        return told

    def _owns(self, model: type[Record], alias: str, select: Select) -> bool:
        own = scope_of(model, self.audience, alias)
        return own <= set(select.conditions) or has_no_rows(select.conditions)

    def _same_rows(self, alias: str, select: Select) -> bool:
        for condition in select.conditions:
            match condition:
                case (str(left), "IN", tuple() as inner) if left == f"{alias}.rowid":
                    rows = read_select(inner)
                    [[name, column]] = [word.split(".") for word in rows.clauses["SELECT"]]
                    same = rows.tables.get(name) == select.tables[alias] and column == "rowid"
                    return same and not self.of(inner, {}, None)
        return False

    def _ties(
        self,
        alias: str,
        select: Select,
        scoped: Mapping[str, type[Record]],
        linked: tuple[type[Record], str] | None,
    ) -> Iterator[_Tie]:
        if alias == "t":
            return
        for condition in select.conditions:
            plain = condition[1:] if condition[:1] == ("+",) else condition
            if self.keyed and plain[:1] == (self.keyed.key,) and plain[1:] in KEYS:
                name, column = self.keyed.key.split(".")
                if name == alias:
                    yield _Tie(alias, column, self.keyed.model, self.keyed.column)
            match condition:
                case (str(left), "=", str(right)) if "." in left and "." in right:
                    for one, other in ((left, right), (right, left)):
                        (name, column), (parent, target) = one.split("."), other.split(".")
                        if name == alias and parent in scoped:
                            yield _Tie(alias, column, scoped[parent], target)
        selected = select.clauses["SELECT"]
        if linked and len(selected) == 1 and str(selected[0]).startswith(f"{alias}."):
            yield _Tie(alias, selected[0].split(".")[1], *linked)

    def _holds(self, tie: _Tie, model: type[Record], select: Select) -> bool:
        """Whether a tie proves that whoever sees the other row sees this one."""
        own, others = scope_of(model, self.audience), scope_of(tie.model, self.audience)
        if NO_ROWS in own:
            return NO_ROWS in others
        parent = refers(tie.model, tie.other, model, tie.column)
        child = refers(model, tie.column, tie.model, tie.other)
        subject = (tie.model, tie.other, tie.column) == (models.Event, "subject_id", "id")
        # The same partner's, whatever they are: so no key is needed between them.
        both = tie.column == tie.other == "partner_id"
        tied = parent or child or subject or both
        if tied and own == {OF_PARTNER} and implies(others, OF_PARTNER):
            return True
        if child:
            said = {
                tuple(f"t.{tie.column}" if word == f"t.{tie.other}" else word for word in part)
                for part in others
                if {w for w in words(part) if w.startswith("t.")} == {f"t.{tie.other}"}
            }
            return own <= said
        answered = {w for w in words(select.clauses["SELECT"]) if w.startswith(f"{tie.alias}.")}
        hides_drafts = not ACTORS & {word for part in own for word in words(part)}
        return parent and hides_drafts and answered <= {f"{tie.alias}.{tie.column}"}

    def _inside(
        self,
        select: Select,
        found: Mapping[str, type[Record]],
        scoped: Mapping[str, type[Record]],
    ) -> Iterator[tuple[Nodes, tuple[type[Record], str] | None]]:
        """The SELECTs in a SELECT, with the column that each is compared with, if it is scoped."""
        declared: set[Nodes] = set()
        for alias, model in found.items():
            declared |= scope_of(model, self.audience, alias)
        for clause, nodes in select.clauses.items():
            if clause not in ("FROM", "WHERE"):
                yield from ((inner, None) for inner in selects_in(nodes))
        yield from ((inner, None) for inner in select.derived)
        for condition in select.conditions:
            if condition in declared:
                continue
            match condition:
                case (str(left), "IN" | "=", inner) if is_select(inner):
                    name, _, column = left.partition(".")
                    yield inner, (scoped[name], column) if name in scoped else None
                case _:
                    yield from ((inner, None) for inner in selects_in(condition))


def _model(table: str) -> type[Record]:
    if table not in TABLES:
        raise Unreadable(f"there is no table {table}")
    return TABLES[table]
