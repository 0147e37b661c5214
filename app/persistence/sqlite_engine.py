"""The SQLite engine: Tortoise's own, with transactions that take the write lock at once.

A deferred transaction that reads and then writes fails with "database is locked" when another
process wrote in between, whatever the busy time-out; BEGIN IMMEDIATE waits instead.
"""

import sqlite3
from typing import Any

from tortoise.backends.sqlite.client import (
    SqliteClient,
    SqliteTransactionContext,
    SqliteTransactionWrapper,
)
from tortoise.exceptions import TransactionManagementError


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


class ImmediateSqliteClient(SqliteClient):
    """The client whose transactions are immediate."""

    def _in_transaction(self) -> Any:
        return SqliteTransactionContext(ImmediateTransaction(self), self._lock)


client_class = ImmediateSqliteClient
