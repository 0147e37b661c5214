"""The size of documents: measured exactly, and quickly even if they are meant to be slow."""

import pytest
from graphql import parse

from app.graphql_documents import Documents
from app.graphql_limits import Limits, excess
from app.graphql_negotiation import negotiate


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
    document = parse(text)
    assert excess(document, Limits(depth, fields)) is None
    assert excess(document, Limits(depth, fields - 1)) or fields == 1
    assert excess(document, Limits(depth - 1, fields))


def test_fragments_that_double_a_thousand_times_are_measured_at_once():
    count = 200
    fragments = " ".join(
        f"fragment F{i} on T {{ a {{ ...F{i + 1} }} b {{ ...F{i + 1} }} }}" for i in range(count)
    )
    document = parse(f"{{ ...F0 }} {fragments} fragment F{count} on T {{ c }}")
    assert "more than a million fields" in (excess(document, Limits(10_000, 2000)) or "")


def test_one_name_repeated_side_by_side():
    document = parse("{" + " a" * 101 + "}")
    assert "repeated 101 times" in (excess(document, Limits(15, 2000)) or "")
    assert (
        excess(parse("{" + " ".join(f"a{i}: a" for i in range(500)) + "}"), Limits(15, 2000))
        is None
    )


def test_chains_of_fragments_too_long_to_follow_are_refused():
    chain = " ".join(f"fragment F{i} on T {{ a {{ ...F{i + 1} }} }}" for i in range(2000))
    assert "nested too deep" in (excess(parse("{ ...F0 }" + chain), Limits(15, 5000)) or "")


def test_the_documents_used_last_are_kept_within_their_weight():
    documents = Documents(max_weight=100)
    texts = [f"{{ a{i} b c d }}" for i in range(30)]
    for text in texts:
        documents.keep(text, parse(text))
        documents.get(texts[0])
    assert documents.weight <= 100
    assert documents.get(texts[0]) is not None
    assert documents.get(texts[-1]) is not None
    assert documents.get(texts[1]) is None
    long = "{ a } #" + "x" * 200_000
    documents.keep(long, parse(long))
    assert len(documents) == 0


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
