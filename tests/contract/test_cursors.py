"""Cursors and page sizes that cannot be: refused as the caller's fault, whatever they hold."""

import base64
from typing import Any

import orjson

from tests.contract.connection_pages import List, connections, orderings, refusal
from tests.contract.full_database import Full
from tests.world import World


def cursor_of(*parts: Any) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(parts)).decode().rstrip("=")


SOME_ID = "01900000-0000-7000-8000-000000000000"
GARBAGE = {
    "not base64": "!",
    "not JSON": "abcd",
    "empty list": cursor_of(),
    "too short": cursor_of("NAME", "a"),
    "no list": base64.urlsafe_b64encode(b'"NAME"').decode(),
    "no id": cursor_of("NAME", "a", "b"),
    "number for text": cursor_of("NAME", 1, SOME_ID),
    "null for text": cursor_of("NAME", None, SOME_ID),
    "NUL in the text": cursor_of("NAME", "a\0", SOME_ID),
    "unknown ordering": cursor_of("SIZE", "a", SOME_ID),
    "ordering that is a list": cursor_of(["NAME"], "a", SOME_ID),
    "number for the id": cursor_of("NAME", "a", 7),
}


async def test_a_cursor_that_was_not_given_is_refused(world: World, ask):
    for what, cursor in GARBAGE.items():
        for direction in ("first: 1 after:", "last: 1 before:"):
            document = f'{{ clients({direction} "{cursor}") {{ nodes {{ id }} }} }}'
            answer = await ask(world.as_vendor(), document)
            assert refusal(answer) in ("BAD_USER_INPUT", "GRAPHQL_VALIDATION_FAILED"), what


async def test_a_time_in_a_cursor_must_be_one(world: World, ask):
    for value in (
        "noon",
        "2026-01-01 00:00:00",
        "2026-01-01",
        "0001-01-01 00:00:00+14:00",
        5,
        None,
    ):
        cursor = cursor_of("CREATED_AT", value, SOME_ID)
        at = f'after: "{cursor}", orderBy: {{field: CREATED_AT}}'
        answer = await ask(world.as_vendor(), f"{{ clients({at}) {{ nodes {{ id }} }} }}")
        assert refusal(answer) == "BAD_USER_INPUT", value


async def test_a_number_in_a_cursor_must_be_one(full: Full, ask):
    for value in ("x", 1.5, 2**63, True, None, [1]):
        listed = List(ask, full, "Partner", "events", "")
        cursor = cursor_of("SEQUENCE", value, SOME_ID)
        answer = await listed.answer(f'after: "{cursor}"', "nodes { id }")
        assert refusal(answer) == "BAD_USER_INPUT", value


async def test_a_cursor_of_another_ordering_is_refused(full: Full, ask, schema):
    tried = 0
    for type_name, name, field in connections(schema):
        orders = [order for order in orderings(schema, field) if "ASC" in order]
        for order in orders:
            edges = (await List(ask, full, type_name, name, order).page("first: 1"))["edges"]
            for other in orders:
                if other == order:
                    continue
                listed = List(ask, full, type_name, name, other)
                answer = await listed.answer(f'after: "{edges[0]["cursor"]}"', "nodes { id }")
                assert refusal(answer) == "BAD_USER_INPUT"
                assert "ordering" in answer["errors"][0]["message"]
                tried += 1
    assert tried >= 12


BAD_PAGES = [
    "first: 0",
    "first: 101",
    "first: -1",
    "last: 0",
    "last: 101",
    "first: 1, last: 1",
    'first: 1, before: "abc"',
    'last: 1, after: "abc"',
    'after: "abc", before: "abc"',
]


async def test_a_page_that_cannot_be_is_refused(full: Full, ask, schema):
    for type_name, name, _ in connections(schema):
        for page in BAD_PAGES:
            answer = await List(ask, full, type_name, name, "").answer(page, "nodes { id }")
            assert refusal(answer) == "BAD_USER_INPUT", f"{type_name}.{name}({page})"
