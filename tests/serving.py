"""The service as its users meet it: a process of its own, reached over real sockets."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
START_SECONDS = 90


@dataclass(frozen=True)
class Service:
    """A running service: where it is, its data folder, and the demo keys by actor id."""

    url: str
    data: Path
    keys: dict[str, str | None]
    process: subprocess.Popen[bytes]

    @property
    def websocket_url(self) -> str:
        return self.url.replace("http://", "ws://") + "/graphql"

    def headers(self, actor: str) -> dict[str, str]:
        """The headers with which an actor calls."""
        key = self.keys[actor]
        return {"Authorization": f"Bearer {key}"} if key else {}


@contextmanager
def demo_service(data: Path, database_url: str = "", pool_size: int = 10) -> Iterator[Service]:
    """Start `serve --demo` on a free port and wait until it is ready; stop it at the end."""
    port = free_port()
    environment = os.environ | {
        "PARTNERGRAPH_DATA_DIR": str(data),
        "PARTNERGRAPH_DATABASE_URL": database_url,
        "PARTNERGRAPH_POOL_SIZE": str(pool_size),
        "PARTNERGRAPH_LOG_LEVEL": "WARNING",
    }
    log = (data.parent / f"{data.name}.log").open("wb")
    process = subprocess.Popen(
        [sys.executable, "-m", "app", "serve", "--demo", "--port", str(port)],
        cwd=ROOT,
        env=environment,
        stdout=log,
        stderr=subprocess.STDOUT,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        wait_until_ready(url, process, Path(log.name))
        entries = json.loads((data / "demo-keys.json").read_text())
        yield Service(url, data, {entry["id"]: entry["key"] for entry in entries}, process)
    finally:
        process.terminate()
        process.wait(20)
        log.close()


def wait_until_ready(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Poll /readyz until it answers 200. Raises AssertionError with the log if it never does."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/readyz", timeout=2) as response:
                if response.status == 200:
                    return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    raise AssertionError(f"The service did not start:\n{log.read_text(errors='replace')}")


def free_port() -> int:
    """A port that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
