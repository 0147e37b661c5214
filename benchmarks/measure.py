"""Servers in processes of their own, what they use, and how fast they answer."""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parents[1]
START_SECONDS = 60
STOP_SECONDS = 15
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Server:
    """A running server; `pid` is the root of its process tree."""

    name: str
    port: int
    pid: int


@contextmanager
def serving(
    name: str,
    command: Sequence[str],
    port: int,
    environment: Mapping[str, str] | None = None,
    folder: Path = ROOT,
) -> Iterator[Server]:
    """Start a server, wait until its port takes connections, stop its whole tree at the end.

    `environment` is added to this process's. Raises RuntimeError with what it wrote, if it ends or
    does not listen within a minute.
    """
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=os.environ | dict(environment or {}),
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            if not _listens(port, process):
                log.seek(0)
                raise RuntimeError(f"{name} did not start:\n{log.read().decode(errors='replace')}")
            yield Server(name, port, process.pid)
        finally:
            _stop(process)


def free_port() -> int:
    """A port of this machine that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _listens(port: int, process: subprocess.Popen[bytes]) -> bool:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return True
        except OSError:
            time.sleep(0.05)
    return False


def _stop(process: subprocess.Popen[bytes]) -> None:
    # The group, which it has to itself; the second time for children that outlived it.
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, number)
            process.wait(STOP_SECONDS)
        except ProcessLookupError:
            break
        except subprocess.TimeoutExpired:
            continue


def process_tree(pid: int) -> list[int]:
    """A process and all that descend from it."""
    tree = [pid]
    for parent in tree:
        for task in Path(f"/proc/{parent}/task").iterdir():
            tree += [int(child) for child in (task / "children").read_text().split()]
    return tree


def cpu_seconds(pid: int) -> float:
    """Processor time, user and system, that a process tree has used so far, in seconds."""
    ticks = 0
    for process in process_tree(pid):
        # After the name, which may hold anything, in brackets: fields 3 and on of proc(5).
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / _TICKS


@dataclass(frozen=True)
class Memory:
    """Memory of a process tree in bytes: resident, and with shared pages split among sharers."""

    rss: int
    pss: int


def memory(pid: int) -> Memory:
    """The memory that a process tree has now."""
    sums = {"Rss": 0, "Pss": 0}
    for process in process_tree(pid):
        for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()[1:]:
            name, _, rest = line.partition(":")
            if name in sums:
                sums[name] += int(rest.split()[0]) * 1024
    return Memory(sums["Rss"], sums["Pss"])


def in_turn(
    peers: Mapping[str, Callable[[], Mapping[str, float]]], rounds: int
) -> dict[str, dict[str, float]]:
    """Measure A, B, C, A, B, C ... and give for each peer the median of each of its figures.

    One round more comes first and is forgotten: compilers and caches are warm then.
    """
    seen: dict[str, list[Mapping[str, float]]] = {name: [] for name in peers}
    for turn in range(rounds + 1):
        for name, run in peers.items():
            figures = run()
            if turn:
                seen[name].append(figures)
    return {
        name: {key: median(figures[key] for figures in runs) for key in runs[0]}
        for name, runs in seen.items()
    }


def http_load(
    server: Server, request: bytes, length: int, seconds: float, connections: int = 16
) -> dict[str, float]:
    """Send a request over and over; the client is a process of its own (benchmarks/load.py).

    `request` is the whole HTTP/1.1 request, `length` the bytes of each answer's body. Gives
    `per_second`, `cpu_ms`, the server's processor time for one request, and `cores`, how many it
    kept busy. Raises RuntimeError if an answer is not a 200 of that length.
    """
    before = cpu_seconds(server.pid)
    client = subprocess.run(
        [sys.executable, "-m", "benchmarks.load"]
        + [str(value) for value in (server.port, connections, seconds, length)],
        cwd=ROOT,
        input=request,
        capture_output=True,
    )
    if client.returncode:
        raise RuntimeError(f"{server.name}: {client.stderr.decode(errors='replace')}")
    counted = json.loads(client.stdout)
    used = cpu_seconds(server.pid) - before
    return {
        "per_second": counted["answers"] / counted["seconds"],
        "cpu_ms": used * 1000 / counted["answers"],
        "cores": used / counted["seconds"],
    }
