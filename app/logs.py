"""Log lines: structured, one stream, JSON or for people; and the id that ties them to a request."""

import logging
import os
import re
import sys
from typing import Any

import structlog

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
    for name in ("asyncio", "tortoise", "aiosqlite", "websockets"):
        logging.getLogger(name).setLevel(logging.WARNING)


def correlation_id(proposed: str | None) -> str:
    """The caller's `X-Request-Id` if it is sane (64 of `A-Za-z0-9._-` at most), else a new id."""
    if proposed and _SANE_ID.fullmatch(proposed):
        return proposed
    return os.urandom(16).hex()


def _renderers(as_json: bool) -> list[Any]:
    # Tracebacks without the values of local variables: those may be secrets.
    if as_json:
        return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    return [
        structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    ]


def _without_query_string(record: logging.LogRecord) -> bool:
    """Cut the query strings that uvicorn logs for WebSockets: some clients put a token there."""
    if record.name.startswith("uvicorn") and isinstance(record.args, tuple):
        record.args = tuple(
            value.partition("?")[0] if isinstance(value, str) else value for value in record.args
        )
    return True
