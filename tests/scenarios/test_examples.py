"""The explorer's examples, run as a fresh demo serves them by whom they are meant for."""

import json
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from tests.operations import MUTATIONS, QUERIES
from tests.serving import Service, demo_service

# Most are for a partner's admin; what that one may not do, or does not have, is the vendor's.
# A demo has no identity provider.
NEEDS_SIGN_IN = {"AcceptInvitation"}
ACTORS = ("partner_admin", "vendor_admin")


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def service(request: pytest.FixtureRequest) -> Iterator[Service]:
    with demo_service(*request.getfixturevalue(f"{request.param}_demo")) as running:
        yield running


async def test_each_example_works_as_it_is_shown(service: Service) -> None:
    async with httpx2.AsyncClient(base_url=service.url, timeout=30) as http:
        config = (await http.get("/explorer/config.json")).json()
        shown = {operation["name"]: operation for operation in config["operations"]}
        failed = {}
        # One after the other, as someone who tries them all would: they do not spoil each other.
        for example in [*QUERIES, *MUTATIONS]:
            if example.name in NEEDS_SIGN_IN:
                continue
            operation = shown[example.name]
            assert '..."' not in operation["variables"], example.name
            for actor in ACTORS:
                answer = await run(http, service.headers(actor), operation)
                if works(answer):
                    break
            else:
                failed[example.name] = answer
    assert failed == {}


async def test_no_other_example_is_about_the_client_to_archive(service: Service) -> None:
    async with httpx2.AsyncClient(base_url=service.url) as http:
        operations = (await http.get("/explorer/config.json")).json()["operations"]
    [archive] = [o for o in operations if o["name"] == "ArchiveClient"]
    client = json.loads(archive["variables"])["input"]["clientId"]
    assert [o["name"] for o in operations if client in o["variables"]] == ["ArchiveClient"]


async def run(
    http: httpx2.AsyncClient, headers: dict[str, str], operation: dict[str, Any]
) -> dict[str, Any]:
    body = {
        "query": operation["document"],
        "variables": json.loads(operation["variables"] or "{}"),
    }
    answer: dict[str, Any] = (await http.post("/graphql", json=body, headers=headers)).json()
    return answer


def works(answer: dict[str, Any]) -> bool:
    """Nothing went wrong, and the objects that the example is about are there."""
    if "errors" in answer:
        return False
    return all(is_there(value) for value in answer["data"].values())


def is_there(value: Any) -> bool:
    """Whether a root field found or did what it is for: an object, a list, a mutation's payload."""
    if isinstance(value, list):
        return None not in value
    if isinstance(value, dict) and "userErrors" in value:
        objects = [item for key, item in value.items() if key != "userErrors"]
        return value["userErrors"] == [] and None not in objects
    return value is not None
