"""Several processes on one PostgreSQL: delivery from one to another, kills, stopping in peace."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from shutil import copytree
from typing import Any

import asyncpg
import pytest

from app.events.leadership import LEADING_LOCK
from tests.events import patience
from tests.serving import ROOT, Service, demo_service, free_port, wait_until_ready
from tests.subprocesses import count_rows
from tests.subscribing import OverSocket, OverStream, ask

PARTNER = "{ viewer { partner { id events(first: 1) { nodes { cursor } } } } }"
SET_TIER = """mutation($input: SetPartnerTierInput!) {
  setPartnerTier(input: $input) { userErrors { code message } } }"""
INVITE = """mutation($input: InviteAdvisorInput!) {
  inviteAdvisor(input: $input) { advisor { id } userErrors { code } } }"""

LEADER = """SELECT a.application_name FROM pg_locks l JOIN pg_stat_activity a USING (pid)
  WHERE l.locktype = 'advisory' AND l.objid = $1::int AND a.datname = current_database()"""


def settings_of(data: Path, url: str) -> dict[str, str]:
    return os.environ | {
        "PARTNERGRAPH_DATA_DIR": str(data),
        "PARTNERGRAPH_DATABASE_URL": url,
        "PARTNERGRAPH_LOG_LEVEL": "WARNING",
        "PARTNERGRAPH_DEMO": "true",
    }


@contextmanager
def process(arguments: list[str], data: Path, url: str) -> Iterator["subprocess.Popen[bytes]"]:
    """A command at work, killed at the end if it still is."""
    command = [sys.executable, "-m", "app", *arguments]
    with subprocess.Popen(command, cwd=ROOT, env=settings_of(data, url)) as started:
        try:
            yield started
        finally:
            started.kill()


@dataclass
class Writer:
    """Who changes the partner's tier, again and again, each time for another reason."""

    service: Service
    partner: str
    told: list[str] = field(default_factory=list)

    async def change(self, times: int) -> None:
        for _ in range(times):
            reason = f"change {len(self.told)}"
            payload = await ask(
                self.service,
                "vendor_admin",
                SET_TIER,
                input={
                    "idempotencyKey": reason,
                    "partnerId": self.partner,
                    "programKey": "sixclicks",
                    "tierKey": ("gold", "silver")[len(self.told) % 2],
                    "reason": reason,
                },
            )
            assert payload["setPartnerTier"]["userErrors"] == []
            self.told.append(reason)


async def eventually(condition: Callable[[], Awaitable[Any]]) -> None:
    """Wait until it holds."""
    async with patience():
        while not await condition():  # noqa: ASYNC110 - whatever it asks
            await asyncio.sleep(0.02)


async def caught_up(told: list[str], *subscribers: OverSocket | OverStream) -> None:
    """Wait until they got everything; in order, nothing twice."""
    async with patience():
        while any(len(each.reasons) < len(told) for each in subscribers):
            for each in subscribers:
                assert not each.task.done(), each.task
            await asyncio.sleep(0.01)
    assert [each.reasons for each in subscribers] == [told] * len(subscribers)


async def leader(url: str) -> int:
    """The id of the process that leads."""
    connection = await asyncpg.connect(url)
    names: list[str] = []

    async def found() -> list[str]:
        names[:] = [row[0] for row in await connection.fetch(LEADER, LEADING_LOCK)]
        return names

    try:
        await eventually(found)
    finally:
        await connection.close()
    return int(names[0].rpartition(" ")[2])


@pytest.fixture
def servers(postgres_demo: tuple[Path, str], tmp_path: Path) -> Iterator[list[Service]]:
    """Two serving processes of one database, started after a third that leads: `relay`."""
    data, url = postgres_demo
    folders = [Path(copytree(data, tmp_path / name / "data")) for name in ("first", "second")]
    with ExitStack() as stack, ThreadPoolExecutor() as threads:
        starting = [
            threads.submit(stack.enter_context, demo_service(folder, url)) for folder in folders
        ]
        yield [each.result() for each in starting]


async def test_changes_are_delivered_across_processes_whoever_is_killed_or_stopped(
    postgres_demo: tuple[Path, str], request: pytest.FixtureRequest
) -> None:
    data, url = postgres_demo
    with process(["relay"], data, url) as relay:
        assert await leader(url) == relay.pid
        first, second = await asyncio.to_thread(request.getfixturevalue, "servers")
        viewer = (await ask(first, "partner_admin", PARTNER))["viewer"]["partner"]
        newest = viewer["events"]["nodes"][0]["cursor"]
        subscribers = OverSocket(second, newest), OverStream(second, newest)
        writer = Writer(first, viewer["id"])
        await writer.change(5)
        await caught_up(writer.told, *subscribers)

        relay.kill()
        await writer.change(5)
        await caught_up(writer.told, *subscribers)
    assert await leader(url) in (first.process.pid, second.process.pid)

    await stop_in_peace(url, first, second, *subscribers)
    # Who comes back elsewhere goes on with its cursor.
    again = OverSocket(first, newest)
    writer.service = first
    await writer.change(2)
    await caught_up(writer.told, again)
    again.task.cancel()


async def stop_in_peace(
    url: str, other: Service, stopped: Service, over_socket: OverSocket, over_stream: OverStream
) -> None:
    """SIGTERM with a mutation under way: it is done and answered, everybody else is sent away."""
    before = await count_rows(url, "advisor")
    holding = await asyncpg.connect(url)
    await holding.execute("BEGIN; LOCK TABLE advisor IN SHARE MODE")
    invited = {"idempotencyKey": "late", "name": "Late", "email": "late@example.com"}
    late = asyncio.create_task(ask(stopped, "partner_admin", INVITE, input=invited))
    async with patience():
        await eventually(
            lambda: holding.fetchval("SELECT COUNT(*) FROM pg_locks WHERE NOT granted")
        )

        stopped.process.send_signal(signal.SIGTERM)
        await asyncio.gather(over_socket.task, over_stream.task)
        assert (over_socket.code, over_stream.ended) == (1012, True)
        host, port = stopped.url.removeprefix("http://").split(":")
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((host, int(port)), 5)
        assert not late.done()

        await holding.execute("COMMIT")
        await holding.close()
        answer = (await late)["inviteAdvisor"]
        assert answer["userErrors"] == [] and answer["advisor"]
        assert await asyncio.to_thread(stopped.process.wait, 20) == 0
    assert await count_rows(url, "advisor") == before + 1
    # And its event is in the order, by whoever leads now.
    newest = (await ask(other, "partner_admin", PARTNER))["viewer"]["partner"]["events"]
    assert newest["nodes"]


async def test_workers_are_started_anew_and_stopped_together(
    postgres_demo: tuple[Path, str], tmp_path: Path
) -> None:
    data, url = postgres_demo
    port = free_port()
    log = tmp_path / "log"
    log.touch()
    service = Service(f"http://127.0.0.1:{port}", data, {}, None)  # type: ignore[arg-type]
    arguments = ["serve", "--demo", "--workers", "2", "--port", str(port)]
    with process(arguments, data, url) as parent:
        await asyncio.to_thread(wait_until_ready, service.url, parent, log)
        killed = await leader(url)
        assert killed in workers(parent.pid)
        os.kill(killed, signal.SIGKILL)

        async def replaced() -> bool:
            return await leader(url) != killed and len(workers(parent.pid) - {killed}) == 2

        await eventually(replaced)
        await asyncio.to_thread(wait_until_ready, service.url, parent, log)

        parent.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(parent.wait, 20) == 0
        assert workers(parent.pid) == set()


def workers(parent: int) -> set[int]:
    """The serving processes of a parent."""
    listed = subprocess.run(["pgrep", "-P", str(parent), "-f", "spawn_main"], capture_output=True)
    return {int(pid) for pid in listed.stdout.split()}
