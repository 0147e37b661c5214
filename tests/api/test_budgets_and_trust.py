"""Budgets, trusted documents, limits of variables and the production setting, on real sockets."""

import asyncio
import json
from typing import Any

import pytest
from graphql import get_introspection_query

from app.auth.actor import PUBLIC
from app.graphql.trusted_documents import digest
from tests.api.small_service import SmallService, receive, send, small_service
from tests.execute import Ask

RESPONSE_JSON = "application/graphql-response+json"
MEDIA_TYPES = ["application/json", RESPONSE_JSON]
SSE = {"accept": "text/event-stream"}
SMALL = {"cost_budget": 1000, "max_document_cost": 1000, "cost_restore": 1}
MUCH = "{" + " ".join(f"a{i}: hello" for i in range(90)) + "}"
WRITES = "mutation { " + " ".join(f"a{i}: touch" for i in range(9)) + " }"


def codes(response: Any) -> list[str]:
    return [error["extensions"]["code"] for error in response.json()["errors"]]


def subscribe(id: str, query: str) -> dict[str, Any]:
    return {"id": id, "type": "subscribe", "payload": {"query": query}}


async def test_every_answer_says_what_it_cost_and_what_is_left(database, clock, tmp_path):
    async with small_service(database, clock, tmp_path, cost_budget=2_000_000) as service:
        answer = (await service.post(MUCH)).json()
        assert answer["extensions"] == {
            "cost": {
                "requested": 90,
                "remaining": 2_000_000 - 90,
                "budget": 2_000_000,
                "restoreRate": 50_000,
            }
        }
        # A field that fails costs what it would have.
        failed = (await service.post("{ bug }")).json()
        assert failed["errors"] and failed["extensions"]["cost"]["requested"] == 1
        assert (await service.post(WRITES)).json()["extensions"]["cost"]["requested"] == 909
        # What is not executed costs nothing.
        assert "extensions" not in (await service.post("{ nope }")).json()
        streamed = await service.post("subscription { count(to: 3) }", headers=SSE)
        assert streamed.text.count('"cost"') == 1 and '"count":1},"extensions"' in streamed.text


@pytest.mark.parametrize("accept", MEDIA_TYPES)
async def test_who_has_spent_a_budget_is_told_when_to_come_back(database, clock, tmp_path, accept):
    async with small_service(database, clock, tmp_path, **SMALL) as service:
        assert (await service.post(WRITES)).json()["extensions"]["cost"]["remaining"] == 91
        refused = await service.post(WRITES, headers={"accept": accept})
        assert refused.status_code == 429
        assert refused.headers["content-type"].startswith(accept)
        [error] = refused.json()["errors"]
        seconds = error["extensions"]["retryAfterSeconds"]
        assert error["extensions"] == {"code": "BUDGET_EXCEEDED", "retryAfterSeconds": seconds}
        assert 700 < seconds <= 818 and refused.headers["retry-after"] == str(seconds)
        assert "data" not in refused.json()
        # What can be paid is still answered.
        assert (await service.post("{ hello }")).json()["data"] == {"hello": "Hello world"}


async def test_over_sockets_and_streams_it_is_an_error(database, clock, tmp_path):
    async with small_service(database, clock, tmp_path, **SMALL) as service:
        await service.post(WRITES)
        async with service.session() as socket:
            await send(socket, subscribe("1", WRITES))
            told = await receive(socket)
            assert (told["id"], told["type"]) == ("1", "error")
            assert told["payload"][0]["extensions"]["code"] == "BUDGET_EXCEEDED"
            await send(socket, subscribe("2", "subscription { count(to: 1) }"))
            first = await receive(socket)
            assert first["payload"]["data"] == {"count": 1}
            assert first["payload"]["extensions"]["cost"]["requested"] == 1
        streamed = await service.post(WRITES, headers=SSE)
        assert '"code":"BUDGET_EXCEEDED"' in streamed.text


async def test_the_schema_is_told_without_keeping_others_waiting(ask: Ask):
    """It is made in one go: without a thread of its own nobody would have a turn meanwhile."""
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    waiting = asyncio.create_task(others())
    answer = await ask(PUBLIC, get_introspection_query())
    waiting.cancel()
    assert len(answer["data"]["__schema"]["types"]) > 200 and turns > 10


async def test_much_of_the_schema_is_asked_for_by_itself(ask: Ask):
    mixed = get_introspection_query().replace("__schema", "viewer { name } __schema", 1)
    [error] = (await ask(PUBLIC, mixed))["errors"]
    assert error["extensions"]["code"] == "DOCUMENT_TOO_COMPLEX"
    assert "separate operation" in error["message"]
    answer = await ask(PUBLIC, '{ viewer { name } __type(name: "Client") { name } }')
    assert answer["data"]["__type"] == {"name": "Client"}


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (json.loads("[" * 30 + "]" * 30), "nested too deep"),
        ([0] * 5_001, "5001 items"),
        ({f"k{i}": 0 for i in range(5_001)}, "5001 items"),
        ([[0] * 4_000] * 13, "more than 50000 values"),
    ],
    ids=["deep", "long", "wide", "many"],
)
async def test_variables_have_limits(service: SmallService, value: Any, why: str):
    query = "query Q($name: String) { hello(name: $name) }"
    response = await service.post(
        query, variables={"name": value}, headers={"accept": RESPONSE_JSON}
    )
    assert (response.status_code, codes(response)) == (400, ["BAD_REQUEST"])
    assert why in response.text and "$name" in response.text
    async with service.session() as socket:
        if len(json.dumps(value)) < 60_000:
            message = subscribe("1", query)
            message["payload"]["variables"] = {"name": value}
            await send(socket, message)
            told = await receive(socket)
            assert told["payload"][0]["extensions"]["code"] == "BAD_REQUEST"


HELLO = "query Hello($name: String!) { hello(name: $name) }"
COUNT = "subscription Count { count(to: 2) }"
BY_ID = [
    {"documentId": f"sha256:{digest(HELLO)}"},
    {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": digest(HELLO)}}},
    {"query": HELLO},
    # graphql-ws insists on a text.
    {"query": "", "documentId": f"sha256:{digest(HELLO)}"},
    {"documentId": digest(HELLO).upper()},
    {
        "documentId": f"sha256:{digest(HELLO)}",
        "extensions": {"persistedQuery": {"version": 1, "sha256Hash": digest(HELLO)}},
    },
]


@pytest.fixture
async def trusting(database, clock, tmp_path):
    file = tmp_path / "documents.json"
    file.write_text(json.dumps({digest(text): text for text in (HELLO, COUNT)}))
    trust = {"trusted_documents": "enforce", "trusted_documents_file": file}
    async with small_service(database, clock, tmp_path, **trust) as service:
        yield service


@pytest.mark.parametrize(
    "request_body",
    BY_ID,
    ids=["documentId", "persistedQuery", "text", "graphql-ws", "capitals", "both"],
)
async def test_a_trusted_document_is_answered(trusting: SmallService, request_body: Any):
    asked = {**request_body, "variables": {"name": "Ada"}}
    answer = await trusting.http.post("/graphql", json=asked)
    assert answer.json() == {"data": {"hello": "Hello Ada"}}
    streamed = await trusting.http.post("/graphql", json=asked, headers=SSE)
    assert '{"data":{"hello":"Hello Ada"}}' in streamed.text
    async with trusting.session() as socket:
        await send(socket, {"id": "1", "type": "subscribe", "payload": asked})
        assert (await receive(socket))["payload"] == {"data": {"hello": "Hello Ada"}}


async def test_a_subscription_by_its_hash(trusting: SmallService):
    async with trusting.session() as socket:
        payload = {"documentId": f"sha256:{digest(COUNT)}"}
        await send(socket, {"id": "1", "type": "subscribe", "payload": payload})
        assert (await receive(socket))["payload"] == {"data": {"count": 1}}


@pytest.mark.parametrize("accept", MEDIA_TYPES)
async def test_any_other_document_is_refused(trusting: SmallService, accept: str):
    status = 200 if accept == "application/json" else 400
    headers = {"accept": accept}
    other = await trusting.post("{ hello }", headers=headers)
    assert (other.status_code, codes(other)) == (status, ["DOCUMENT_NOT_TRUSTED"])
    for body in (
        {"documentId": f"sha256:{'0' * 64}"},
        {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "0" * 64}}},
    ):
        unknown = await trusting.http.post("/graphql", json=body, headers=headers)
        assert (unknown.status_code, codes(unknown)) == (status, ["PERSISTED_QUERY_NOT_FOUND"])
        assert unknown.json()["errors"][0]["message"] == "PersistedQueryNotFound"
    async with trusting.session() as socket:
        await send(socket, subscribe("1", "{ hello }"))
        told = (await receive(socket))["payload"][0]
        assert told["extensions"]["code"] == "DOCUMENT_NOT_TRUSTED"


@pytest.mark.parametrize(
    "body",
    [
        {"documentId": "sha256:abc"},
        {"documentId": 7},
        {"documentId": "md5:" + "0" * 64},
        {"extensions": {"persistedQuery": {"version": 1}}},
        {"extensions": {"persistedQuery": {"version": 2, "sha256Hash": "0" * 64}}},
        {
            "documentId": "1" * 64,
            "extensions": {"persistedQuery": {"version": 1, "sha256Hash": "0" * 64}},
        },
        {"extensions": {"persistedQuery": "x"}},
        {"query": " ", "documentId": f"sha256:{'0' * 64}"},
    ],
    ids=str,
)
async def test_what_names_no_document_is_malformed(service: SmallService, body: Any):
    response = await service.http.post("/graphql", json=body)
    assert (response.status_code, codes(response)) == (400, ["BAD_REQUEST"])


INTROSPECTION = [
    "{ __schema { queryType { name } } }",
    '{ __type(name: "Query") { name } }',
    '{ ...F } fragment F on Query { x: __type(name: "Query") { name } }',
    "{ ... { __schema { types { name } } } }",
    get_introspection_query(),
]


async def test_a_production_server_is_closed(database, clock, tmp_path):
    """With the explorer asked for besides: one setting closes all."""
    async with small_service(database, clock, tmp_path, production=True, explorer=True) as service:
        for query in INTROSPECTION:
            assert set(codes(await service.post(query))) == {"GRAPHQL_VALIDATION_FAILED"}
            streamed = await service.post(query, headers=SSE)
            assert '"code":"GRAPHQL_VALIDATION_FAILED"' in streamed.text
            async with service.session() as socket:
                await send(socket, subscribe("1", query))
                told = (await receive(socket))["payload"][0]
                assert told["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
        for query in ("{ helo }", "{ hello(nam: 1) }", "{ ...F } fragment F on Qery { hello }"):
            assert "Did you mean" not in (await service.post(query)).text
        for path in ("/", "/explorer/config.json", "/explorer/index.html", "/explorer/"):
            assert (await service.http.get(path)).status_code == 404
        for query in ("{ hello }", INTROSPECTION[0]):
            by_get = await service.http.get("/graphql", params={"query": query})
            assert (by_get.status_code, codes(by_get)) == (405, ["METHOD_NOT_ALLOWED"])
        batch = await service.http.post("/graphql", json=[{"query": "{ hello }"}] * 2)
        assert (batch.status_code, codes(batch)) == (400, ["BAD_REQUEST"])
        assert "Batches" in batch.text


TOO_MUCH = {
    "depth": "{ thing " + "{ child " * 20 + "{ name }" + "}" * 20 + "}",
    "aliases": "{" + " ".join(f"a{i}: hello" for i in range(101)) + "}",
    "repeats": "{" + " hello" * 101 + "}",
    "roots": "{" + " ".join(f"a{i}: hello b{i}: whoami" for i in range(51)) + "}",
    "directives": "{ hello " + "@include(if: true)" * 6 + "}",
    "directives in all": "{ thing {" + " name @skip(if: false) @include(if: true)" * 99 + "}"
    " hello @skip(if: false) @include(if: true) whoami @skip(if: true) }",
    "operations": "".join(f"query Q{i} {{ hello }}" for i in range(51)),
    "fragments": "{ hello }" + "".join(f" fragment F{i} on Query {{ hello }}" for i in range(201)),
    "variables": "query Q(" + " ".join(f"$v{i}: Int" for i in range(101)) + ") { hello }",
    "items": "{ hello(name: [" + "1 " * 501 + "]) }",
}


@pytest.mark.parametrize("query", TOO_MUCH.values(), ids=TOO_MUCH)
async def test_documents_have_limits(service: SmallService, query: str):
    response = await service.post(query, operationName="Q1" if "Q1 " in query else None)
    assert codes(response) == ["DOCUMENT_TOO_COMPLEX"]


async def test_tokens_have_a_limit(service: SmallService):
    assert codes(await service.post("{" + " hello" * 2000 + "}")) == ["GRAPHQL_PARSE_FAILED"]
