"""The SQLite engine: Tortoise's own, with transactions that take the write lock at once.

A deferred transaction that reads and then writes fails with "database is locked" when another
process wrote in between, whatever the busy time-out; BEGIN IMMEDIATE waits instead.
"""

import asyncio
import sqlite3
from typing import Any

from tortoise.backends.base.client import ConnectionWrapper
from tortoise.backends.sqlite.client import (
    SqliteClient,
    SqliteTransactionContext,
    SqliteTransactionWrapper,
)
from tortoise.exceptions import OperationalError, TransactionManagementError

# Between one attempt to end a statement and the next.
AGAIN_SECONDS = 0.1


class TookTooLong(OperationalError):
    """A statement that was ended, or what waited for one."""


class ImmediateTransaction(SqliteTransactionWrapper):
    """A transaction that holds the write lock from its first statement."""

    async def begin(self) -> None:
        """Start the transaction."""
        try:
            await self._connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            raise TransactionManagementError(error) from error

    async def commit(self) -> None:
        """Commit, or roll back and raise: a transaction left open would refuse all later ones."""
        try:
            await super().commit()
        except sqlite3.Error:
            await self.rollback()
            raise


class Interrupting(ConnectionWrapper[Any]):
    """The connection while one statement has it, which is ended once it takes too long.

    No other statement is hit: whoever has the connection has its lock.
    """

    __slots__ = ("_timer",)

    async def __aenter__(self) -> Any:
        connection = await super().__aenter__()
        self._end_in(self.client.statement_seconds)  # type: ignore[attr-defined]
        return connection

    async def __aexit__(self, *exception: Any) -> None:
        self._timer.cancel()
        await super().__aexit__(*exception)
        error = exception[1]
        if (
            isinstance(error, sqlite3.OperationalError)
            and error.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT
        ):
            raise TookTooLong(error) from error

    def _end_in(self, seconds: float) -> None:
        self._timer = asyncio.get_running_loop().call_later(seconds, self._end)

    def _end(self) -> None:
        self.connection._conn.interrupt()
        # Again, for it may not have begun yet: it waits for the thread of the connection.
        self._end_in(AGAIN_SECONDS)


class ImmediateSqliteClient(SqliteClient):
    """The client whose transactions are immediate, and whose reads may have a limit in time."""

    def __init__(
        self, file_path: str, statement_seconds: float | None = None, **pragmas: Any
    ) -> None:
        super().__init__(file_path, **pragmas)
        self.statement_seconds = statement_seconds

    def acquire_connection(self) -> ConnectionWrapper[Any]:
        """The connection, for one statement; transactions take it by themselves."""
        if self.statement_seconds is None:
            return super().acquire_connection()
        return Interrupting(self._lock, self)

    def _in_transaction(self) -> Any:
        return SqliteTransactionContext(ImmediateTransaction(self), self._lock)


client_class = ImmediateSqliteClient
