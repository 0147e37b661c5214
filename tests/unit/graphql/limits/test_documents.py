"""The size of documents: measured exactly, and quickly even if they are meant to be slow."""

import pytest
from graphql import build_schema, get_introspection_query, parse

from app.graphql.document_cache import Documents
from app.graphql.limits.documents import Limits, excess
from app.graphql.negotiation import negotiate
from app.settings import Settings

T = build_schema(
    """
    type Query { a: T b: T x: T y: T page(first: Int, last: Int): TConnection plain: [T!]!
        words: [String!]! nodes(ids: [ID!]!): [T]! }
    type TConnection { nodes: [T!]! edges: [TEdge!]! totalCount: Int }
    type TEdge { node: T! }
    type T { a: T b: T c: Int d: Int page(first: Int): TConnection plain: [T!]! }
    """
)
QUERY = "type Query { t: T0 }"
ANY = 10**100


def problem(text: str, depth: int = 15, fields: int = 2000, cost: int = ANY, **more: int) -> str:
    return excess(parse(text), Limits(depth, fields, cost, **more), T) or ""


@pytest.mark.parametrize(
    ("text", "depth", "fields"),
    [
        ("{ a }", 1, 1),
        ("{ a { b { c } } d }", 3, 4),
        ("{ ... on T { a { b } } }", 2, 2),
        ("{ ...F a } fragment F on T { b { c } }", 2, 3),
        ("{ x { ...F } y { ...F } } fragment F on T { b }", 2, 4),
        ("{ __schema { types { fields { name } } } }", 1, 4),
        ("{ ...Unknown a }", 1, 1),
        ("{ ...F } fragment F on T { a { ...F } }", 1, 1),
        ("query A { a } query B { a { b { c } } }", 3, 3),
    ],
)
def test_documents_are_measured_exactly(text, depth, fields):
    assert not problem(text, depth, fields)
    assert problem(text, depth, fields - 1) or fields == 1
    assert problem(text, depth - 1, fields)


PAGE_IN_PAGE = "{ page(first: 30) { nodes { page(first: 40) { edges { node { c } } } } } }"


@pytest.mark.parametrize(
    ("text", "cost"),
    [
        ("{ a { c d } }", 3),
        ("{ plain { c } }", 1 + 10),
        ("{ plain { plain { c d } } }", 1 + 10 * (1 + 10 * 2)),
        ("{ words }", 1),
        ("{ page(first: 7) { nodes { c } } }", 1 + 7 * 2),
        ("{ page(last: 7) { nodes { c } } }", 1 + 7 * 2),
        ("{ page { edges { node { c } } } }", 1 + 20 * 3),
        ("{ page(first: null) { nodes { c } } }", 1 + 20 * 2),
        ("query($n: Int = 1) { page(first: $n) { nodes { c } } }", 1 + 100 * 2),
        ("{ page(first: 99999999999) { nodes { c } } }", 1 + 100 * 2),
        ("{ page(first: -5) { nodes { c } } }", 1 + 100 * 2),
        ('{ nodes(ids: ["x", "y"]) { c } }', 1 + 2),
        ("query($i: [ID!]!) { nodes(ids: $i) { c } }", 1 + 100),
        (PAGE_IN_PAGE, 1 + 30 * (1 + 1 + 40 * 3)),
        ("{ a { ...F } plain { ...F } } fragment F on T { plain { c } }", 2 + 11 + 10 * 11),
        ("{ plain { ... { plain { c } } ... on T { d } } }", 1 + 10 * (11 + 1)),
        ("{ unknown { plain { c } } }", 3),
        ("{ ...F } fragment F on Unknown { plain { c } }", 2),
        ("{ a { c } } query Other { plain { c } }", 11),
    ],
)
def test_the_cost_is_that_of_an_answer_with_full_pages(text, cost):
    assert problem(text, cost=cost) == ""
    assert f"could have {cost} values. At most {cost - 1} are allowed" in problem(
        text, cost=cost - 1
    )


@pytest.mark.parametrize(
    ("variables", "cost"),
    [
        ({"n": 7}, 1 + 7 * 2),
        # Refused, and nothing is read.
        ({"n": 101}, 1),
        ({"n": -5}, 1),
        ({"n": "many"}, 1 + 100 * 2),
        ({"n": None}, 1 + 20 * 2),
        ({}, 1 + 30 * 2),
        (None, 1 + 30 * 2),
    ],
)
def test_what_is_charged_is_by_the_pages_that_are_asked_for(variables, cost):
    documents = Documents(T, Settings(_env_file=None))
    text = "query($n: Int = 30) { page(first: $n) { nodes { c } } }"
    document, _ = documents.prepare(text, None)
    for _ in range(2):
        assert documents.cost(document, None, variables).values == cost
    ids, _ = documents.prepare("query($i: [ID!]!) { nodes(ids: $i) { c } }", None)
    assert documents.cost(ids, None, {"i": ["x"] * 3}).values == 4
    for n in range(1, 100):
        assert documents.cost(document, None, {"n": n}).values == 1 + 2 * n
    assert len(document.costs) <= 32


@pytest.mark.parametrize(
    ("text", "variables", "cost"),
    [
        ("{ page(first: 1000) { nodes { c } } a { c } }", {}, 3),
        ("{ a { c @include(if: false) d } b @skip(if: true) { c d } }", {}, 2),
        ("{ a { c @include(if: true) d } b @skip(if: false) { c d } }", {}, 6),
        ("query($on: Boolean!) { plain @include(if: $on) { c } a { c } }", {"on": True}, 13),
        ("query($on: Boolean!) { plain @include(if: $on) { c } a { c } }", {"on": False}, 2),
        ("query($on: Boolean = false) { plain @include(if: $on) { c } a { c } }", {}, 2),
        (
            "query($on: Boolean = false) { ...F @skip(if: $on) } fragment F on Query { a { c } }",
            {},
            2,
        ),
        (
            "query($on: Boolean!) { ...F @skip(if: $on) a { d } } fragment F on Query { x { c } }",
            {"on": True},
            2,
        ),
    ],
)
def test_what_is_refused_or_left_out_is_not_charged(text, variables, cost):
    documents = Documents(T, Settings(_env_file=None))
    document, _ = documents.prepare(text, None)
    assert documents.cost(document, None, variables).values == cost


@pytest.mark.parametrize(
    "text",
    [
        "{ page(first: %s) { nodes { c } } }",
        "{ a @include(if: %s) { c } }",
        "{ nodes(ids: [%s]) { c } }",
    ],
)
@pytest.mark.parametrize("number", ["9" * 15_000, "1." + "0" * 100, "1e" + "9" * 5_000])
def test_numbers_of_thousands_of_digits_are_refused(text, number):
    told = problem(text % number)
    assert told == f"A number has {len(number)} digits. At most 100 are allowed."


def test_common_introspection_is_not_too_costly_and_a_multiple_is():
    schema = build_schema(" ".join(f"type T{i} {{ f: Int }}" for i in range(250)) + QUERY)
    limits = Limits(15, 2000, 500_000)
    assert excess(parse(get_introspection_query()), limits, schema) is None
    many = " ".join(f"a{i}: name" for i in range(200))
    document = parse(f"{{ __schema {{ types {{ fields {{ {many} }} }} }} }}")
    assert "At most 500000" in (excess(document, limits, schema) or "")


def test_fragments_that_double_a_hundred_times_are_measured_at_once():
    count = 100
    fragments = " ".join(
        f"fragment F{i} on T {{ a {{ ...F{i + 1} }} b {{ ...F{i + 1} }} }}" for i in range(count)
    )
    text = f"{{ ...F0 }} {fragments} fragment F{count} on T {{ c }}"
    assert "more than a million fields" in problem(text, depth=10_000)


REPEATED = {
    "side by side": "{" + " a { c }" * 101 + "}",
    "in fragments without a type": "{" + " ...{ a { c } }" * 101 + "}",
    "in fragments within fragments": "{" + "... { a { c } " * 101 + "}" * 101 + "}",
    "in spreads": "{" + " ...F" * 101 + "} fragment F on Query { a { c } }",
    "in spreads that double": "{ ...F0 }"
    + "".join(f" fragment F{i} on Query {{ ...F{i + 1} ...F{i + 1} }}" for i in range(7))
    + " fragment F7 on Query { a { c } }",
    "under many aliases": "{" + " ".join(f"x{i}: a {{ c }}" for i in range(101)) + "}",
    "under an alias": "{" + " x: a { c }" * 50 + " ... { x: a { c } }" * 51 + "}",
    "in a fragment that nobody uses": "{ a } fragment F on T {" + " c" * 101 + "}",
    "further down": "{ a { b {" + " ... { c }" * 101 + "} } }",
}


@pytest.mark.parametrize("text", REPEATED.values(), ids=REPEATED)
def test_one_name_repeated_in_one_selection(text):
    assert "times side by side" in problem(text)


def test_other_names_and_other_selections_are_not_repetitions():
    assert not problem("{" + " ".join(f"a{i}: a {{ c }}" for i in range(100)) + "}")
    assert not problem(
        "{" + " ".join(f"a{i}: a {{ ...F }}" for i in range(100)) + "} fragment F on T { c }"
    )


def test_chains_of_fragments_too_long_to_follow_are_refused():
    chain = " ".join(f"fragment F{i} on T {{ a {{ ...F{i + 1} }} }}" for i in range(2000))
    assert "nested too deep" in problem("{ ...F0 }" + chain, fields=5000, fragments=2001)


def test_the_documents_used_last_are_kept_within_their_weight():
    documents = Documents(T, Settings(), max_weight=100)
    texts = [f"{{ a{i}: a {{ c d }} }}" for i in range(30)]
    for text in texts:
        documents.prepare(text, None)
        documents.prepare(texts[0], None)
    assert texts[0] in documents and texts[-1] in documents
    assert texts[1] not in documents
    assert 5 < len(documents) < 15
    long = "{ a { c } } #" + "x" * 200_000
    documents.prepare(long, None)
    assert long not in documents and texts[0] in documents


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, "application/json"),
        ("", "application/json"),
        ("text/event-stream, */*", "text/event-stream"),
        ("text/event-stream, application/json;q=0", "text/event-stream"),
        ("APPLICATION/JSON", "application/json"),
        ("image/png", None),
        (";;,,;q=", None),
    ],
)
def test_odd_accept_headers(accept, expected):
    assert negotiate(accept) == expected
