"""Several processes that do the same: a parent starts them, starts anew what dies, stops all.

A parent and a process are joined by a line. Over it the process says that it is ready; the end of
the line tells the parent that the process is gone, and the process that it is to stop: because the
parent says so, or because it is gone itself.
"""

import asyncio
import multiprocessing
import signal
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from typing import Any

import structlog

# One that lived for less is started again after a pause, which grows.
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
        """`ready` is called once the first of them is, `ended` with the id of each that ended,
        `stopping` before all are told to stop.
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
        """Until a signal, or until all is in vain; whether everything ended well.

        SIGINT and SIGTERM stop all in peace, a second one at once.
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
            # Whatever comes means the same.
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
                # The first start fails: so would all others. It has said why.
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
        """Start a process, and wait for its end; its exit code."""
        # Spawned, not forked: it has nothing of this one's loop and connections.
        context = multiprocessing.get_context("spawn")
        line, theirs = context.Pipe()
        process = context.Process(target=self._work, args=(theirs, *self._arguments))
        process.start()
        # Only the process holds that end now: when it goes, the line ends.
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
    """In a process: it is ready."""
    line.send_bytes(_READY)


def stop_with(line: Connection, stop: Callable[[], None]) -> None:
    """In a process: call `stop` when the parent says so, or is gone."""
    loop = asyncio.get_running_loop()

    def told() -> None:
        loop.remove_reader(line.fileno())
        stop()

    loop.add_reader(line.fileno(), told)
