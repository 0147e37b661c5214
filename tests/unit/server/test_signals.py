"""The first signal stops a process in peace, the second at once."""

import signal
import subprocess
import sys

import pytest

from tests.serving import ROOT

# It takes the first signal as no reason to end.
STUBBORN = """
import asyncio
from app.server.signals import stop_signals

async def main():
    with stop_signals(lambda: print("stopping", flush=True)):
        print("ready", flush=True)
        await asyncio.sleep(60)

asyncio.run(main())
"""


@pytest.mark.parametrize("first", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("second", [signal.SIGTERM, signal.SIGINT])
def test_a_second_signal_ends_at_once(first: int, second: int) -> None:
    command = [sys.executable, "-c", STUBBORN]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout and process.stdout.readline() == b"ready\n"
            process.send_signal(first)
            assert process.stdout.readline() == b"stopping\n"
            process.send_signal(second)
            assert process.wait(20) == -second
        finally:
            process.kill()
