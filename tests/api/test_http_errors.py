"""GraphQL over HTTP: what is refused, how, and that nothing a caller sends is a 500."""

import gzip
import json

import pytest
from structlog.testing import capture_logs

from app.auth.api_keys import NewKey, create_key, revoke_key
from app.domain.identity import Role
from tests.api.small_service import SECRET_DETAIL, SmallService, small_service
from tests.conftest import ManualClock
from tests.world import World

# The database does not matter here: one is enough.
pytestmark = pytest.mark.parametrize("migrated", ["postgres"], indirect=True)

RESPONSE_JSON = "application/graphql-response+json"


@pytest.fixture
def clock(served: SmallService) -> ManualClock:
    """The clock of the service."""
    return served.clock


def code(response) -> str:
    return response.json()["errors"][0]["extensions"]["code"]


async def test_a_query_is_answered(service):
    response = await service.post(
        "query Q($n: String!) { hello(name: $n) }", variables={"n": "Ada"}
    )
    assert response.status_code == 200
    assert response.json() == {"data": {"hello": "Hello Ada"}}
    assert response.headers["content-type"] == "application/json; charset=utf-8"
    assert response.headers["cache-control"] == "no-store"


MALFORMED_BODIES = {
    "a number": b"1",
    "a string": b'"x"',
    "null": b"null",
    "a list": b"[]",
    "a batch": b'[{"query": "{ hello }"}]',
    "nothing": b"",
    "cut short": b'{"query": "{ hello }"',
    "not UTF-8": b'{"query": "\xff\xfe{ hello }"}',
    "a lone surrogate": b'{"query": "\\ud800"}',
    "gzip": gzip.compress(b'{"query": "{ hello }"}'),
    "very deep": b'{"query": "{ hello }", "variables": ' + b"[" * 50_000 + b"]" * 50_000 + b"}",
    "a very deep object": b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
    "a huge integer": b'{"query": "{ hello }", "variables": {"n": ' + b"1" * 10_000 + b"}}",
    "not a number": b'{"query": "{ hello }", "variables": {"n": NaN}}',
    "no query": b'{"operationName": "Q"}',
    "a null query": b'{"query": null}',
    "an empty query": b'{"query": " "}',
    "a query that is a number": b'{"query": 7}',
    "a query that is an object": b'{"query": {"a": 1}}',
    "variables that are a list": b'{"query": "{ hello }", "variables": [1]}',
    "variables that are text": b'{"query": "{ hello }", "variables": "{}"}',
    "a name that is a number": b'{"query": "{ hello }", "operationName": 1}',
    "extensions that are a list": b'{"query": "{ hello }", "extensions": []}',
}


@pytest.mark.parametrize("accept", ["application/json", RESPONSE_JSON])
@pytest.mark.parametrize("body", MALFORMED_BODIES.values(), ids=MALFORMED_BODIES)
async def test_a_malformed_body_is_a_bad_request(service, body, accept):
    headers = {"content-type": "application/json", "accept": accept}
    response = await service.http.post("/graphql", content=body, headers=headers)
    assert response.status_code == 400
    assert code(response) == "BAD_REQUEST"
    assert response.json()["errors"][0]["message"]


# Each is a request that cannot be executed: 200 with JSON, 400 with the newer media type.
REQUEST_ERRORS = {
    "syntax": ({"query": "{ hello"}, "GRAPHQL_PARSE_FAILED"),
    "only a comment": ({"query": "# nothing"}, "GRAPHQL_PARSE_FAILED"),
    "nested beyond the parser": ({"query": "{a" * 900 + "}" * 900}, "GRAPHQL_PARSE_FAILED"),
    "lists beyond the parser": (
        {"query": "{ hello(name: " + "[" * 900 + "]" * 900 + ") }"},
        "GRAPHQL_PARSE_FAILED",
    ),
    "too many tokens": ({"query": "{" + " hello" * 3000 + "}"}, "GRAPHQL_PARSE_FAILED"),
    "unknown field": ({"query": "{ nope }"}, "GRAPHQL_VALIDATION_FAILED"),
    "unknown argument": ({"query": "{ hello(x: 1) }"}, "GRAPHQL_VALIDATION_FAILED"),
    "wrong literal": ({"query": "{ hello(name: 1) }"}, "GRAPHQL_VALIDATION_FAILED"),
    "too deep": (
        {"query": "{ thing " + "{ child " * 20 + "{ name }" + "}" * 20 + "}"},
        "DOCUMENT_TOO_COMPLEX",
    ),
    "missing variable": ({"query": "query Q($n: String!) { hello(name: $n) }"}, "BAD_USER_INPUT"),
    "variable of a wrong type": (
        {"query": "query Q($a: Int!) { add(a: $a, b: 1) }", "variables": {"a": "one"}},
        "BAD_USER_INPUT",
    ),
    "integer beyond 32 bits": (
        {"query": "query Q($a: Int!) { add(a: $a, b: 1) }", "variables": {"a": 2**40}},
        "BAD_USER_INPUT",
    ),
    "unknown operation": (
        {"query": "query A { hello } query B { hello }", "operationName": "C"},
        "UNKNOWN_OPERATION",
    ),
    "a subscription": ({"query": "subscription { count(to: 1) }"}, "OPERATION_NOT_ALLOWED"),
}


@pytest.mark.parametrize(("request_body", "expected"), REQUEST_ERRORS.values(), ids=REQUEST_ERRORS)
async def test_what_cannot_be_executed_says_why(service, request_body, expected):
    plain = await service.http.post("/graphql", json=request_body)
    assert (plain.status_code, code(plain)) == (200, expected)
    headers = {"accept": RESPONSE_JSON}
    newer = await service.http.post("/graphql", json=request_body, headers=headers)
    assert (newer.status_code, code(newer)) == (400, expected)
    assert newer.headers["content-type"].startswith(RESPONSE_JSON)
    for response in (plain, newer):
        assert "data" not in response.json()


async def test_fragments_that_grow_exponentially_are_refused(service):
    fragments = "".join(
        f"fragment F{i} on Thing {{ a: child {{ ...F{i + 1} }} b: child {{ ...F{i + 1} }} }} "
        for i in range(13)
    )
    query = f"{{ thing {{ ...F0 }} }} {fragments} fragment F13 on Thing {{ name }}"
    response = await service.post(query)
    assert code(response) == "DOCUMENT_TOO_COMPLEX"
    circular = "{ thing { ...A } } fragment A on Thing { child { ...A } }"
    assert code(await service.post(circular)) == "GRAPHQL_VALIDATION_FAILED"


async def test_a_null_for_a_required_argument_is_the_callers_fault(service):
    query = "query Q($a: Int = 1) { add(a: $a, b: 2) }"
    assert (await service.post(query)).json() == {"data": {"add": 3}}
    assert code(await service.post(query, variables={"a": None})) == "BAD_USER_INPUT"


async def test_a_bug_is_masked_and_can_be_traced(service):
    with capture_logs() as logged:
        response = await service.post("{ bug hello }", headers={"x-request-id": "trace-7"})
    assert response.status_code == 200
    answer = response.json()
    assert answer["data"] == {"bug": None, "hello": "Hello world"}
    assert answer["errors"][0]["extensions"] == {"code": "INTERNAL", "correlationId": "trace-7"}
    assert "trace-7" in answer["errors"][0]["message"]
    assert SECRET_DETAIL not in response.text
    (error,) = [entry for entry in logged if entry["log_level"] == "error"]
    assert error["correlation_id"] == "trace-7"
    assert isinstance(error["exc_info"], RuntimeError)


async def test_a_callers_fault_keeps_its_message_and_is_no_error_in_the_log(service):
    with capture_logs() as logged:
        denied = await service.post("{ denied }")
        page = await service.post("{ wrongPage }")
        await service.post("{ nope }")
    error = denied.json()["errors"][0]
    assert error["message"] == "Not yours."
    assert error["extensions"] == {"code": "FORBIDDEN", "action": "READ"}
    assert error["path"] == ["denied"]
    assert page.json()["errors"][0]["message"] == "Ask for 1 to 100."
    assert code(page) == "BAD_USER_INPUT"
    assert {entry["log_level"] for entry in logged} == {"info"}


async def test_correlation_ids_are_echoed_if_they_are_sane(service):
    sane = await service.post("{ correlation }", headers={"x-request-id": "abc-1.2_3"})
    assert sane.headers["x-request-id"] == "abc-1.2_3"
    assert sane.json()["data"]["correlation"] == "abc-1.2_3"
    for odd in ("a b", "x" * 65, "<script>"):
        made = (await service.post("{ hello }", headers={"x-request-id": odd})).headers
        assert made["x-request-id"] != odd
        assert len(made["x-request-id"]) == 32


async def by_get(service, **asked):
    return await service.http.get("/graphql", params=asked)


async def test_where_the_schema_is_shown_a_query_may_be_in_the_address(service):
    answered = await by_get(
        service, query="query A($x: Boolean!) { hello @include(if: $x) }", variables='{"x": true}'
    )
    assert (answered.status_code, answered.json()["data"]) == (200, {"hello": "Hello world"})
    for odd in ({"query": ""}, {}, {"query": "{ hello }", "variables": "{"}):
        refused = await by_get(service, **odd)
        assert (refused.status_code, code(refused)) == (400, "BAD_REQUEST")


async def test_nothing_is_changed_by_an_address(service):
    for asked in ("mutation { touch }", "subscription { count(to: 1) }"):
        refused = await by_get(service, query=asked)
        assert (refused.status_code, code(refused)) == (405, "METHOD_NOT_ALLOWED"), refused.text
    stream = {"accept": "text/event-stream"}
    asked = {"query": "{ hello }"}
    refused = await service.http.get("/graphql", params=asked, headers=stream)
    assert (refused.status_code, code(refused)) == (405, "METHOD_NOT_ALLOWED")


@pytest.mark.parametrize("method", ["PUT", "DELETE", "HEAD", "PATCH"])
async def test_no_other_method_is_answered(service, method):
    response = await service.http.request(method, "/graphql", params={"query": "{ hello }"})
    assert response.status_code == 405
    assert response.headers["allow"] == "POST"
    if method != "HEAD":
        assert code(response) == "METHOD_NOT_ALLOWED"


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "",
        "application/json; charset=utf-16",
        "application/graphql",
    ],
)
async def test_only_json_in_utf8_is_read(service, content_type):
    body = json.dumps({"query": "{ hello }"}).encode()
    headers = {"content-type": content_type} if content_type else {}
    response = await service.http.post("/graphql", content=body, headers=headers)
    assert (response.status_code, code(response)) == (415, "UNSUPPORTED_MEDIA_TYPE")


async def test_a_compressed_body_is_refused(service):
    headers = {"content-type": "application/json", "content-encoding": "gzip"}
    body = gzip.compress(b'{"query": "{ hello }"}')
    response = await service.http.post("/graphql", content=body, headers=headers)
    assert (response.status_code, code(response)) == (415, "UNSUPPORTED_MEDIA_TYPE")


async def test_a_body_that_is_too_large_is_refused(service):
    large = b'{"query": "{ hello }", "variables": {"n": "' + b"x" * 1_100_000 + b'"}}'
    headers = {"content-type": "application/json"}
    response = await service.http.post("/graphql", content=large, headers=headers)
    assert (response.status_code, code(response)) == (413, "BODY_TOO_LARGE")

    async def chunks():
        for start in range(0, len(large), 65_536):
            yield large[start : start + 65_536]

    response = await service.http.post("/graphql", content=chunks(), headers=headers)
    assert (response.status_code, code(response)) == (413, "BODY_TOO_LARGE")


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("*/*", "application/json"),
        ("application/*", "application/json"),
        ("application/json", "application/json"),
        (RESPONSE_JSON, RESPONSE_JSON),
        (f"{RESPONSE_JSON}, application/json", RESPONSE_JSON),
        (f"application/json, {RESPONSE_JSON};q=0.5", "application/json"),
        (f"{RESPONSE_JSON};q=0, application/json", "application/json"),
        ("application/json, text/event-stream", "application/json"),
        ("application/json;q=nonsense", "application/json"),
        ("text/html, */*;q=0.1", "application/json"),
        ("text/event-stream", "text/event-stream"),
    ],
)
async def test_the_accept_header_chooses_the_media_type(service, accept, expected):
    response = await service.post("{ hello }", headers={"accept": accept})
    assert response.status_code == 200
    assert response.headers["content-type"].startswith(expected)


async def test_a_caller_that_takes_nothing_of_ours_is_told(service):
    response = await service.post("{ hello }", headers={"accept": "text/html"})
    assert (response.status_code, code(response)) == (406, "NOT_ACCEPTABLE")


async def test_events_are_sent_line_by_line(service):
    headers = {"accept": "text/event-stream"}
    response = await service.post("subscription { count(to: 2) }", headers=headers)
    assert response.text == (
        'event: next\ndata: {"data":{"count":1}}\n\n'
        'event: next\ndata: {"data":{"count":2}}\n\n'
        "event: complete\ndata: \n\n"
    )
    broken = await service.post("subscription { breaks }", headers=headers)
    assert '"code":"INTERNAL"' in broken.text
    assert SECRET_DETAIL not in broken.text
    assert broken.text.endswith("event: complete\ndata: \n\n")
    invalid = await service.post("subscription { nope }", headers=headers)
    assert '"code":"GRAPHQL_VALIDATION_FAILED"' in invalid.text


async def test_security_headers(service):
    for path in ("/graphql", "/", "/explorer/config.json", "/livez", "/nowhere"):
        headers = (await service.http.get(path)).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "server" not in headers


async def test_credentials(service: SmallService, world: World, clock):
    wanted = NewKey("test", Role.VENDOR_ADMIN, world.vendor_admin.id)
    key = await create_key(service.database, clock, service.secret, wanted)

    async def whoami(authorization: str | None):
        headers = {} if authorization is None else {"authorization": authorization}
        return await service.post("{ whoami }", headers=headers)

    assert (await whoami(None)).json()["data"]["whoami"] == "PUBLIC Public"
    good = await whoami(f"Bearer {key.text}")
    assert good.json()["data"]["whoami"] == "VENDOR_ADMIN Vera Admin"
    refused = {
        "Basic abc": "CREDENTIALS_MALFORMED",
        "Bearer": "CREDENTIALS_MALFORMED",
        key.text: "CREDENTIALS_MALFORMED",
        "Bearer pg_": "KEY_UNKNOWN",
        "Bearer pg_0000000000000000.xxxxxxxxxxxxxxxxxxxxxxxxxxx": "KEY_UNKNOWN",
        f"Bearer {key.text}x": "KEY_UNKNOWN",
        "Bearer a.b.c": "TOKENS_NOT_ACCEPTED",
    }
    await revoke_key(service.database, clock, key.public_id)
    refused[f"Bearer {key.text}"] = "KEY_REVOKED"
    for authorization, reason in refused.items():
        response = await whoami(authorization)
        assert response.status_code == 401
        assert response.headers["www-authenticate"] == "Bearer"
        extensions = response.json()["errors"][0]["extensions"]
        assert extensions == {"code": "UNAUTHENTICATED", "reason": reason}
        assert key.text not in response.text


async def test_other_origins_may_call_only_if_they_are_listed(database, clock, tmp_path):
    preflight = {
        "origin": "https://portal.example",
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization,content-type",
    }
    async with small_service(database, clock, tmp_path) as closed:
        response = await closed.http.options("/graphql", headers=preflight)
        assert "access-control-allow-origin" not in response.headers
    origins = ("https://portal.example",)
    async with small_service(database, clock, tmp_path, cors_origins=origins) as opened:
        response = await opened.http.options("/graphql", headers=preflight)
        assert response.headers["access-control-allow-origin"] == "https://portal.example"
        other = await opened.http.options(
            "/graphql", headers={**preflight, "origin": "https://evil.example"}
        )
        assert "access-control-allow-origin" not in other.headers


async def test_without_the_explorer_the_schema_is_not_told(database, clock, tmp_path):
    async with small_service(database, clock, tmp_path, explorer=False) as service:
        for query in ("{ __schema { queryType { name } } }", '{ __type(name: "Query") { name } }'):
            assert code(await service.post(query)) == "GRAPHQL_VALIDATION_FAILED"
        assert (await service.post("{ __typename }")).json() == {"data": {"__typename": "Query"}}
        for query in ("{ helo }", "{ hello(nam: 1) }"):
            message = (await service.post(query)).json()["errors"][0]["message"]
            assert "Did you mean" not in message
        assert (await service.http.get("/")).status_code == 404
        assert (await service.http.get("/explorer/config.json")).status_code == 404


async def test_with_the_explorer_the_schema_is_told(service):
    response = await service.post("{ __schema { queryType { name } } }")
    assert response.json()["data"]["__schema"]["queryType"]["name"] == "Query"
    assert "Did you mean" in (await service.post("{ helo }")).json()["errors"][0]["message"]


async def test_the_explorer_page_and_its_files(service):
    page = await service.http.get("/")
    assert page.headers["content-type"].startswith("text/html")
    script = page.text.split('src="')[1].split('"')[0]
    asset = await service.http.get(script)
    assert asset.status_code == 200
    assert asset.headers["content-encoding"] == "gzip"
    assert asset.headers["cache-control"] == "public, max-age=31536000, immutable"
    plain = await service.http.get(script, headers={"accept-encoding": "identity"})
    assert plain.content == asset.content
    config = await service.http.get("/explorer/config.json")
    assert config.headers["cache-control"] == "no-store"
    assert config.json()["demo"] is False
    assert config.json()["actors"] == []
    for path in ("/explorer/../main.py", "/explorer/%2e%2e/config.py", "/explorer/nothing.js"):
        assert (await service.http.get(path)).status_code == 404


async def test_demo_keys_are_shown_on_a_demo_only(database, clock, tmp_path):
    entry = {"id": "x", "label": "X", "description": "Y", "role": "APP", "key": "pg_a.b"}
    (tmp_path / "demo-keys.json").write_text(json.dumps([entry]))
    async with small_service(database, clock, tmp_path) as service:
        assert (await service.http.get("/explorer/config.json")).json()["actors"] == []
    async with small_service(database, clock, tmp_path, demo=True) as service:
        config = (await service.http.get("/explorer/config.json")).json()
        assert config["actors"] == [{k: entry[k] for k in ("id", "label", "description", "key")}]
