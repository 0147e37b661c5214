"""Whether the database is away, or what it was asked is wrong."""

from pathlib import Path

import asyncpg
import pytest

from app.persistence.outages import DatabaseAway, connect, is_away
from tests.serving import free_port


@pytest.mark.parametrize(
    "error",
    [
        ConnectionResetError(),
        DatabaseAway(),
        asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation"),
        asyncpg.CannotConnectNowError("the database system is starting up"),
        asyncpg.AdminShutdownError("terminating connection"),
        asyncpg.InterfaceError("connection is closed"),
        asyncpg.InterfaceError("pool is closing"),
    ],
)
def test_away(error: Exception) -> None:
    assert is_away(error)


@pytest.mark.parametrize(
    "error",
    [
        None,
        RuntimeError("closed"),
        FileNotFoundError(),
        asyncpg.InterfaceError("the server expects 2 arguments for this query, 1 was passed"),
        asyncpg.UniqueViolationError("duplicate key"),
        asyncpg.QueryCanceledError("canceling statement due to statement timeout"),
    ],
)
def test_not_away(error: Exception | None) -> None:
    assert not is_away(error)


async def test_nobody_there(tmp_path: Path) -> None:
    # Of PostgreSQL's own socket a file is missing; of a port it is refused.
    for host, port in (
        (str(tmp_path), 5432),
        ("127.0.0.1", free_port()),
        ("localhost", free_port()),
    ):
        with pytest.raises(DatabaseAway) as raised:
            await connect(host=host, port=port, user="u", password="p", database="d")
        assert is_away(raised.value)
