"""Log lines: structured, one stream, JSON or for people; and the id that ties them to a request."""

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

# Lines that wait for the thread that writes them. Beyond, lines are dropped and counted.
MAX_WAITING = 10_000

_QUIET = ("aiosqlite", "asyncio", "httpcore2", "httpx2", "tortoise", "urllib3", "websockets")
_SANE_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


def configure_logs(level: str, as_json: bool, stream: TextIO | None = None) -> None:
    """Send everything that is logged, by us and by libraries, to standard error or a stream.

    A thread renders and writes the lines, in order; `flush_logs` waits for it, as the end of the
    process does. Raises ValueError for a level that does not exist.
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
    # The request log of this service is its own: uvicorn's would show query strings.
    logging.getLogger("uvicorn.access").disabled = True
    # Not even DEBUG shows the statements of the database with their values, or what is sent where.
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    # Its DEBUG tells every message of a WebSocket: tokens are in some.
    logging.getLogger("uvicorn.error").setLevel(max(root.level, logging.INFO))


class _Queue(QueueHandler):
    """Hands records to the writing thread, which renders them."""

    def prepare(self, record: logging.LogRecord) -> logging.LogRecord:
        """Keep the exception that is being handled: the other thread handles none."""
        if isinstance(record.msg, dict) and record.msg.get("exc_info") is True:
            record.msg["exc_info"] = sys.exc_info()
        return record

    def enqueue(self, record: logging.LogRecord) -> None:
        """Never wait: drop what finds no room."""
        try:
            self.queue.put_nowait(record)
        except queue.Full:
            metrics.log_lines_dropped.inc()


class _Listener(QueueListener):
    """Ends after all that is waiting, however much that is."""

    def enqueue_sentinel(self) -> None:
        """Wait for room: the library's raises if there is none."""
        self.queue.put(None)  # type: ignore[attr-defined]


class _Writer:
    """The thread that writes log lines, and the queue to it."""

    def __init__(self) -> None:
        self._listener: _Listener | None = None
        self._waiting: queue.Queue[Any] = queue.Queue()
        self._queue: _Queue | None = None

    def start(self, handler: logging.Handler) -> _Queue:
        """Write with this handler from now on; gives the handler to log to."""
        self.stop()
        self._waiting = queue.Queue(MAX_WAITING)
        self._listener = _Listener(self._waiting, handler)
        self._listener.start()
        self._queue = _Queue(self._waiting)
        self._queue.addFilter(_without_query_string)
        return self._queue

    def enqueue(self, record: logging.LogRecord) -> None:
        """Hand over a record that is complete."""
        if self._queue:
            self._queue.enqueue(record)

    def flush(self) -> None:
        """Wait until nothing is waiting."""
        if self._listener:
            self._waiting.join()

    def stop(self) -> None:
        """Write what is waiting, and end the thread."""
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
    """Wait until everything that was logged so far is written."""
    _writer.flush()


def log_request(logger: str, level: int, values: Mapping[str, Any]) -> None:
    """Log one request: as structlog would, for a fraction of the time."""
    event = {
        **structlog.contextvars.get_contextvars(),
        **values,
        "event": "request",
        "level": logging.getLevelName(level).lower(),
        "logger": logger,
        "timestamp": datetime.now(UTC).isoformat().replace("+00:00", "Z"),
    }
    record = logging.LogRecord(logger, level, "", 0, event, None, None)
    # What structlog's formatter looks for.
    record._logger, record._name = None, ""  # type: ignore[attr-defined]
    _writer.enqueue(record)


def correlation_id(proposed: str | None) -> str:
    """The caller's `X-Request-Id` if it is sane (64 of `A-Za-z0-9._-` at most), else a new id."""
    if proposed and _SANE_ID.fullmatch(proposed):
        return proposed
    return os.urandom(16).hex()


def _renderers(as_json: bool) -> list[Any]:
    told = structlog.processors.ExceptionRenderer(traceback_text)
    if as_json:
        return [told, structlog.processors.JSONRenderer(serializer=_to_json)]
    return [told, structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())]


def _to_json(event: Any, **options: Any) -> str:
    return orjson.dumps(event, default=str, option=orjson.OPT_NON_STR_KEYS).decode()


def _without_query_string(record: logging.LogRecord) -> bool:
    """Cut the query strings that uvicorn logs for WebSockets: some clients put a token there."""
    if record.name.startswith("uvicorn") and isinstance(record.args, tuple):
        record.args = tuple(
            value.partition("?")[0] if isinstance(value, str) else value for value in record.args
        )
    return True
