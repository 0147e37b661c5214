"""The Python client gql while the service is killed: nothing is missing and nothing comes twice."""

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from pathlib import Path

import httpx2
import pytest
from gql import Client

from tests.events import until
from tests.graphql_clients.demo import all_changes, change_tier, one_address
from tests.graphql_clients.gql_client import connect_aiohttp_socket, connect_socket, follow
from tests.serving import demo_service


@pytest.mark.parametrize("make", [connect_socket, connect_aiohttp_socket])
async def test_a_killed_server_costs_no_change(
    make: Callable[[str, str], Client], sqlite_demo: tuple[Path, str]
) -> None:
    heard: list[tuple[str, str]] = []
    told: list[str] = []
    async with one_address() as address:
        with demo_service(*sqlite_demo) as address.service:
            service = address.service
            *_, (newest, _) = await all_changes(service)
            socket = make(address.url, str(service.keys["partner_app"]))
            listening = asyncio.create_task(listen(socket, newest, heard))
            changing = asyncio.create_task(change_tier(service, 1000, told))
            await until(lambda: len(heard) > 20)
            service.process.kill()
            with pytest.raises(httpx2.TransportError):
                await changing
        with demo_service(*sqlite_demo) as address.service:
            await change_tier(address.service, 3, told)
            made = await all_changes(address.service)
            made = made[[cursor for cursor, _ in made].index(newest) + 1 :]
            await until(lambda: len(heard) >= len(made))
        listening.cancel()
    assert heard == made
    # At most the one that was on its way when the server was killed was done and not answered.
    assert [reason for _, reason in made if reason in told] == told
    assert len(made) - len(told) in (0, 1)


async def listen(socket: Client, after: str, heard: list[tuple[str, str]]) -> None:
    async with aclosing(follow(socket, after)) as changes:
        async for change in changes:
            heard.append((change["cursor"], change["reason"]))
