"""The same question in the words of each server, and whether the answers are the same."""

import json
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from benchmarks.dataset import Dataset
from benchmarks.measure import ROOT, Server

PAGE = (ROOT / "schema/operations/05-portal-page.graphql").read_text()
LISTS_PAGE = """query PortalPage($id: ID!) {
  partner(id: $id) {
    id name slug
    clients(first: 50) { id name domain status employeeCount createdAt plan { code } }
    advisors(first: 100) { id name email }
  }
}"""
POSTGRAPHILE_PAGE = """query PortalPage($id: UUID!) {
  partner: partnerByRowId(rowId: $id) {
    id: rowId name slug
    clients: clientsByPartnerId(first: 50, orderBy: [NAME_KEY_ASC, ROW_ID_ASC]) {
      nodes { id: rowId name domain status employeeCount createdAt plan: planByPlanId { code } }
    }
    advisors: advisorsByPartnerId(first: 100, orderBy: [NAME_KEY_ASC, ROW_ID_ASC]) {
      nodes { id: rowId name email }
    }
  }
}"""


@dataclass(frozen=True)
class Call:
    """A request to one of the servers, and where in its answer is what to compare."""

    server: str
    path: str
    at: Sequence[str] = ()
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None

    def request(self) -> bytes:
        """The whole HTTP/1.1 request: a POST if it has a body, else a GET."""
        headers = {"Host": "127.0.0.1", **self.headers}
        if self.body is not None:
            headers["Content-Length"] = str(len(self.body))
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        method = "GET" if self.body is None else "POST"
        return f"{method} {self.path} HTTP/1.1\r\n{lines}\r\n".encode() + (self.body or b"")


def page_calls(dataset: Dataset) -> dict[str, Call]:
    """The portal page, by who is asked for it."""
    id = str(dataset.partner_id)
    return {
        "ours": _graphql("ours", PAGE, ["viewer", "partner"], key=dataset.key),
        "idiomatic": _graphql("idiomatic", LISTS_PAGE, ["partner"], id=id),
        "handwritten_three": Call("handwritten", f"/three/{id}"),
        "handwritten_json": Call("handwritten", f"/json/{id}"),
        "postgraphile": _graphql("postgraphile", POSTGRAPHILE_PAGE, ["partner"], id=id),
        "mercurius": _graphql("mercurius", LISTS_PAGE, ["partner"], id=id),
    }


def small_calls(dataset: Dataset) -> dict[str, Call]:
    """The name of who asks, by who is asked for it."""
    headers = _authorization(dataset.key)
    return {
        "ours": _graphql("ours", "{ viewer { name } }", ["viewer"], key=dataset.key),
        "handwritten": Call("handwritten", "/small", headers=headers),
        "handwritten_cached": Call("handwritten", "/small-cached", headers=headers),
    }


def _graphql(
    server: str, document: str, at: Sequence[str], key: str = "", **variables: str
) -> Call:
    headers = {"Content-Type": "application/json"} | (_authorization(key) if key else {})
    asked = {"query": document} | ({"variables": variables} if variables else {})
    return Call(server, "/graphql", ["data", *at], headers, json.dumps(asked).encode())


def _authorization(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def compare(calls: Mapping[str, tuple[Server, Call]]) -> dict[str, int]:
    """The length of each answer in bytes, once all say the same; else RuntimeError."""
    answers = {name: _ask(server, call) for name, (server, call) in calls.items()}
    values = {name: _value(calls[name][1], body) for name, body in answers.items()}
    first, expected = next(iter(values.items()))
    for name, value in values.items():
        if value != expected:
            raise RuntimeError(f"{name} does not answer as {first} does:\n{value}\n{expected}")
    return {name: len(body) for name, body in answers.items()}


def _ask(server: Server, call: Call) -> bytes:
    request = urllib.request.Request(
        f"http://127.0.0.1:{server.port}{call.path}", call.body, call.headers
    )
    with urllib.request.urlopen(request) as response:
        return response.read()  # type: ignore[no-any-return]


def _value(call: Call, body: bytes) -> Any:
    value = json.loads(body)
    if isinstance(value, dict) and value.get("errors"):
        raise RuntimeError(f"{call.server}: {value['errors']}")
    for name in call.at:
        value = value[name]
    return _plain(value)


def _plain(value: Any) -> Any:
    """The value without what only differs in form: lists in `nodes`, ids, moments."""
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if not isinstance(value, dict):
        return value
    if value.keys() == {"nodes"}:
        return _plain(value["nodes"])
    plain = {name: _plain(item) for name, item in value.items()}
    if "id" in plain:
        plain["id"] = UUID(plain["id"].rpartition("_")[2])
    if "createdAt" in plain:
        plain["createdAt"] = datetime.fromisoformat(plain["createdAt"])
    return plain
