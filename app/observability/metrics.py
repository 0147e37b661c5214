"""What is counted and measured, for Prometheus: all metrics of the service, and nothing else.

Labels are from closed lists: no caller can make a time series. With several workers each counts in
files of its own in one folder, and whoever is asked answers for all (`shared_by_workers`).
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
# What such a folder is called where temporary ones are.
PREFIX = "partnergraph-"
# One that is as young may be about to be locked.
_YOUNG_SECONDS = 60
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
# Stands for whatever is on no list of ours.
OTHER = "other"

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_LAG_SECONDS = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5)

# When each series began is of no use, and half of what is sent.
disable_created_metrics()

registry = CollectorRegistry()


def _counter(name: str, help: str, *labels: str) -> Counter:
    return Counter(name, help, labels, registry=registry)


def _gauge(name: str, help: str, mode: Any = "livesum") -> Gauge:
    """A gauge; of several workers the sum, or what `mode` says, over those that live."""
    return Gauge(name, help, registry=registry, multiprocess_mode=mode)


requests = Histogram(
    "partnergraph_http_request_seconds",
    "HTTP requests, and how long they took; an event stream as long as it was open",
    ("route", "status", "transport"),
    buckets=_SECONDS,
    registry=registry,
)
operations = Summary(
    "partnergraph_operation_seconds",
    "GraphQL operations, and how long they took; a subscription until it was set up",
    ("kind", "name"),
    registry=registry,
)
# For what happens with every request: finding a series takes longer than adding to it. There are
# as many as the closed lists allow.
request_series = cache(requests.labels)
operation_series = cache(operations.labels)
errors = _counter("partnergraph_errors_total", "Errors that callers were told of", "code")
refusals = _counter("partnergraph_user_errors_total", "Problems that mutations named", "code")
websockets = _gauge("partnergraph_websockets", "WebSockets that are open")
streams = _gauge("partnergraph_event_streams", "Event streams (SSE) that are open")
subscriptions = _gauge("partnergraph_subscriptions", "Subscriptions that run, on any transport")
log_lines_dropped = _counter(
    "partnergraph_log_lines_dropped_total", "Log lines that were not written, as too many waited"
)
delivered = _counter("partnergraph_events_delivered_total", "Answers sent to subscriptions")
webhook_attempts = _counter(
    "partnergraph_webhook_attempts_total", "Attempts to deliver to a webhook", "result"
)
connections_used = _gauge(
    "partnergraph_database_connections_used", "Database connections that work for somebody"
)
connections_wanted = _gauge(
    "partnergraph_database_connections_wanted", "Who waits for a database connection"
)
loop_lag = Histogram(
    "partnergraph_event_loop_lag_seconds",
    "How late the event loop is, looked at four times a second",
    buckets=_LAG_SECONDS,
    registry=registry,
)
leads = _gauge("partnergraph_leads", "1 if the leader is one of the processes asked", "livemax")
cpu = _counter("process_cpu_seconds_total", "Processor time, of user and system")
memory = _gauge("process_resident_memory_bytes", "Memory that is resident")
open_files = _gauge("process_open_fds", "File descriptors that are open")

# Operations that are told by their names; all others are `other`.
_named: frozenset[str] = frozenset()


def tell_by_name(names: Iterable[str]) -> None:
    """Tell operations of these names apart from now on: those that the operator knows of."""
    global _named
    _named = frozenset(names)


def operation_name(name: str | None) -> str:
    """The name under which an operation is counted."""
    return name if name in _named else OTHER  # type: ignore[return-value]


def exposition(facts: Collector) -> bytes:
    """All metrics of all workers as Prometheus reads them, with facts that are the same for all."""
    everything = CollectorRegistry()
    everything.register(facts)
    if FOLDER in os.environ:
        MultiProcessCollector(everything)
        return generate_latest(everything)
    return generate_latest(registry) + generate_latest(everything)


def sweep(place: Path) -> None:
    """Remove the folders of processes that were killed before they could."""
    for folder in place.glob(f"{PREFIX}*"):
        # Others' are their own business; so is what comes or goes meanwhile.
        with suppress(OSError):
            found = folder.stat()
            if found.st_uid == os.getuid() and found.st_mtime < time.time() - _YOUNG_SECONDS:
                with kept(folder):
                    shutil.rmtree(folder)


@contextmanager
def kept(folder: Path) -> Iterator[None]:
    """Have `sweep` leave a folder alone. Raises OSError if another process is at work with it."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(handle)


def forget_worker(pid: int) -> None:
    """Of a worker that ended keep what it counted, not what it had open; for the parent."""
    if FOLDER in os.environ:
        mark_process_dead(pid)
