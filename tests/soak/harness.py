"""What the parts of a soak have in common: servers, prepared databases, telling results."""

import json
import os
import platform
import tempfile
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

from rich.console import Console
from rich.table import Table

from tests import database_templates
from tests.faults.database_copies import Origin, postgres_origin, sqlite_origin
from tests.faults.servers import Servers, loaded_servers

DATABASES = ("sqlite", "postgres")


@dataclass
class Bench:
    """Where parts run. `origins` are the prepared databases by dialect."""

    folder: Path
    servers: Servers
    origins: dict[str, Origin]

    def new_folder(self) -> Path:
        """A path that nothing is at."""
        return Path(tempfile.mkdtemp(dir=self.folder)) / "place"


@dataclass
class Outcome:
    """What a part came to on a database."""

    part: str
    database: str
    seconds: float
    figures: dict[str, Any]
    broken: str = ""


Part = Callable[[Bench, str], Awaitable[dict[str, Any]]]


@asynccontextmanager
async def opened_bench(databases: tuple[str, ...]) -> AsyncIterator[Bench]:
    """Load the application and prepare the databases."""
    with (
        tempfile.TemporaryDirectory(prefix="soak-") as name,
        database_templates.started_postgres() as server,
    ):
        folder = Path(name)
        async with loaded_servers() as servers:
            bench = Bench(folder, servers, {})
            if "sqlite" in databases:
                empty = folder / "empty"
                database_templates.migrate(empty)
                made = sqlite_origin(servers, empty / database_templates.FILE, folder / "sqlite")
                async with made as bench.origins["sqlite"]:
                    pass
            if "postgres" not in databases:
                yield bench
                return
            with database_templates.own_postgres(server) as url:
                database_templates.migrate(folder / "migrated", url)
                made = postgres_origin(
                    servers, server, database_templates.name_of(url), folder / "postgres"
                )
                async with made as bench.origins["postgres"]:
                    yield bench


async def measured(part: str, work: Part, bench: Bench, database: str) -> Outcome:
    """Run a part on a database. What does not hold is told, and ends this part alone."""
    began = monotonic()
    try:
        figures, broken = await work(bench, database), ""
    except (AssertionError, TimeoutError) as error:
        frames = traceback.extract_tb(error.__traceback__)
        where = next(each for each in reversed(frames) if "tests" in Path(each.filename).parts)
        figures, broken = {}, f"{Path(where.filename).name}:{where.lineno} {where.line} {error}"
    return Outcome(part, database, round(monotonic() - began, 1), figures, broken)


def tell(outcomes: list[Outcome]) -> None:
    """Print a table, and one line of JSON after it."""
    table = Table("part", "database", "result", "figures", "seconds")
    for each in outcomes:
        figures = ", ".join(f"{name} {value}" for name, value in each.figures.items())
        table.add_row(
            each.part,
            each.database,
            "BROKEN" if each.broken else "held",
            each.broken or figures,
            f"{each.seconds:g}",
        )
    Console(width=140).print(table)
    print(json.dumps({"machine": machine(), "outcomes": [vars(each) for each in outcomes]}))


def machine() -> dict[str, Any]:
    """What it ran on."""
    pages, size = os.sysconf("SC_PHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    return {
        "cores": os.cpu_count(),
        "memory_gb": round(pages * size / 2**30, 1),
        "system": platform.system(),
        "python": platform.python_version(),
    }
