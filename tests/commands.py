"""`python -m app ...` again and again, each time as a process, without loading it each time.

One process has loaded the command line and does nothing with it; for each command it makes a copy
of itself, which runs that and ends as it would at a shell.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[1]


class Ended(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str


class Commands:
    """Runs commands, one after the other."""

    def __init__(self, loaded: "subprocess.Popen[str]", folder: Path) -> None:
        self._loaded, self._folder = loaded, folder

    def run(self, *arguments: str, **environment: str) -> Ended:
        """Run `python -m app` with arguments, and with these settings beside those of the suite."""
        assert self._loaded.stdin and self._loaded.stdout
        files = [self._folder / name for name in ("out", "err")]
        settings = {**os.environ, "NO_COLOR": "1", **environment}
        order = {"arguments": arguments, "environment": settings, "files": list(map(str, files))}
        self._loaded.stdin.write(json.dumps(order) + "\n")
        self._loaded.stdin.flush()
        code = int(self._loaded.stdout.readline())
        return Ended(code, *(file.read_text(encoding="utf-8") for file in files))


@contextmanager
def loaded_commands(folder: Path) -> Iterator[Commands]:
    """Load the command line; what commands print goes through files in the folder."""
    # A console that is loaded with a width keeps it; so each command has its own.
    environment = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
    with subprocess.Popen(
        [sys.executable, "-c", "from tests.commands import obey; obey()"],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as loaded:
        yield Commands(loaded, folder)
        # At the end of its orders it ends.


def obey() -> None:
    """Run what is ordered, each order in a copy of this process, and tell the exit codes."""
    from app.cli import run

    for line in sys.stdin:
        order = json.loads(line)
        if (copy := os.fork()) == 0:
            become(order)
            run()
            sys.exit(0)
        _, status = os.waitpid(copy, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def become(order: Mapping[str, Any]) -> None:
    """Be the process that was ordered: its arguments, environment, and where its output goes."""
    sys.argv = ["app", *order["arguments"]]
    os.environ.clear()
    os.environ.update(order["environment"])
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for number, file in enumerate(order["files"], start=1):
        os.dup2(os.open(file, os.O_CREAT | os.O_WRONLY | os.O_TRUNC), number)
