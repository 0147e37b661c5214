"""All Prometheus metrics of the service.

Labels are from closed lists, so no caller can create a time series. With several workers, each
counts in its own files in a shared folder, and any of them reports for all (`shared_by_workers`).
"""

import fcntl
import os
import shutil
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Summary,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
# Prefix of the names of these temporary folders.
PREFIX = "partnergraph-"
# A folder this young may be about to be locked.
_YOUNG_SECONDS = 60
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
# The label for values that are not on a list.
OTHER = "other"

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_LAG_SECONDS = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5)

# The creation times of series are useless, and half of the output.
disable_created_metrics()

registry = CollectorRegistry()


def _counter(name: str, help: str, *labels: str) -> Counter:
    return Counter(name, help, labels, registry=registry)


def _gauge(name: str, help: str, mode: Any = "livesum") -> Gauge:
    """Create a gauge. With several workers it is aggregated over the live ones: summed, or by
    `mode`.
    """
    return Gauge(name, help, registry=registry, multiprocess_mode=mode)


requests = Histogram(
    "partnergraph_http_request_seconds",
    "Duration of HTTP requests; of event streams, how long they were open",
    ("route", "status", "transport"),
    buckets=_SECONDS,
    registry=registry,
)
operations = Summary(
    "partnergraph_operation_seconds",
    "Duration of GraphQL operations; of subscriptions, until they were set up",
    ("kind", "name"),
    registry=registry,
)
# Cached, since finding a series takes longer than adding to it. The closed lists limit their
# number.
request_series = cache(requests.labels)
operation_series = cache(operations.labels)
errors = _counter("partnergraph_errors_total", "Errors returned to callers", "code")
refusals = _counter("partnergraph_user_errors_total", "userErrors returned by mutations", "code")
websockets = _gauge("partnergraph_websockets", "WebSockets that are open")
streams = _gauge("partnergraph_event_streams", "Event streams (SSE) that are open")
subscriptions = _gauge(
    "partnergraph_subscriptions", "Subscriptions that are running, over any transport"
)
log_lines_dropped = _counter(
    "partnergraph_log_lines_dropped_total", "Log lines dropped because too many were waiting"
)
delivered = _counter("partnergraph_events_delivered_total", "Results sent to subscriptions")
webhook_attempts = _counter(
    "partnergraph_webhook_attempts_total", "Attempts to deliver to a webhook", "result"
)
connections_used = _gauge("partnergraph_database_connections_used", "Database connections in use")
connections_wanted = _gauge(
    "partnergraph_database_connections_wanted", "Tasks waiting for a database connection"
)
loop_lag = Histogram(
    "partnergraph_event_loop_lag_seconds",
    "Lag of the event loop, sampled four times a second",
    buckets=_LAG_SECONDS,
    registry=registry,
)
leads = _gauge("partnergraph_leads", "1 if one of these processes is the leader", "livemax")
cpu = _counter("process_cpu_seconds_total", "User and system processor time")
memory = _gauge("process_resident_memory_bytes", "Resident memory")
open_files = _gauge("process_open_fds", "Open file descriptors")

# Operations that are labelled with their names; all others are `other`.
_named: frozenset[str] = frozenset()


def count_by_name(names: Iterable[str]) -> None:
    """Label operations of these names separately from now on."""
    global _named
    _named = frozenset(names)


def operation_name(name: str | None) -> str:
    """Return the label for an operation's name."""
    return name if name in _named else OTHER  # type: ignore[return-value]


def exposition(facts: Collector) -> bytes:
    """Return all metrics of all workers in Prometheus's text format. `facts` are those that are the
    same for all.
    """
    everything = CollectorRegistry()
    everything.register(facts)
    if FOLDER in os.environ:
        MultiProcessCollector(everything)
        return generate_latest(everything)
    return generate_latest(registry) + generate_latest(everything)


def sweep(place: Path) -> None:
    """Remove the folders of processes that were killed before they could do so."""
    for folder in place.glob(f"{PREFIX}*"):
        # Leave alone folders of other users, and those that appear or disappear meanwhile.
        with suppress(OSError):
            found = folder.stat()
            if found.st_uid == os.getuid() and found.st_mtime < time.time() - _YOUNG_SECONDS:
                with locked(folder):
                    shutil.rmtree(folder)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Lock a folder so that `sweep` leaves it alone. Raises OSError if another process has locked
    it.
    """
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(handle)


def forget_worker(pid: int) -> None:
    """Drop the gauges of a worker that ended, but keep its counters. Called by the parent."""
    if FOLDER in os.environ:
        mark_process_dead(pid)
