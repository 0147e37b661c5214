"""Connections and the unit of work: the only place that opens either.

SQLite: one process (a lock file), one writing connection, one that can only query. PostgreSQL: one
pool for both.
"""

import asyncio
import fcntl
import logging
import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from contextvars import ContextVar
from pathlib import Path
from typing import IO, Any, Literal, TypeVar
from uuid import UUID

import asyncpg
from tortoise import Tortoise
from tortoise.backends.base.config_generator import expand_db_url
from tortoise.backends.base.executor import EXECUTOR_CACHE
from tortoise.config import TortoiseConfig
from tortoise.connection import get_connection
from tortoise.exceptions import TransactionManagementError
from tortoise.transactions import in_transaction

from app.observability import tracing
from app.persistence.outages import connect
from app.persistence.postgres_engine import held
from app.persistence.row_guards import SETTING
from app.persistence.sqlite_engine import TookTooLong

T = TypeVar("T")
Dialect = Literal["sqlite", "postgres"]

WRITER = "writer"
READER = "reader"

# What is raised where a statement is ended for the time it takes: nothing of its unit is written.
TOO_LATE = (TookTooLong, asyncpg.QueryCanceledError)

# Where Tortoise tells its statements.
log = logging.getLogger("tortoise.db_client")

# Until the transaction ends.
_GUARDED = f"SELECT set_config('{SETTING}', $1, true)"

# For abandoned units at the end of the process; a unit takes milliseconds.
LONGEST_WAIT_SECONDS = 10

# Of the pool's settings, those that a single connection does not know.
_OF_POOL = {
    *("min_size", "max_size", "max_queries", "max_inactive_connection_lifetime"),
    *("setup", "init", "connect", "reset"),
}
# In seconds: the server frees what a machine held that vanished.
_KEPT_ALIVE = {
    "tcp_keepalives_idle": "5",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
}

_in_unit: ContextVar[bool] = ContextVar("in_unit_of_work", default=False)


class Session(asyncpg.Connection):
    """A connection to PostgreSQL that costs no statement when it goes back to the pool.

    Nothing is left behind in it: no setting, no lock that outlives its transaction, no cursor. (A
    transaction left open is rolled back in any case.)
    """

    def get_reset_query(self) -> str:
        """None."""
        return ""


class DatabaseInUse(Exception):
    """Another process has this SQLite database open."""


def tortoise_config(
    url: str, pool_size: int = 10, statement_seconds: float | None = None
) -> dict[str, Any]:
    """The Tortoise configuration of a database URL (`sqlite://PATH` or `postgres://...`)."""
    dialect, _, rest = url.partition("://")
    if dialect == "sqlite":
        if rest in ("", ":memory:"):
            raise ValueError(
                "DATABASE_URL must name a file after sqlite://: two connections share it"
            )
        pragmas = {
            "journal_mode": "WAL",
            "synchronous": "FULL",
            "foreign_keys": "ON",
            "busy_timeout": 5000,
            "journal_size_limit": 67_108_864,
        }
        engine = "app.persistence.sqlite_engine"
        writer = {"engine": engine, "credentials": {"file_path": rest, **pragmas}}
        reader = {
            "engine": engine,
            "credentials": {"file_path": rest, "busy_timeout": 5000},
        }
        reader["credentials"]["query_only"] = "ON"  # type: ignore[index]
        reader["credentials"]["statement_seconds"] = statement_seconds  # type: ignore[index]
        connections: dict[str, Any] = {WRITER: writer, READER: reader}
    elif dialect in ("postgres", "postgresql", "asyncpg"):
        separator = "&" if "?" in rest else "?"
        pool = expand_db_url(f"asyncpg://{rest}{separator}minsize=1&maxsize={pool_size}")
        pool["engine"] = "app.persistence.postgres_engine"
        pool["credentials"]["connection_class"] = Session
        pool["credentials"]["connect"] = connect
        if statement_seconds is not None:
            milliseconds = str(max(1, round(statement_seconds * 1000)))
            pool["credentials"]["server_settings"] = {
                "statement_timeout": milliseconds,
                "idle_in_transaction_session_timeout": milliseconds,
            }
        connections = {WRITER: pool}
    else:
        raise ValueError(f"DATABASE_URL must start with sqlite:// or postgres://, not {dialect}://")
    return {
        "connections": connections,
        "apps": {
            "models": {
                "models": ["app.persistence.models"],
                "migrations": "app.persistence.migrations",
                "default_connection": WRITER,
            }
        },
        "use_tz": True,
        "timezone": "UTC",
    }


class Database:
    """An open database: transactions for writers, plain statements for readers."""

    def __init__(
        self, url: str, pool_size: int = 10, statement_seconds: float | None = None
    ) -> None:
        """`statement_seconds` is how long one statement may take: on SQLite, one that reads."""
        self.url = url
        self.dialect: Dialect = "sqlite" if url.startswith("sqlite://") else "postgres"
        # Called after each commit, such as the relay that publishes new events.
        self.after_commit: list[Callable[[], None]] = []
        self.config = tortoise_config(url, pool_size, statement_seconds)
        self._lock_file: IO[str] | None = None
        self._pool: Any = None

    async def open(self) -> None:
        """Connect. Raises DatabaseInUse if another process has the SQLite file open."""
        if self.dialect == "sqlite":
            self._take_lock(Path(self.url.removeprefix("sqlite://")))
        await Tortoise.init(
            config=TortoiseConfig.from_dict(self.config), _enable_global_fallback=True
        )
        if self.dialect == "sqlite":
            # The writer first: it creates the file that the reader may not create.
            await get_connection(WRITER).execute_query("SELECT 1")
        else:
            client: Any = get_connection(WRITER)
            await client.create_connection(with_db=True)
            # Kept: asking Tortoise for it, each time, takes longer than lending a connection.
            self._pool = client._pool

    async def close(self) -> None:
        """Disconnect and let the file go, once the units are done whose callers have gone."""
        await self.settle()
        if _pending and self._pool is not None:
            # They wait for what others hold. What is not committed never was.
            self._pool.terminate()
        await Tortoise.close_connections()
        # Tortoise keeps statements by connection name: those of this dialect must not be met again.
        EXECUTOR_CACHE.clear()
        if self._lock_file:
            self._lock_file.close()
            self._lock_file = None

    async def connect_apart(
        self, application_name: str, answer_seconds: float
    ) -> asyncpg.Connection:
        """A connection to PostgreSQL outside of the pool, for what lasts; close it.

        Either side finds out within seconds that the other is gone. Raises what asyncpg raises.
        """
        client: Any = get_connection(WRITER)
        given = {name: value for name, value in client._template.items() if name not in _OF_POOL}
        given["server_settings"] = {
            **client.server_settings,
            **_KEPT_ALIVE,
            "application_name": application_name,
        }
        return await asyncpg.connect(
            password=client.password,
            **{**given, "timeout": answer_seconds, "command_timeout": answer_seconds},
        )

    async def settle(self) -> None:
        """Wait for the units whose callers have gone: they still end by themselves."""
        if _pending:
            await asyncio.wait(_pending, timeout=LONGEST_WAIT_SECONDS)

    def load(self) -> tuple[int, int]:
        """How many connections work for somebody now, and how many wait for one."""
        if self._pool is not None:
            return self._pool.get_size() - self._pool.get_idle_size(), len(
                self._pool._queue._getters
            )
        writer: Any = get_connection(WRITER)
        return int(writer._lock.locked()), len(writer._lock._waiters or ())

    async def transaction(
        self, work: Callable[[], Awaitable[T]], partner_id: UUID | None = None
    ) -> T:
        """Run `work` as one unit: all of its writes or, if it raises, none.

        With `partner_id` it is that partner's: PostgreSQL refuses what it writes elsewhere.

        It runs in a task of its own, shielded: a caller that is cancelled stops waiting, the unit
        still ends by itself and gives its connection back. Units do not nest.
        """
        if _in_unit.get():
            raise RuntimeError("A unit of work was started inside another")
        with tracing.step("transaction"):
            return await _shielded(self._unit(work, partner_id))

    async def read(self, work: Callable[[], Awaitable[T]]) -> T:
        """Run `work`, which only reads, all of it on one connection.

        On SQLite it is shielded from cancellation like a transaction: the connection is shared. On
        PostgreSQL asyncpg itself cancels the statement and takes back the connection.
        """
        with tracing.step("read"):
            return await self._read(work)

    async def _read(self, work: Callable[[], Awaitable[T]]) -> T:
        if self.dialect == "sqlite":
            return await _shielded(work())
        if _in_unit.get() or held.get() is not None:
            return await work()
        async with self._pool.acquire() as connection:
            token = held.set(connection)
            try:
                return await work()
            finally:
                held.reset(token)

    async def rows(self, sql: str, values: Sequence[Any]) -> list[Mapping[str, Any]]:
        """The rows of one reading statement; inside a unit of work, as that unit sees them."""
        if (connection := held.get()) is not None:
            log.debug("%s: %s", sql, values)
            return await connection.fetch(sql, *values)
        name = WRITER if self.dialect == "postgres" or _in_unit.get() else READER
        _, rows = await get_connection(name).execute_query(sql, list(values))
        return rows  # type: ignore[return-value]

    async def _unit(self, work: Callable[[], Awaitable[T]], partner_id: UUID | None) -> T:
        _in_unit.set(True)
        held.set(None)
        async with AsyncExitStack() as stack:
            await _begin(stack)
            if partner_id and self.dialect == "postgres":
                await get_connection(WRITER).execute_query(_GUARDED, [str(partner_id)])
            result = await work()
        for notify in self.after_commit:
            notify()
        return result

    def _take_lock(self, path: Path) -> None:
        self._lock_file = take_lock(path)
        # The rows are the service's business alone; SQLite keeps the mode of a file it finds.
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))


def take_lock(path: Path) -> IO[str]:
    """Have a SQLite database for this process alone, until what is given is closed.

    Raises DatabaseInUse.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    lock_file = open(f"{path}.lock", "w", encoding="ascii")  # noqa: SIM115 - held until close
    try:
        fcntl.flock(lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock_file.close()
        raise DatabaseInUse(
            f"{path} is open in another process. Stop it first: SQLite is for one process."
        ) from error
    return lock_file


async def _begin(stack: AsyncExitStack) -> None:
    transaction: Any = in_transaction(WRITER)
    try:
        await transaction.__aenter__()
    except BaseException as error:
        # It takes the connection, then begins; if that fails it keeps the connection for ever (and
        # on SQLite the lock that all wait for). It has a token from the one to the other.
        if hasattr(transaction, "token"):
            await transaction.__aexit__(TransactionManagementError, error, None)
        raise
    stack.push_async_exit(transaction)


_pending: set[asyncio.Task[Any]] = set()


async def _shielded(work: Awaitable[T]) -> T:
    task: asyncio.Task[T] = asyncio.ensure_future(work)  # type: ignore[assignment]
    # The loop keeps only weak references to tasks: an abandoned one must not vanish half way.
    _pending.add(task)
    task.add_done_callback(_done)
    return await asyncio.shield(task)


def _done(task: asyncio.Task[Any]) -> None:
    _pending.discard(task)
    # Looked at, or asyncio tells of an error that nobody waits for any more.
    if not task.cancelled():
        task.exception()
