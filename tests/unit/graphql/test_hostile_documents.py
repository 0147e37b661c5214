"""Documents of 16 KB that are made to take long: whatever they are, they are looked at soon.

What it takes is counted in calls of functions, which is the same everywhere: a million take about
a tenth of a second on a small machine.
"""

import sys
from contextlib import suppress
from typing import Any

import pytest
from graphql import GraphQLError
from strawberry.schema.exceptions import CannotGetOperationTypeError

from app.graphql.document import Invalid
from app.graphql.endpoint import ApiSchema
from resolvers.error_mapping import ApiError

LARGEST = 16_384
CALLS = 600_000


def many(text: str, count: int, between: str = " ") -> str:
    """A text so many times, with the number in the place of `#`."""
    return between.join(text.replace("#", str(i)) for i in range(count))


def spreads(count: int, body: str) -> str:
    return many(f" fragment F# on Query {{ {body} }}", count, "")


LAST = " fragment F{} on Query {{ viewer {{ name }} }}"
HOSTILE = {
    "deep": "{a" * 1000 + "}" * 1000,
    "deep and valid": "{ viewer { partner "
    + "{ clients { nodes { partner " * 60
    + "{ id }"
    + "} } }" * 60
    + "} }",
    "aliases at the root": "{" + many("a#: viewer { name }", 330) + "}",
    "aliases of one leaf": "{ viewer {" + many("a#: name", 640) + "} }",
    "fragments that double": "{ ...F0 }"
    + "".join(f" fragment F{i} on Query {{ ...F{i + 1} ...F{i + 1} }}" for i in range(150))
    + LAST.format(150),
    "fragments of all others": "{ ...F0 }" + spreads(25, many("...F#", 25) + " viewer { name }"),
    "fragments in a circle": "{ ...F0 }"
    + "".join(f" fragment F{i} on Query {{ ...F{(i + 1) % 200} }}" for i in range(200)),
    "fragments in a chain": "{ ...F0 }"
    + "".join(f" fragment F{i} on Query {{ ...F{i + 1} }}" for i in range(199))
    + LAST.format(199),
    "fragments that nobody uses": "{ viewer { name } }" + spreads(190, "viewer { name }"),
    "fragments side by side": "{"
    + many("...F#", 90)
    + "}"
    + spreads(90, "viewer { name partner { id } }"),
    "inline fragments": "{" + "... { viewer { name } } " * 250 + "}",
    "inline fragments, deep": "{" + "... { viewer { partner { id name slug } } } " * 100 + "}",
    "fields that differ in arguments": "{ viewer {"
    + many("partner { clients(first: #) { nodes { id } } }", 90)
    + "} }",
    "names that stand for two": "{ viewer {" + "x: name x: role " * 50 + "} }",
    "directives in one location": "{ viewer { name" + " @skip(if: true)" * 280 + "} }",
    "unknown directives": "{ viewer { name" + " @a" * 950 + "} }",
    "directives everywhere": "{ viewer {" + "name @include(if: true) " * 100 + "} }",
    "operations": many("query Q# { viewer { name } }", 250),
    "operations of one name": "query Q { viewer { name } }" * 250,
    "variables": "query Q(" + many("$v#: Int", 480) + ") { viewer { name } }",
    "variables of unknown types": "query Q(" + many("$v#: Intt#", 400) + ") { viewer { name } }",
    "variables that are not there": "{ nodes(ids: [" + many("$v#", 900) + "]) { id } }",
    "a list of texts": "{ nodes(ids: [" + '"a",' * 1900 + "]) { id } }",
    "a list of objects": "{ nodes(ids: [" + "{a: 1} " * 380 + "]) { id } }",
    "lists in lists": "{ nodes(ids: " + "[" * 900 + "]" * 900 + ") { id } }",
    "an object of unknown fields": "{ clients(where: {"
    + many("plann#: 1", 490)
    + "}) { totalCount } }",
    "wrong enums": "{ clients(where: {plan: [" + "FREEE " * 490 + "]}) { totalCount } }",
    "a long integer": "{ clients(first: " + "9" * 16_000 + ") { totalCount } }",
    "a long fraction": "{ clients(first: 1." + "9" * 16_000 + "e5) { totalCount } }",
    "a long text": '{ nodes(ids: "' + "x" * 16_000 + '") { id } }',
    "a long name": "{" + "x" * 16_000 + "}",
    "a block text": '{ nodes(ids: """' + "\n " * 8_000 + '""") { id } }',
    "block texts": "{ nodes(ids: [" + '"""a\n b""" ' * 1_400 + "]) { id } }",
    "comments": "#\n" * 8_000 + "{ viewer { name } }",
    "commas": "," * 16_000 + "{ viewer { name } }",
    "snow": '{ nodes(ids: "' + "\u2603" * 5_400 + '") { id } }',
    "escapes": '{ nodes(ids: "' + "\\u2603" * 2_700 + '") { id } }',
    "letters that no name has": "{" + "\u00e9" * 8_000 + "}",
    "unknown fields": "{" + many("f#", 1_900) + "}",
    "slips of known fields": "{ viewer {" + many("partnerr#", 1_200) + "} }",
    "slips one below the other": "{" + many("a#: viewer { clientz# }", 99) + "}",
    "slips of types": "{ viewer { name } }" + many(" fragment F# on Clientt { id }", 190),
    "slips of arguments": "{" + many("a#: clients(firstt#: 1) { totalCount }", 99) + "}",
    "definitions of types": "type A {" + many("a#: Int", 400) + "} { viewer { name } }",
    "the schema, often": "{"
    + many('a#: __type(name: "Client") { fields { name type { name } } }', 90)
    + "}",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_document_is_looked_at_soon(schema: ApiSchema, text: str):
    assert len(text.encode()) <= LARGEST
    calls = 0

    def count(_: Any, event: str, __: Any) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        with suppress(ApiError, CannotGetOperationTypeError, GraphQLError, Invalid):
            schema.documents.prepare(text, None)
    finally:
        sys.setprofile(None)
    assert 0 < calls < CALLS
