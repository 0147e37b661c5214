"""Export of traces: the part of tracing that needs OpenTelemetry's SDK."""

import asyncio
import os

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import Span, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from starlette.middleware import Middleware
from starlette.middleware.opentelemetry import OpenTelemetryMiddleware

from app.observability import tracing

SERVICE = "partnergraph"
# Requested by machines every few seconds.
_UNTRACED = (r"/livez$", r"/readyz$", r"/metrics$")


class QueryRedaction(SpanProcessor):
    """Removes query strings from spans, since they may contain signatures."""

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        """Redact the query string of a new span."""
        if "url.query" in (span.attributes or {}):
            span.set_attribute("url.query", "REDACTED")


class Traces:
    """Traces a process, from creation until `close`.

    Spans go to `processor`, or by OTLP to the destination in the standard `OTEL_*` variables.
    """

    def __init__(self, processor: SpanProcessor | None = None) -> None:
        name = os.environ.get("OTEL_SERVICE_NAME", SERVICE)
        resource = Resource.create({SERVICE_NAME: name})
        self._provider = TracerProvider(resource=resource, shutdown_on_exit=False)
        self._provider.add_span_processor(QueryRedaction())
        self._provider.add_span_processor(processor or BatchSpanProcessor(OTLPSpanExporter()))
        tracing.trace_with(self._provider.get_tracer(SERVICE))

    @property
    def middleware(self) -> Middleware:
        """The middleware that creates a span for each HTTP request."""
        return Middleware(
            OpenTelemetryMiddleware, tracer_provider=self._provider, excluded_urls=_UNTRACED
        )

    async def close(self) -> None:
        """Send all pending spans, and stop tracing."""
        tracing.trace_with(None)
        # Shutdown waits for the receiver, several seconds if there is none.
        await asyncio.to_thread(self._provider.shutdown)
