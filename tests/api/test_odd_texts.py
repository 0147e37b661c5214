"""Texts of every length and kind, in every place that takes one: never a bug of the service."""

from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    get_named_type,
    is_list_type,
    is_non_null_type,
    is_required_argument,
    is_required_input_field,
)

from tests.api.calls import REFUSALS, Api, global_id, unknown_id
from tests.api.valid_calls import Call, calls
from tests.world import World

# Halves of surrogate pairs are no JSON, and refused before.
TEXTS = {"String", "ID"}
ODD = {
    "33 characters": "x" * 33,
    "300 characters": "x" * 300,
    "10,000 characters": "x" * 10_000,
    "NUL": "a\0b",
    "no character": "a\uffffb",
    "right to left": "שלום \u202eabc",
    "emoji": "👨‍👩‍👧" * 3,
    "empty": "",
    "spaces": " \u3000\u00a0",
}
INVISIBLE = {
    "zero width": "\u200b\u200b",
    "override": "\u202e\u202c",
    "filler": "\u3164",
    "byte order mark": "\ufeff",
    "joiners": "\u200d\u200c",
    "grapheme joiner": "\u034f",
    "unassigned": "\u2065",
    "mark": "\u0301",
}
# At the end of a text that is fine as it is.
REFUSED = {"override": "\u202e", "isolate": "\u2066", "bell": "\a", "no character": "\uffff"}


@pytest.fixture
async def valid(world: World) -> dict[str, Call]:
    return await calls(world)


Build = Callable[[str], Any]
Place = tuple[tuple[str, ...], Build]


def takes_text(type_: Any) -> bool:
    named = get_named_type(type_)
    if isinstance(named, GraphQLInputObjectType):
        return any(takes_text(field.type) for field in named.fields.values())
    return named.name in TEXTS


def places(type_: Any, value: Any) -> Iterator[Place]:
    """Where an input value takes a text, and the value with another one there.

    Texts that the value leaves out count too, and so do the other members of a oneOf input.
    """
    if is_non_null_type(type_):
        type_ = type_.of_type
    if is_list_type(type_):
        for position, item in enumerate(value):
            for path, build in places(type_.of_type, item):
                rest = value[:position], value[position + 1 :]
                yield (str(position), *path), lambda text, r=rest, b=build: [*r[0], b(text), *r[1]]
    elif isinstance(type_, GraphQLInputObjectType):
        for name, field in type_.fields.items():
            others = {} if type_.is_one_of else value
            if name in value:
                found = places(field.type, value[name])
            elif takes_text(field.type):
                found = iter([((), lambda text, t=field.type: values(t, text))])
            else:
                continue
            for path, build in found:
                yield (name, *path), lambda text, n=name, b=build, o=others: {**o, n: b(text)}
    elif type_.name in TEXTS:
        yield (), lambda text: text


async def ask(api: Api, name: str, call: Call, input: dict[str, Any]) -> Any:
    type_ = api._types.mutation_type.fields[name].args["input"].type
    document = f"mutation($input: {type_}) {{ {name}(input: $input) {{ {REFUSALS} }} }}"
    return await api.ask(call.actor, document, input={"idempotencyKey": str(uuid4()), **input})


def all_places(api: Api, valid: dict[str, Call]) -> Iterator[tuple[str, Call, Place]]:
    for name, call in valid.items():
        type_ = api._types.mutation_type.fields[name].args["input"].type
        for path, build in places(type_, call.input):
            if path != ("idempotencyKey",):
                yield name, call, (path, build)


async def test_no_text_of_a_mutation_is_a_bug(api: Api, valid):
    bugs, asked = [], 0
    for name, call, (path, build) in [*all_places(api, valid)]:
        for kind, text in ODD.items():
            answer = await ask(api, name, call, build(text))
            codes = [error["extensions"]["code"] for error in answer.get("errors", [])]
            if "INTERNAL" in codes:
                bugs.append((name, path, kind))
            elif not codes:
                api.read(name, answer["data"][name]["userErrors"])
            asked += 1
    assert bugs == [], bugs
    assert asked > 500


async def test_an_idempotency_key_may_be_any_text(api: Api, valid):
    for kind, text in ODD.items():
        answer = await ask(
            api,
            "createClient",
            valid["createClient"],
            {**valid["createClient"].input, "idempotencyKey": text},
        )
        codes = [error["extensions"]["code"] for error in answer.get("errors", [])]
        assert "INTERNAL" not in codes, kind


async def test_what_nobody_can_see_is_no_text(api: Api, valid):
    taken = []
    for name, call, (path, build) in [*all_places(api, valid)]:
        for kind, text in INVISIBLE.items():
            answer = await ask(api, name, call, build(text))
            if "errors" not in answer and not answer["data"][name]["userErrors"]:
                taken.append((name, path, kind))
    assert taken == [], "\n".join(map(str, taken))


def given(value: Any, path: tuple[str, ...]) -> str:
    """The text at a place of an input, or another one if the input leaves it out."""
    for step in path:
        if isinstance(value, list):
            value = value[int(step)]
        else:
            value = value.get(step) if isinstance(value, dict) else None
    return value if isinstance(value, str) else "Text"


async def test_what_reorders_a_text_is_refused_everywhere(api: Api, valid):
    taken = []
    for name, call, (path, build) in [*all_places(api, valid)]:
        for kind, end in REFUSED.items():
            answer = await ask(api, name, call, build(given(call.input, path) + end))
            if "errors" not in answer and not answer["data"][name]["userErrors"]:
                taken.append((name, path, kind))
    # The path of an address is kept as percent-encoded octets.
    taken = [each for each in taken if each[:2] != ("createWebhookEndpoint", ("url",))]
    assert taken == [], "\n".join(map(str, taken))


def values(type_: Any, text: str) -> Any:
    """A value of an input type in which every text is the given one; only what is needed, else."""
    if is_non_null_type(type_):
        type_ = type_.of_type
    if is_list_type(type_):
        return [values(type_.of_type, text)]
    if isinstance(type_, GraphQLEnumType):
        return next(iter(type_.values))
    if isinstance(type_, GraphQLInputObjectType):
        if type_.is_one_of:
            name, field = next(iter(type_.fields.items()))
            return {name: values(field.type, text)}
        return {
            name: values(field.type, text)
            for name, field in type_.fields.items()
            if is_required_input_field(field) or get_named_type(field.type).name in TEXTS
        }
    samples = {
        "ID": unknown_id("Client"),
        "DateTime": "2026-01-01T00:00:00Z",
        "Date": "2026-01-01",
        "Decimal": "1",
        "Int": 1,
        "Boolean": True,
        "BigInt": "1",
        "CurrencyCode": "USD",
    }
    return samples.get(type_.name, text)


async def test_no_text_of_a_query_is_a_bug(api: Api, world: World):
    asked = 0
    for name, field in api._types.query_type.fields.items():
        takers = {
            key: argument
            for key, argument in field.args.items()
            if is_required_argument(argument)
            or get_named_type(argument.type).name in TEXTS
            or isinstance(get_named_type(argument.type), GraphQLInputObjectType)
        }
        if not takers:
            continue
        head = ", ".join(f"${key}: {argument.type}" for key, argument in takers.items())
        given = ", ".join(f"{key}: ${key}" for key in takers)
        document = f"query({head}) {{ {name}({given}) {{ __typename }} }}"
        for kind, text in {**ODD, **INVISIBLE}.items():
            variables = {key: values(argument.type, text) for key, argument in takers.items()}
            answer = await api.ask(world.as_vendor(), document, **variables)
            codes = [error["extensions"]["code"] for error in answer.get("errors", [])]
            assert "INTERNAL" not in codes, (name, kind, answer)
            asked += 1
    assert asked > 100


@pytest.mark.parametrize("text", ["x" * 300, "a\0b"])
async def test_a_record_of_an_id_that_nothing_can_have_is_not_found(
    api: Api, world: World, text: str
):
    external = {"partnerId": global_id(world.acme.partner), "externalId": text}
    refused = await api.refused(
        world.as_vendor(),
        "reverseActivity",
        {"record": {"external": external}, "reason": "A mistake."},
    )
    assert refused[0][0] in ("NOT_FOUND", "INVALID")
