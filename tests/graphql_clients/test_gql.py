"""The Python client gql, as it comes, against a running demo, on both databases."""

from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest
from gql import Client, GraphQLRequest, gql
from gql.transport.exceptions import TransportConnectionFailed, TransportQueryError

from tests.graphql_clients.gql_client import connect, connect_aiohttp_socket, connect_socket, follow
from tests.serving import Service, demo_service

PAGE = """
query Page($first: Int, $after: Cursor, $last: Int, $before: Cursor) {
  clients(first: $first, after: $after, last: $last, before: $before) {
    totalCount
    nodes { id }
    pageInfo { hasNextPage endCursor hasPreviousPage startCursor }
  }
}
"""
CREATE = """
mutation Create($input: CreateClientInput!) {
  createClient(input: $input) { client { id } userErrors { code field message } }
}
"""


TRANSPORTS = pytest.mark.parametrize("make", [connect, connect_socket, connect_aiohttp_socket])
Make = Callable[[str, str], Client]


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def service(request: pytest.FixtureRequest) -> Iterator[Service]:
    with demo_service(*request.getfixturevalue(f"{request.param}_demo")) as running:
        yield running


def client(make: Make, service: Service, actor: str) -> Client:
    key = service.keys[actor]
    assert key
    return make(f"{service.url}/graphql", key)


@TRANSPORTS
async def test_it_reads_all_pages_forward_and_backward(make: Make, service: Service) -> None:
    async with client(make, service, "partner_admin") as session:

        async def pages(size: str, cursor: str, has_more: str, next: str) -> list[list[str]]:
            found, variables = [], {size: 50}
            while True:
                result = await session.execute(GraphQLRequest(PAGE, variable_values=variables))
                info = result["clients"]["pageInfo"]
                found.append([node["id"] for node in result["clients"]["nodes"]])
                if not info[has_more]:
                    return found
                variables = {size: 50, cursor: info[next]}

        forward = await pages("first", "after", "hasNextPage", "endCursor")
        backward = await pages("last", "before", "hasPreviousPage", "startCursor")
        one = GraphQLRequest(PAGE, variable_values={"first": 1})
        total = (await session.execute(one))["clients"]["totalCount"]
    ids = [id for page in forward for id in page]
    assert ids == [id for page in reversed(backward) for id in page]
    assert len(set(ids)) == len(ids) == total


@TRANSPORTS
async def test_a_mutation_sent_twice_is_done_once(make: Make, service: Service) -> None:
    name = f"client-{uuid4().hex}"
    input = {
        "idempotencyKey": name,
        "start": {"planCode": "FREE"},
        "name": name,
        "domain": f"{name}.example",
        "size": {"employeeCount": 42},
    }
    async with client(make, service, "partner_admin") as session:
        create = GraphQLRequest(CREATE, variable_values={"input": input})
        first = await session.execute(create)
        assert first["createClient"]["userErrors"] == []
        assert await session.execute(create) == first
        other = {**input, "idempotencyKey": f"{name}-2", "domain": f"{name}-2.example", "name": " "}
        wrong = GraphQLRequest(CREATE, variable_values={"input": other})
        [error] = (await session.execute(wrong))["createClient"]["userErrors"]
        assert error["field"] == ["name"]


@TRANSPORTS
async def test_a_wrong_query_says_what_is_wrong(make: Make, service: Service) -> None:
    async with client(make, service, "partner_admin") as session:
        with pytest.raises(TransportQueryError) as refused:
            await session.execute(gql("{ clients { nodes { nothing } } }"))
        assert refused.value.errors
        assert refused.value.errors[0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
        # The connection is as good as before.
        assert (await session.execute(gql("{ viewer { role } }")))["viewer"]


async def test_a_key_that_is_not_let_in_is_told(service: Service) -> None:
    url = f"{service.url}/graphql"
    with pytest.raises(TransportQueryError, match="no such API key"):
        await connect(url, "pg_wrong").execute_async(gql("{ viewer { role } }"))
    with pytest.raises(TransportConnectionFailed) as closed:
        await anext(follow(connect_socket(url, "pg_wrong")))
    assert "4403" in str(closed.value.__cause__)


@pytest.mark.parametrize("make", [connect_socket, connect_aiohttp_socket])
async def test_a_cursor_that_is_none_is_told(make: Make, service: Service) -> None:
    with pytest.raises(TransportQueryError) as refused:
        await anext(follow(client(make, service, "partner_app"), "nonsense"))
    assert refused.value.errors
    assert refused.value.errors[0]["extensions"]["code"] == "INVALID_CURSOR"
