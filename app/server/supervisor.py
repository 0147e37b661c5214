"""A parent process that starts identical worker processes, restarts those that die, and stops them
all.

The parent and each process share a pipe. Over it the process reports that it is ready. When the
pipe closes, the parent knows that the process has ended, and the process knows that it must stop,
because the parent asked for it or has ended itself.
"""

import asyncio
import multiprocessing
import signal
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from typing import Any

import structlog

# A process that lived for less is restarted after a pause, which grows.
SHORT_LIFE_SECONDS = 10.0
FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 15.0

_READY = b"ready"

log = structlog.get_logger()


class Supervisor:
    """Keeps processes alive that run `work(line, *arguments)`."""

    def __init__(
        self,
        count: int,
        work: Callable[..., None],
        arguments: Sequence[Any],
        *,
        ready: Callable[[], None],
        ended: Callable[[int], None],
        stopping: Callable[[], None],
    ) -> None:
        """`ready` is called once the first process is ready, `ended` with the id of each process
        that ended, `stopping` before all of them are stopped.
        """
        self._count = count
        self._work = work
        self._arguments = arguments
        self._tell_ready = ready
        self._tell_ended = ended
        self._tell_stopping = stopping
        self._ready = False
        self._stopping = asyncio.Event()
        self._running: dict[Connection, Any] = {}
        self._codes: list[int] = []

    async def run(self) -> bool:
        """Run until a signal arrives or the first start fails. Return whether all processes ended
        well.

        SIGINT and SIGTERM stop all processes gracefully, a second signal immediately.
        """
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._signalled)
        await asyncio.gather(*(self._keep_one() for _ in range(self._count)))
        return not any(self._codes)

    def _signalled(self) -> None:
        if not self._stopping.is_set():
            self._stop()
            return
        for process in self._running.values():
            process.kill()

    def _stop(self) -> None:
        self._stopping.set()
        self._tell_stopping()
        for line in self._running:
            # Anything received means ready.
            line.send_bytes(b"")

    async def _keep_one(self) -> None:
        loop, pause = asyncio.get_running_loop(), 0.0
        while not self._stopping.is_set():
            began = loop.time()
            code = await self._run_one()
            if self._stopping.is_set():
                self._codes.append(code)
                return
            if not self._ready:
                # If the first start fails, so would all others. The process has logged why.
                self._codes.append(code or 1)
                self._stop()
                return
            log.warning("process_ended", exit_code=code)
            if loop.time() - began < SHORT_LIFE_SECONDS:
                pause = min(max(pause * 2, FIRST_PAUSE_SECONDS), LONGEST_PAUSE_SECONDS)
            else:
                pause = 0.0
            try:
                async with asyncio.timeout(pause):
                    await self._stopping.wait()
            except TimeoutError:
                pass

    async def _run_one(self) -> int:
        """Start a process, wait for it to end, and return its exit code."""
        # Spawned, not forked, so that it does not inherit this process's event loop and
        # connections.
        context = multiprocessing.get_context("spawn")
        line, theirs = context.Pipe()
        process = context.Process(target=self._work, args=(theirs, *self._arguments))
        process.start()
        # Now only the process holds that end: the pipe closes when it ends.
        theirs.close()
        self._running[line] = process
        loop = asyncio.get_running_loop()
        gone: asyncio.Future[None] = loop.create_future()
        loop.add_reader(line.fileno(), self._read, line, gone)
        await gone
        del self._running[line]
        line.close()
        await asyncio.to_thread(process.join)
        self._tell_ended(process.pid or 0)
        return process.exitcode or 0

    def _read(self, line: Connection, gone: "asyncio.Future[None]") -> None:
        try:
            line.recv_bytes()
        except (EOFError, OSError):
            asyncio.get_running_loop().remove_reader(line.fileno())
            gone.set_result(None)
            return
        if not self._ready:
            self._ready = True
            self._tell_ready()


def tell_ready(line: Connection) -> None:
    """Report from a worker process that it is ready."""
    line.send_bytes(_READY)


def stop_with(line: Connection, stop: Callable[[], None]) -> None:
    """Call `stop` in a worker process when the parent asks for it or has ended."""
    loop = asyncio.get_running_loop()

    def on_closed() -> None:
        loop.remove_reader(line.fileno())
        stop()

    loop.add_reader(line.fileno(), on_closed)
