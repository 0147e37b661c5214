"""PostgreSQL goes away under load and comes back; `make soak` does it twenty times."""

from pathlib import Path

from tests import prepared
from tests.faults.load import Writers
from tests.faults.operations import named
from tests.faults.places import postgres_origin
from tests.faults.prepared_calls import requests_of
from tests.faults.restarts import restart_under_load, unsteady_postgres
from tests.faults.servers import Servers
from tests.faults.state import outside
from tests.prepared import name_of, own_postgres


async def test_what_was_acknowledged_outlives_the_database(
    servers: Servers, tmp_path: Path
) -> None:
    with unsteady_postgres() as database, own_postgres(database.url) as migrated:
        prepared.migrate(tmp_path, migrated)
        made = postgres_origin(servers, database.url, name_of(migrated), tmp_path / "origin")
        async with made as origin:
            with origin.copy(tmp_path / "place") as place:
                request = named(requests_of(place.data), "createPartner")
                async with servers.running(place) as server:
                    writers = Writers(request, [server.url], lambda name: {"name": name})
                    async with writers.at_work():
                        await restart_under_load(database, server, writers)
                async with outside(place) as view:
                    await writers.nothing_lost(view)
