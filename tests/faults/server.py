"""The process that the servers under test are copies of: it has loaded everything and serves
nothing.

For each order, a line of JSON, it makes a copy of itself, which serves the product's application
with the faults of points.py until it is killed, and tells its process id and port; or fills a
database once.
"""

import asyncio
import ctypes
import gc
import importlib
import json
import os
import pkgutil
import resource
import signal
import sys
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from tortoise.connection import get_connection

from app.cli.shared import run_loop
from app.events.bus import Bus
from app.graphql.endpoint import api_schema
from app.main import create_app
from app.observability.logs import configure_logs
from app.persistence import database as units
from app.persistence import migrations
from app.persistence.database import READER, WRITER, Database
from app.server import background
from app.server.serving import server
from app.settings import Settings
from tests.faults.failure_points import Faults, install
from tests.faults.prepared_calls import prepare

# Of <linux/prctl.h>: the signal that a process gets when its parent ends.
PR_SET_PDEATHSIG = 1
FREE = {"explorer": False, "log_level": "WARNING", "port": 0}


class Idle:
    """In place of what sends webhooks: no test calls strangers, nor waits for their answers."""

    def wake(self) -> None:
        """Nothing is to be done."""

    async def run(self) -> None:
        """Wait for the end."""
        await asyncio.get_running_loop().create_future()


@dataclass
class Still:
    """A clock that stands still: at the moment that the prepared rows are made for."""

    at: datetime

    def now(self) -> datetime:
        return self.at


def obey() -> None:
    """Start what is ordered."""
    install()
    buses: list[Bus] = []
    made = Bus.__init__

    def remembered(self: Bus) -> None:
        made(self)
        buses.append(self)

    Bus.__init__ = remembered  # type: ignore[method-assign]
    background.WebhookDispatcher = lambda *_: Idle()  # type: ignore[assignment,misc]
    schema = api_schema(Settings(_env_file=None, **FREE))
    for module in pkgutil.iter_modules(migrations.__path__, f"{migrations.__name__}."):
        importlib.import_module(module.name)
    # What is loaded is shared by all copies as long as none looks through it.
    gc.collect()
    gc.freeze()
    # Copies that were killed leave nothing behind.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    print("loaded", flush=True)
    for line in sys.stdin:
        if os.fork() == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            # However the test ends, no server outlives it.
            ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
            order = json.loads(line)
            if "prepare" in order:
                run_loop(prepare(Path(order["prepare"]), order["database_url"]))
                print("prepared", flush=True)
            else:
                run_loop(_serve(order, schema, buses))
            os._exit(0)


async def _serve(order: dict[str, Any], schema: Any, buses: list[Bus]) -> None:
    if number := order.get("log"):
        os.dup2(os.open(number, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600), 2)
    settings = Settings(_env_file=None, **FREE, **order["settings"])
    configure_logs(settings.log_level, settings.log_json)
    clock = Still(datetime.fromisoformat(order["now"])) if order["now"] else None
    database = Database(
        settings.resolved_database_url, settings.pool_size, settings.operation_timeout_seconds
    )
    await database.open()
    app = create_app(settings, database, clock, schema)
    running: Any = None

    def state() -> dict[str, Any]:
        return {
            "tasks": len(asyncio.all_tasks()),
            "units": len(units._pending),
            "taken": _taken(database),
            "connections": len(running.server_state.connections),
            "subscribers": sum(bus.attached for bus in buses),
            "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
        }

    def started(port: int) -> None:
        print(json.dumps({"pid": os.getpid(), "port": port}), flush=True)

    running = server(Faults(app, state), settings, started)  # type: ignore[arg-type]
    await running.serve()
    await database.close()


def _taken(database: Database) -> int:
    """How many connections to the database somebody holds now."""
    if database.dialect == "postgres":
        pool = database._pool
        return int(pool.get_size() - pool.get_idle_size())
    clients: list[Any] = [get_connection(WRITER), get_connection(READER)]
    return sum(client._lock.locked() for client in clients)


if __name__ == "__main__":
    obey()
