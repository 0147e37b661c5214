"""Structured logging to one stream, as JSON or readable text, and correlation ids."""

import atexit
import logging
import os
import queue
import re
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from logging.handlers import QueueHandler, QueueListener
from typing import Any, TextIO

import orjson
import structlog

from app.observability import metrics
from app.observability.tracebacks import traceback_text

# Maximum number of lines that wait for the writing thread. Further lines are dropped and counted.
MAX_WAITING = 10_000

_QUIET = ("aiosqlite", "asyncio", "httpcore2", "httpx2", "tortoise", "urllib3", "websockets")
_SANE_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


def configure_logs(level: str, as_json: bool, stream: TextIO | None = None) -> None:
    """Send all log lines, ours and those of libraries, to standard error or a stream.

    A thread renders and writes the lines, in order; `flush_logs` waits for it, and so does the end
    of the process. Raises ValueError for an unknown level.
    """
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *_renderers(as_json),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [_writer.start(handler)]
    root.setLevel(level.upper())
    # The service has its own request log: uvicorn's would show query strings.
    logging.getLogger("uvicorn.access").disabled = True
    # Even at DEBUG, do not log SQL statements with their values, or outgoing requests.
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    # At DEBUG it logs every WebSocket message, and some contain tokens.
    logging.getLogger("uvicorn.error").setLevel(max(root.level, logging.INFO))


class _Queue(QueueHandler):
    """Passes records to the writing thread, which renders them."""

    def prepare(self, record: logging.LogRecord) -> logging.LogRecord:
        """Store the current exception: the other thread cannot see it."""
        if isinstance(record.msg, dict) and record.msg.get("exc_info") is True:
            record.msg["exc_info"] = sys.exc_info()
        return record

    def enqueue(self, record: logging.LogRecord) -> None:
        """Add a record without waiting; drop it if the queue is full."""
        try:
            self.queue.put_nowait(record)
        except queue.Full:
            metrics.log_lines_dropped.inc()


class _Listener(QueueListener):
    """A listener that ends only after all waiting records."""

    def enqueue_sentinel(self) -> None:
        """Wait for room: the library's method raises if the queue is full."""
        self.queue.put(None)  # type: ignore[attr-defined]


class _Writer:
    """The thread that writes log lines, and its queue."""

    def __init__(self) -> None:
        self._listener: _Listener | None = None
        self._waiting: queue.Queue[Any] = queue.Queue()
        self._queue: _Queue | None = None

    def start(self, handler: logging.Handler) -> _Queue:
        """Write with this handler from now on. Return the handler to log to."""
        self.stop()
        self._waiting = queue.Queue(MAX_WAITING)
        self._listener = _Listener(self._waiting, handler)
        self._listener.start()
        self._queue = _Queue(self._waiting)
        self._queue.addFilter(_without_query_string)
        return self._queue

    def enqueue(self, record: logging.LogRecord) -> None:
        """Queue a complete record."""
        if self._queue:
            self._queue.enqueue(record)

    def flush(self) -> None:
        """Wait until the queue is empty."""
        if self._listener:
            self._waiting.join()

    def stop(self) -> None:
        """Write the waiting records, and end the thread."""
        if self._listener:
            self._listener.stop()
            self._listener = None

    def after_fork(self) -> None:
        """Start a thread in a forked process, which has none."""
        if self._listener:
            [handler] = self._listener.handlers
            self._listener = None
            root = logging.getLogger()
            if self._queue in root.handlers:
                root.handlers = [self.start(handler)]


_writer = _Writer()
atexit.register(_writer.stop)
os.register_at_fork(after_in_child=_writer.after_fork)


def flush_logs() -> None:
    """Wait until everything logged so far is written."""
    _writer.flush()


def log_request(logger: str, level: int, values: Mapping[str, Any]) -> None:
    """Log one request as structlog would, in a fraction of the time."""
    event = {
        **structlog.contextvars.get_contextvars(),
        **values,
        "event": "request",
        "level": logging.getLevelName(level).lower(),
        "logger": logger,
        "timestamp": datetime.now(UTC).isoformat().replace("+00:00", "Z"),
    }
    record = logging.LogRecord(logger, level, "", 0, event, None, None)
    # Attributes that structlog's formatter expects.
    record._logger, record._name = None, ""  # type: ignore[attr-defined]
    _writer.enqueue(record)


def correlation_id(proposed: str | None) -> str:
    """Return the caller's `X-Request-Id` if it is valid (at most 64 of `A-Za-z0-9._-`), else a new
    id.
    """
    if proposed and _SANE_ID.fullmatch(proposed):
        return proposed
    return os.urandom(16).hex()


def _renderers(as_json: bool) -> list[Any]:
    exceptions = structlog.processors.ExceptionRenderer(traceback_text)
    if as_json:
        return [exceptions, structlog.processors.JSONRenderer(serializer=_to_json)]
    return [exceptions, structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())]


def _to_json(event: Any, **options: Any) -> str:
    return orjson.dumps(event, default=str, option=orjson.OPT_NON_STR_KEYS).decode()


def _without_query_string(record: logging.LogRecord) -> bool:
    """Remove the query strings that uvicorn logs for WebSockets: some clients put a token there."""
    if record.name.startswith("uvicorn") and isinstance(record.args, tuple):
        record.args = tuple(
            value.partition("?")[0] if isinstance(value, str) else value for value in record.args
        )
    return True
