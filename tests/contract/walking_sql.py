"""Reads SQL as far as it takes to say which tables a SELECT reads, and what holds for each row.

Small on purpose: what it does not know (UNION, WITH, outer joins, comma joins, BETWEEN ...) is an
`Unreadable`, never a guess.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

# A word of SQL, or what stands in parentheses (in CASE ... END) as a tuple of the same.
Node = Any
Nodes = tuple[Node, ...]

_TOKEN = re.compile(
    r"(?P<skip>\s+|--[^\n]*(?:\n|$)|/\*.*?\*/)"
    r"|'(?:[^']|'')*'"
    r"|:?[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)?"
    r"|\d+|<>|<=|>=|\|\||[-+*/=<>(),\[\]]",
    re.DOTALL,
)
_CLAUSES = ("SELECT", "FROM", "WHERE", "GROUP", "HAVING", "ORDER", "LIMIT", "OFFSET")
_UNKNOWN = {"UNION", "INTERSECT", "EXCEPT", "WITH", "WINDOW", "FETCH", "FOR"}
_KEYWORDS = {*_CLAUSES, *_UNKNOWN, "AND", "OR", "NOT", "JOIN", "ON", "IS", "TRUE", "FALSE", "IN"}
_KEYWORDS |= {"CASE", "END", "AS", "LATERAL", "CROSS", "INNER", "LEFT", "RIGHT", "FULL", "ANY"}
_KEYWORDS |= {"OUTER", "NATURAL", "USING", "BETWEEN", "NULL", "EXISTS", "XOR"}
_CLOSED_BY = {"(": ")", "CASE": "END"}


class Unreadable(Exception):
    """SQL of a kind that cannot be judged here."""


@dataclass
class Select:
    """One SELECT: its clauses; its tables by alias (None: rows that are of no table).

    `conditions` are those that hold for every row: of WHERE and of the inner joins.
    """

    clauses: dict[str, Nodes]
    tables: dict[str, str | None] = field(default_factory=dict)
    conditions: list[Nodes] = field(default_factory=list)
    derived: list[Nodes] = field(default_factory=list)


@lru_cache(8192)
def parse(sql: str) -> Nodes:
    """The words of a statement, nested as its parentheses are, comments left out."""
    stack: list[tuple[str, list[Node]]] = [("", [])]
    for word in _words(sql):
        if word in _CLOSED_BY:
            stack.append((_CLOSED_BY[word], ["CASE"] if word == "CASE" else []))
        elif word == stack[-1][0]:
            _, inside = stack.pop()
            stack[-1][1].append(tuple(inside))
        elif word in _CLOSED_BY.values():
            raise Unreadable(f"unbalanced {word}: {sql}")
        else:
            stack[-1][1].append(word)
    if len(stack) > 1:
        raise Unreadable(f"unbalanced: {sql}")
    return tuple(stack[0][1])


def _words(sql: str) -> Iterator[str]:
    position = 0
    while position < len(sql):
        match = _TOKEN.match(sql, position)
        if match is None:
            raise Unreadable(f"{sql[position : position + 20]!r} in {sql}")
        position = match.end()
        if match.group("skip") is None:
            word = match.group()
            yield word.upper() if word.upper() in _KEYWORDS else word


def is_select(node: Node) -> bool:
    return isinstance(node, tuple) and node[:1] == ("SELECT",)


def read_select(nodes: Nodes) -> Select:
    """The parts of a SELECT. Raises Unreadable."""
    select = Select(_clauses(nodes))
    for position, part in enumerate(split(select.clauses.get("FROM", ()), "JOIN")):
        _read_table(select, part, first=position == 0)
    select.conditions += conjuncts(select.clauses.get("WHERE", ()))
    return select


def _clauses(nodes: Nodes) -> dict[str, Nodes]:
    if not is_select(nodes) or _UNKNOWN & {node for node in nodes if isinstance(node, str)}:
        raise Unreadable(f"not a plain SELECT: {nodes}")
    starts = [i for i, node in enumerate(nodes) if node in _CLAUSES]
    found = {nodes[a]: nodes[a + 1 : b] for a, b in zip(starts, [*starts[1:], None], strict=True)}
    if len(found) != len(starts):
        raise Unreadable(f"a clause twice: {nodes}")
    return found


def _read_table(select: Select, part: Nodes, first: bool) -> None:
    """Read `[LATERAL] table [AS] alias [ON condition] [CROSS | INNER]`."""
    while part and part[-1] in ("CROSS", "INNER"):
        part = part[:-1]
    if {"LEFT", "RIGHT", "FULL", "OUTER", "NATURAL", "USING", ","} & set(part):
        raise Unreadable(f"a join of another kind: {part}")
    ref, *on = split(part, "ON")
    if first and on:
        raise Unreadable(f"ON without a join: {part}")
    ref = tuple(node for node in ref if node not in ("AS", "LATERAL"))
    match ref:
        case (tuple() as inner, str(alias)) if is_select(inner):
            table = None
        case (str(), tuple(), str(alias)) | (str(), tuple(), str(alias), tuple()):
            table = None
        case (str(), tuple()):
            alias, table = "", None
        case (str(table), str(alias)):
            pass
        case _:
            raise Unreadable(f"a table without an alias: {part}")
    if alias in select.tables:
        raise Unreadable(f"an alias twice: {alias}")
    select.tables[alias] = table
    select.derived += selects_in(ref)
    for condition in on:
        select.conditions += conjuncts(condition)


def split(nodes: Nodes, word: str) -> list[Nodes]:
    """The parts between the occurrences of a word, at this depth."""
    parts: list[list[Node]] = [[]]
    for node in nodes:
        if node == word:
            parts.append([])
        else:
            parts[-1].append(node)
    return [tuple(part) for part in parts]


def conjuncts(condition: Nodes) -> list[Nodes]:
    """The conditions that all hold where the whole one does."""
    condition = _bare(condition)
    if "BETWEEN" in condition or "XOR" in condition:
        raise Unreadable(f"{condition}")
    if "OR" in condition or "AND" not in condition:
        return [condition] if condition else []
    return [inner for part in split(condition, "AND") for inner in conjuncts(part)]


def disjuncts(condition: Nodes) -> list[Nodes]:
    """The conditions of which one holds where the whole one does."""
    return split(_bare(condition), "OR")


def _bare(condition: Nodes) -> Nodes:
    while True:
        match condition:
            case (tuple() as inner,) | (tuple() as inner, "IS", "TRUE") if inner[:1] not in (
                ("SELECT",),
                ("CASE",),
            ):
                condition = inner
            case _:
                return condition


def selects_in(nodes: Nodes) -> Iterator[Nodes]:
    """The SELECTs that stand somewhere in some words, the outermost ones."""
    for node in nodes:
        if is_select(node):
            yield node
        elif isinstance(node, tuple):
            yield from selects_in(node)
