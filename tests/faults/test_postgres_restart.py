"""PostgreSQL goes away under load and comes back; `make soak` does it twenty times."""

import json
from functools import partial
from pathlib import Path

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from tests import database_templates
from tests.database_templates import name_of, own_postgres
from tests.faults.database_copies import postgres_origin
from tests.faults.load import Writers
from tests.faults.operations import named
from tests.faults.prepared_calls import Request, requests_of
from tests.faults.restarts import restart_under_load, unsteady_postgres
from tests.faults.servers import Server, Servers
from tests.faults.state import outside


async def test_what_was_acknowledged_outlives_the_database(
    servers: Servers, tmp_path: Path
) -> None:
    with unsteady_postgres() as database, own_postgres(database.url) as migrated:
        database_templates.migrate(tmp_path, migrated)
        made = postgres_origin(servers, database.url, name_of(migrated), tmp_path / "origin")
        async with made as origin:
            with origin.copy(tmp_path / "place") as place:
                request = named(requests_of(place.data), "createPartner")
                async with servers.running(place) as server:
                    writers = Writers(request, [server.url], lambda name: {"name": name})
                    away = partial(callers_are_told, server, request)
                    async with writers.at_work():
                        await restart_under_load(database, server, writers, away)
                told = place.log()
                assert "database_away" in told
                assert "internal_error" not in told and "ASGI" not in told, told
                async with outside(place) as view:
                    await writers.nothing_lost(view)


async def callers_are_told(server: Server, request: Request) -> None:
    """That the database is away: whoever writes, reads, or only says who it is."""
    authorization = request.headers()
    for accept in ("application/json", "application/graphql-response+json"):
        answer = await server.http.post(
            "/graphql",
            json={"query": "{ viewer { name } }"},
            headers={**authorization, "accept": accept},
        )
        [error] = answer.json()["errors"]
        assert (answer.status_code, error["extensions"]["code"]) == (503, "UNAVAILABLE")
        assert "same idempotency key" in error["message"]
        assert answer.headers["retry-after"] == "1"
    answer = await server.http.get("/exports/revenue.csv", headers=authorization)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert answer.json()["errors"][0]["extensions"] == {"code": "UNAVAILABLE"}
    async with connect(server.websocket_url, subprotocols=["graphql-transport-ws"]) as socket:  # type: ignore[list-item]
        init = {"type": "connection_init", "payload": authorization}
        await socket.send(json.dumps(init))
        try:
            raise AssertionError(await socket.recv())
        except ConnectionClosed as closed:
            assert closed.rcvd and closed.rcvd.code == 1013
