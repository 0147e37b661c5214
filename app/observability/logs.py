"""Log lines: structured, one stream, JSON or for people; and the id that ties them to a request."""

import logging
import os
import re
import sys
from typing import Any

import structlog

from app.observability.tracebacks import traceback_text

_QUIET = ("aiosqlite", "asyncio", "httpcore2", "httpx2", "tortoise", "urllib3", "websockets")
_SANE_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


def configure_logs(level: str, as_json: bool) -> None:
    """Send everything that is logged, by us and by libraries, to standard error.

    Raises ValueError for a level that does not exist.
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
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(_without_query_string)
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
    root.handlers = [handler]
    root.setLevel(level.upper())
    # The request log of this service is its own: uvicorn's would show query strings.
    logging.getLogger("uvicorn.access").disabled = True
    # Not even DEBUG shows the statements of the database with their values, or what is sent where.
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    # Its DEBUG tells every message of a WebSocket: tokens are in some.
    logging.getLogger("uvicorn.error").setLevel(max(root.level, logging.INFO))


def correlation_id(proposed: str | None) -> str:
    """The caller's `X-Request-Id` if it is sane (64 of `A-Za-z0-9._-` at most), else a new id."""
    if proposed and _SANE_ID.fullmatch(proposed):
        return proposed
    return os.urandom(16).hex()


def _renderers(as_json: bool) -> list[Any]:
    told = structlog.processors.ExceptionRenderer(traceback_text)
    if as_json:
        return [told, structlog.processors.JSONRenderer()]
    return [told, structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())]


def _without_query_string(record: logging.LogRecord) -> bool:
    """Cut the query strings that uvicorn logs for WebSockets: some clients put a token there."""
    if record.name.startswith("uvicorn") and isinstance(record.args, tuple):
        record.args = tuple(
            value.partition("?")[0] if isinstance(value, str) else value for value in record.args
        )
    return True
