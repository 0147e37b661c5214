"""Metrics and tracing of GraphQL operations."""

import time
from types import TracebackType
from typing import Any

from strawberry.types.graphql import OperationType

from app.observability import metrics, tracing


class Observed:
    """Measures an operation. A subscription is measured only until it is set up, as it may run for
    days.
    """

    __slots__ = ("_kind", "_name", "_span", "_started")

    def __init__(self, kind: OperationType, name: str | None) -> None:
        self._kind = kind.value
        self._name = name
        self._span: Any = None
        self._started = 0.0

    def __enter__(self) -> None:
        self._started = time.perf_counter()
        self._span = tracing.operation(self._kind, self._name)
        self._span.__enter__()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._span.__exit__(kind, error, traceback)
        seconds = time.perf_counter() - self._started
        name = metrics.operation_name(self._name)
        metrics.operation_series(self._kind, name).observe(seconds)
