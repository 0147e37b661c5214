"""Where traces go: the part of tracing that needs OpenTelemetry's SDK."""

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
# Asked for all the time, by machines.
_UNTRACED = (r"/livez$", r"/readyz$", r"/metrics$")


class WithoutQuery(SpanProcessor):
    """Takes the query of an address out of its span: signatures of links are there."""

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        """Look at a span that begins."""
        if "url.query" in (span.attributes or {}):
            span.set_attribute("url.query", "REDACTED")


class Traces:
    """Traces of a process, from now on until they are closed.

    They go to a processor, or by OTLP to where the standard `OTEL_*` variables say.
    """

    def __init__(self, processor: SpanProcessor | None = None) -> None:
        name = os.environ.get("OTEL_SERVICE_NAME", SERVICE)
        resource = Resource.create({SERVICE_NAME: name})
        self._provider = TracerProvider(resource=resource, shutdown_on_exit=False)
        self._provider.add_span_processor(WithoutQuery())
        self._provider.add_span_processor(processor or BatchSpanProcessor(OTLPSpanExporter()))
        tracing.trace_with(self._provider.get_tracer(SERVICE))

    @property
    def middleware(self) -> Middleware:
        """What makes a span of each HTTP request."""
        return Middleware(
            OpenTelemetryMiddleware, tracer_provider=self._provider, excluded_urls=_UNTRACED
        )

    async def close(self) -> None:
        """Send what has not been sent, and trace no more."""
        tracing.trace_with(None)
        # It waits for the receiver, for seconds if there is none.
        await asyncio.to_thread(self._provider.shutdown)
