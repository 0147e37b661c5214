"""What holds for every mutation: it is done once, and whoever did it can prove it."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from app.persistence.models import AuditEntry, Event
from tests.api.calls import REFUSALS, Api
from tests.api.database_digest import digest
from tests.api.valid_calls import Call, calls
from tests.world import World

KEY = "the-same-key"


@pytest.fixture
async def valid(world: World) -> dict[str, Call]:
    made = await calls(world)
    # What prepared them were calls as well.
    await AuditEntry.all().delete()
    return made


async def test_the_table_has_every_mutation(valid, schema):
    assert set(valid) == set(schema._schema.mutation_type.fields)


async def ask(api: Api, name: str, call: Call, /, **changes: Any) -> dict[str, Any]:
    type_name = f"{name[0].upper()}{name[1:]}Input"
    document = (
        f"mutation($input: {type_name}!) {{ {name}(input: $input)"
        f" {{ {REFUSALS} {call.selection} }} }}"
    )
    input = {"idempotencyKey": KEY, **call.input, **changes}
    return (await api.data(call.actor, document, input=input))[name]


async def test_it_is_done_once_told_of_and_kept_on_file(api: Api, valid):
    for name, call in valid.items():
        events, entries = await Event.all().count(), await AuditEntry.all().count()
        first = await ask(api, name, call, idempotencyKey=name)
        assert first["userErrors"] == [] and None not in first.values(), name
        assert await Event.all().count() > events, name
        [entry] = await AuditEntry.filter(action=name)
        assert await AuditEntry.all().count() == entries + 1
        assert (entry.actor_role, entry.actor_id) == (call.actor.role, call.actor.user_id)
        assert entry.correlation_id == "test-correlation" and entry.subject_id

        done = await digest(api.world.database)
        # A repeat does nothing more and gives the same answer.
        assert await ask(api, name, call, idempotencyKey=name) == first, name
        assert await digest(api.world.database) == done, name

        # The key belongs to that call: with other values it is refused.
        reused = await ask(api, name, call, **{"idempotencyKey": name, **call.change})
        assert api.read(name, reused["userErrors"]) == [
            ("IDEMPOTENCY_KEY_REUSED", ("idempotencyKey",))
        ]
        assert await digest(api.world.database) == done, name


async def test_a_key_belongs_to_one_mutation_and_to_one_person(api: Api, valid, world: World):
    await ask(api, "createClient", valid["createClient"])
    reused = await ask(api, "inviteAdvisor", valid["inviteAdvisor"])
    assert [error["code"] for error in reused["userErrors"]] == ["IDEMPOTENCY_KEY_REUSED"]
    # Someone else may choose the same key.
    other = replace(valid["createClient"], actor=world.rival.as_admin())
    assert (await ask(api, "createClient", other))["client"]["name"] == "Newco"


@pytest.mark.parametrize("name", ["createClient", "addClientUser", "createContentItem"])
async def test_repeats_at_once_are_one_call(api: Api, valid, name: str):
    answers = await asyncio.gather(*(ask(api, name, valid[name]) for _ in range(5)))
    assert answers[0]["userErrors"] == [] and answers == [answers[0]] * 5
    assert await AuditEntry.filter(action=name).count() == 1


async def test_a_refused_key_may_be_used_again(api: Api, valid):
    call = valid["createClient"]
    refused = await ask(api, "createClient", call, name=" ")
    assert [error["code"] for error in refused["userErrors"]] == ["REQUIRED"]
    assert (await ask(api, "createClient", call))["userErrors"] == []


async def test_two_mutations_of_one_request_run_in_order(api: Api, valid, world: World):
    document = """mutation($a: CreateClientInput!, $b: CreateClientInput!) {
        first: createClient(input: $a) { client { name } userErrors { code } }
        second: createClient(input: $b) { client { name } userErrors { code } }
    }"""
    input = valid["createClient"].input
    told = await api.data(
        world.acme.as_admin(),
        document,
        a={"idempotencyKey": "a", **input},
        b={"idempotencyKey": "b", **input},
    )
    assert told["first"]["client"] == {"name": "Newco"}
    assert told["second"] == {"client": None, "userErrors": [{"code": "DOMAIN_TAKEN"}]}


async def test_wrong_inputs_never_reach_the_use_case(api: Api, valid):
    """A value too many, one of another type, one missing: refused as a whole, nothing written."""
    for name, call in valid.items():
        texts = [field for field, value in call.input.items() if isinstance(value, str)]
        some = texts[0] if texts else next(iter(call.input))
        for input in (
            {**call.input, "unheardOf": 1},
            {**call.input, some: {"a": "b"} if texts else 1},
            {**call.input, some: None},
            {**call.input, "idempotencyKey": None},
            {k: v for k, v in call.input.items() if k != some},
        ):
            if name == "updateClientTemplate" and input.get(some, "") is None:
                continue
            if name == "updateVendor" and input.get(some) is None:  # It needs no value.
                continue
            assert await api.rejected(call.actor, name, input) == "BAD_USER_INPUT", (name, input)


async def test_wrong_documents_are_refused(api: Api, world: World):
    archive = 'mutation { archiveClient(input: {idempotencyKey: "x", %s}) { userErrors { code } } }'
    for document in (
        "mutation { createClient { userErrors { code } } }",
        "mutation { dropClients { ok } }",
        archive % "clientId: {}",
        archive % 'clientId: "x", force: true',
        archive % "",
    ):
        code = await api.error(world.acme.as_admin(), document)
        assert code == "GRAPHQL_VALIDATION_FAILED", document
