"""Calls to the real schema, and what every one of them has to keep to."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from graphql import (
    GraphQLInputObjectType,
    get_named_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
)
from strawberry import Schema

from app.auth.actor import Actor
from app.persistence.models.base import Record
from schema.node import encode
from tests.api.database_digest import digest
from tests.execute import Ask
from tests.world import World

REFUSALS = "userErrors { code message field }"
# Refusals that are about no single field but about the service, the caller's own team or a race.
ABOUT_NO_FIELD = {"CONFLICT", "NO_POLICY", "NOT_A_SANDBOX", "PARTNER_NOT_ACTIVE"}
# Refusals of an input as a whole.
ABOUT_THE_INPUT = {
    ("updateContentItem", "REQUIRED"),
    ("updateClientTemplate", "REQUIRED"),
    ("updateVendor", "REQUIRED"),
    ("updateWebhookEndpoint", "REQUIRED"),
}
Refusals = list[tuple[str, tuple[str, ...]]]


class Api:
    """The API as callers see it; a call that is refused must leave every row as it was."""

    def __init__(self, ask: Ask, schema: Schema, world: World) -> None:
        self.ask, self._types, self.world = ask, schema._schema, world

    async def data(self, actor: Actor, document: str, **variables: Any) -> dict[str, Any]:
        """What a query gives; there must be no error."""
        answer = await self.ask(actor, document, **variables)
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    async def error(self, actor: Actor, document: str, **variables: Any) -> str:
        """The code of the one error that an operation comes to. Nothing has changed."""
        before = await digest(self.world.database)
        answer = await self.ask(actor, document, **variables)
        assert await digest(self.world.database) == before
        [error] = answer["errors"]
        assert error["message"] and error["extensions"]["code"] != "INTERNAL", error
        return error["extensions"]["code"]

    async def done(
        self, actor: Actor, name: str, selection: str, input: Mapping[str, Any]
    ) -> dict[str, Any]:
        """The payload of a mutation that is done."""
        data = await self.data(actor, self._mutation(name, selection), input=_keyed(input))
        payload = data[name]
        assert payload.pop("userErrors") == [], payload
        return payload

    async def refused(self, actor: Actor, name: str, input: Mapping[str, Any]) -> Refusals:
        """Why a mutation is refused: codes, and paths that exist in its input. Nothing changed."""
        payload_type = get_named_type(self._types.mutation_type.fields[name].type)
        given = {k: v.type for k, v in payload_type.fields.items() if k != "userErrors"}
        selection = (
            k if is_leaf_type(get_named_type(v)) else f"{k} {{ __typename }}"
            for k, v in given.items()
        )
        document = self._mutation(name, " ".join(selection))
        before = await digest(self.world.database)
        payload = (await self.data(actor, document, input=_keyed(input)))[name]
        assert await digest(self.world.database) == before
        refusals = payload.pop("userErrors")
        assert refusals and payload == dict.fromkeys(given)
        return self.read(name, refusals)

    async def rejected(self, actor: Actor, name: str, input: Mapping[str, Any]) -> str:
        """The code of the error for a mutation that is not even looked at. Nothing changed."""
        return await self.error(actor, self._mutation(name, ""), input=_keyed(input))

    def read(self, name: str, refusals: list[dict[str, Any]]) -> Refusals:
        """User errors of a field as (code, path); each must be a sentence at an existing path."""
        kinds = {**self._types.mutation_type.fields, **self._types.query_type.fields}
        found = []
        for refusal in refusals:
            assert refusal["message"].endswith("."), refusal
            path = tuple(refusal["field"] or ())
            assert _exists(kinds[name].args["input"].type, path), refusal
            whole = refusal["code"] in ABOUT_NO_FIELD or (name, refusal["code"]) in ABOUT_THE_INPUT
            assert path or whole, refusal
            found.append((refusal["code"], path))
        return found

    def _mutation(self, name: str, selection: str) -> str:
        input_type = self._types.mutation_type.fields[name].args["input"].type
        return (
            f"mutation($input: {input_type}) {{ {name}(input: $input)"
            f" {{ {REFUSALS} {selection} }} }}"
        )


def global_id(row: Record, type_name: str | None = None) -> str:
    """The id of a row in the API."""
    return encode(type_name or type(row).__name__, row.id)


def unknown_id(type_name: str) -> str:
    """An id of nothing."""
    return encode(type_name, uuid4())


def _keyed(input: Mapping[str, Any]) -> dict[str, Any]:
    return {"idempotencyKey": str(uuid4()), **input}


def _exists(type_: Any, path: tuple[str, ...]) -> bool:
    """Whether a path leads to a value of an input type; positions in lists are numbers."""
    if is_non_null_type(type_):
        return _exists(type_.of_type, path)
    if not path:
        return True
    if is_list_type(type_):
        return path[0].isdigit() and _exists(type_.of_type, path[1:])
    if not isinstance(type_, GraphQLInputObjectType) or path[0] not in type_.fields:
        return False
    return _exists(type_.fields[path[0]].type, path[1:])
