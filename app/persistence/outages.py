"""Telling a database that is away from a fault in what it was asked."""

from typing import Any

import asyncpg

# PostgreSQL ends, begins, or has no connection left.
_AWAY = (
    ConnectionError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
)


class DatabaseAway(ConnectionError):
    """PostgreSQL cannot be reached."""


async def connect(*arguments: Any, **named: Any) -> asyncpg.Connection:
    """What asyncpg connects with. Raises DatabaseAway if nobody answers, else what asyncpg does.

    A socket that is not there, a name that nobody knows and the like are errors like those of
    files: only here is it known what they mean.
    """
    try:
        return await asyncpg.connect(*arguments, **named)
    except OSError as error:
        raise DatabaseAway(str(error) or "The database does not answer.") from error


def is_away(error: BaseException | None) -> bool:
    """Whether it failed because the database is away: not reached, or gone in the middle of it."""
    if isinstance(error, _AWAY):
        return True
    # The class is that of wrong arguments too.
    return isinstance(error, asyncpg.InterfaceError) and "clos" in str(error)
