"""The PostgreSQL engine: Tortoise's own, on the connection that a read holds, where one does.

A read that held one connection and took another for its models would leave as many reads as the
pool has connections waiting for each other for ever.
"""

from contextlib import nullcontext
from contextvars import ContextVar
from typing import Any

import asyncpg
from tortoise.backends.asyncpg.client import AsyncpgDBClient

# The connection that a read holds until all of its statements are done.
held: ContextVar[asyncpg.Connection | None] = ContextVar("held_connection", default=None)


class HoldingAsyncpgClient(AsyncpgDBClient):
    """The client whose models read on the connection held."""

    def acquire_connection(self) -> Any:
        """The connection held, or one of the pool. Transactions take theirs by themselves."""
        connection = held.get()
        return super().acquire_connection() if connection is None else nullcontext(connection)


client_class = HoldingAsyncpgClient
