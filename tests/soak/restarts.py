"""A PostgreSQL server that is stopped twenty times, at once, while callers write."""

import asyncio
from pathlib import Path
from typing import Any

from tests import database_templates
from tests.faults.database_copies import postgres_origin
from tests.faults.load import Writers
from tests.faults.operations import named
from tests.faults.prepared_calls import requests_of
from tests.faults.restarts import restart_under_load, unsteady_postgres
from tests.faults.servers import PATIENCE_SECONDS
from tests.faults.state import outside
from tests.soak.harness import Bench

RESTARTS = 20


async def run(bench: Bench, database: str) -> dict[str, Any]:
    """Each time /readyz is 503 while it is down, and nothing that was acknowledged is lost."""
    folder: Path = bench.new_folder()
    with unsteady_postgres() as server, database_templates.own_postgres(server.url) as migrated:
        database_templates.migrate(folder.parent / "migrated", migrated)
        name = database_templates.name_of(migrated)
        async with postgres_origin(bench.servers, server.url, name, folder) as origin:
            with origin.copy(bench.new_folder()) as place:
                request = named(requests_of(place.data), "createPartner")
                async with bench.servers.running(place) as service:
                    writers = Writers(request, [service.url], lambda name: {"name": name})
                    seconds = []
                    async with asyncio.timeout(RESTARTS * PATIENCE_SECONDS), writers.at_work():
                        for _ in range(RESTARTS):
                            seconds.append(await restart_under_load(server, service, writers))
                async with outside(place) as view:
                    await writers.nothing_lost(view)
    return {
        "restarts": RESTARTS,
        "acknowledged": len(writers.acknowledged),
        "refused and repeated": writers.failed,
        "lost": 0,
        "recovered, median s": round(sorted(seconds)[RESTARTS // 2], 2),
        "recovered, worst s": round(max(seconds), 2),
    }
