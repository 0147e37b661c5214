"""Processes that a parent keeps alive. The parent is a process of its own; so are its workers."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from app.server import supervisor
from app.server.supervisor import Supervisor, stop_with, tell_ready
from tests.serving import ROOT

PATIENCE_SECONDS = 20


async def supervise(folder: Path, count: int) -> None:
    """What the parent does; it leaves word in the folder, and ends with 0 if all went well."""
    supervisor.FIRST_PAUSE_SECONDS = 0.01
    well = await Supervisor(
        count,
        work,
        (folder,),
        ready=lambda: (folder / "ready").touch(),
        ended=lambda pid: (folder / f"ended-{pid}").touch(),
        stopping=lambda: (folder / "stopping").touch(),
    ).run()
    sys.exit(not well)


def work(line: Connection, folder: Path) -> None:
    """What each worker does: until it is told to stop, or for ever, or not at all."""
    import asyncio

    async def run() -> None:
        stopping = asyncio.Event()
        if (folder / "stubborn").exists():
            stop_with(line, lambda: None)
        else:
            stop_with(line, stopping.set)
        tell_ready(line)
        (folder / f"worker-{os.getpid()}").touch()
        await stopping.wait()

    if (folder / "broken").exists():
        sys.exit(7)
    asyncio.run(run())


@contextmanager
def parent(folder: Path, count: int = 2) -> Iterator["subprocess.Popen[bytes]"]:
    code = (
        "import asyncio, pathlib; from tests.unit.server.test_supervisor import supervise;"
        f" asyncio.run(supervise(pathlib.Path({str(folder)!r}), {count}))"
    )
    with subprocess.Popen([sys.executable, "-c", code], cwd=ROOT) as started:
        try:
            yield started
        finally:
            started.kill()


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def workers(folder: Path) -> list[int]:
    """The workers that are alive, as far as they left word."""
    pids = [int(path.name.partition("-")[2]) for path in folder.glob("worker-*")]
    return [pid for pid in pids if alive(pid)]


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_all_in_peace(tmp_path: Path, number: int) -> None:
    with parent(tmp_path) as started:
        until(lambda: len(workers(tmp_path)) == 2 and (tmp_path / "ready").exists())
        started.send_signal(number)
        assert started.wait(PATIENCE_SECONDS) == 0
    assert workers(tmp_path) == []
    assert (tmp_path / "stopping").exists()
    assert len(list(tmp_path.glob("ended-*"))) == 2


def test_one_that_dies_is_started_anew_and_a_second_signal_ends_all_at_once(
    tmp_path: Path,
) -> None:
    (tmp_path / "stubborn").touch()
    with parent(tmp_path) as started:
        until(lambda: len(workers(tmp_path)) == 2)
        killed, other = workers(tmp_path)
        os.kill(killed, signal.SIGKILL)
        until(lambda: len(workers(tmp_path)) == 2 and killed not in workers(tmp_path))
        assert other in workers(tmp_path)
        assert (tmp_path / f"ended-{killed}").exists()

        started.send_signal(signal.SIGTERM)
        until((tmp_path / "stopping").exists)
        assert len(workers(tmp_path)) == 2
        started.send_signal(signal.SIGTERM)
        assert started.wait(PATIENCE_SECONDS) == 1
    assert workers(tmp_path) == []


def test_workers_stop_when_their_parent_is_gone(tmp_path: Path) -> None:
    with parent(tmp_path) as started:
        until(lambda: len(workers(tmp_path)) == 2)
        started.kill()
    until(lambda: workers(tmp_path) == [])


def test_if_the_first_start_fails_all_is_in_vain(tmp_path: Path) -> None:
    (tmp_path / "broken").touch()
    with parent(tmp_path) as started:
        assert started.wait(PATIENCE_SECONDS) == 1
    assert not (tmp_path / "ready").exists()
