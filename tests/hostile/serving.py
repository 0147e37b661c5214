"""The service under attack: a demo in a process of its own, whose log is looked through."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.serving import ROOT, free_port, wait_until_ready


@dataclass(frozen=True)
class Target:
    """A running service: its port, and its log."""

    port: int
    log: Path
    begins: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def said(self) -> str:
        """What it has logged since it was ready."""
        return self.log.read_text(errors="replace")[self.begins :]

    def bugs(self) -> list[str]:
        """Lines of its log that tell of a bug."""
        return re.findall(r".*Traceback.*|.*\[(?:error|critical) *\].*", self.said())

    def collected(self) -> int:
        """The longest pause of Python's collector that was told, in milliseconds."""
        told = re.findall(r"^COLLECTED (\d+)", self.said(), re.MULTILINE)
        return max(map(int, told), default=0)

    def stalls(self) -> list[str]:
        """Steps of its loop that took too long."""
        return re.findall(r"^STALL .*", self.said(), re.MULTILINE)


@contextmanager
def target(data: Path, database_url: str = "") -> Iterator[Target]:
    """Start the service on a demo's data folder; stop it at the end."""
    port = free_port()
    environment = os.environ | {
        "PARTNERGRAPH_DATA_DIR": str(data),
        "PARTNERGRAPH_DATABASE_URL": database_url,
        "PARTNERGRAPH_LOG_LEVEL": "WARNING",
        "PARTNERGRAPH_LOG_JSON": "false",
        "PARTNERGRAPH_METRICS_TOKEN": "a-token-of-the-metrics",
        # Or all but the first few cases would be refused for what they cost.
        "PARTNERGRAPH_COST_BUDGET": "0",
    }
    path = data.parent / f"{data.name}-attacked.log"
    arguments = ["-m", "tests.hostile.server", "serve", "--demo", "--port", str(port)]
    with path.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, *arguments], cwd=ROOT, env=environment, stdout=log, stderr=log
        )
        try:
            wait_until_ready(f"http://127.0.0.1:{port}", process, path)
            yield Target(port, path, len(path.read_text(errors="replace")))
        finally:
            process.terminate()
            process.wait(30)
