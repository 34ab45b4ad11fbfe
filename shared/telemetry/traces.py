"""Spans: one trace from a request through the log and Kafka to what other services make of it.

An event carries the W3C trace context it was written in, where its trace is sampled; where it is not, nothing is made,
kept or sent."""

from collections.abc import Generator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import cache

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.trace import SynchronousMultiSpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ParentBased, Sampler, SamplingResult, TraceIdRatioBased
from opentelemetry.trace import Link, Span, SpanKind, StatusCode, TraceState
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from opentelemetry.util.types import Attributes

from shared.telemetry.resource import resource_of

KEPT = ("url.scheme", "http.request.method", "network.protocol.version")
"""What a request's span says of the request: its path, query, host and tracestate are the caller's words."""

exported = SynchronousMultiSpanProcessor()
"""Where the spans of all services of this process go."""
_propagator = TraceContextTextMapPropagator()
_NOTHING = nullcontext(None)


class Wordless(Sampler):
    """Chooses as another sampler does, and leaves out of a request's span whatever the caller worded."""

    def __init__(self, chooses: Sampler):
        self._chooses = chooses

    def should_sample(
        self,
        parent_context: Context | None,
        trace_id: int,
        name: str,
        kind: SpanKind | None = None,
        attributes: Attributes = None,
        links: Sequence[Link] | None = None,
        trace_state: TraceState | None = None,
    ) -> SamplingResult:
        chosen = self._chooses.should_sample(parent_context, trace_id, name, kind, attributes, links, trace_state)
        if kind is not SpanKind.SERVER or not chosen.decision.is_sampled():
            return chosen
        said = {name: value for name, value in (attributes or {}).items() if name in KEPT}
        return SamplingResult(chosen.decision, said)

    def get_description(self) -> str:
        return f"Wordless({self._chooses.get_description()})"


@cache
def tracers_of(service: str, share: float = 0.0) -> TracerProvider:
    """A service's own, so that its spans say whose they are where services share a process. `share` of the requests
    are traced where their caller doesn't say."""
    sampler = Wordless(ParentBased(TraceIdRatioBased(share)))
    return TracerProvider(sampler, resource_of(service), shutdown_on_exit=False, active_span_processor=exported)


def export_spans() -> None:
    """Sends them by OTLP, as OTEL_EXPORTER_OTLP_* say."""
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    exported.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))


def current_traceparent() -> str | None:
    """The running span as W3C trace context, None where none is sampled."""
    return _traceparent(trace.get_current_span())


def current_trace_id() -> str | None:
    """The running trace's id in hex, sampled or not; None outside of one."""
    context = trace.get_current_span().get_span_context()
    return f"{context.trace_id:032x}" if context.is_valid else None


def span_within(
    service: str, traceparent: str | None, name: str, kind: SpanKind = SpanKind.INTERNAL
) -> AbstractContextManager[str | None]:
    """A span of the service that continues the trace an event carries, as the trace context for what is within it;
    nothing at all, and None, where that trace is not sampled."""
    if traceparent is None or not int(traceparent[-2:], 16) & 1:
        return _NOTHING
    return _span(service, traceparent, name, kind)


@contextmanager
def _span(service: str, traceparent: str, name: str, kind: SpanKind) -> Generator[str | None]:
    parent = _propagator.extract({"traceparent": traceparent})
    tracer = tracers_of(service).get_tracer("shangliang")
    # what an exception says may hold what somebody wrote: its type must do
    with tracer.start_as_current_span(
        name, parent, kind, record_exception=False, set_status_on_exception=False
    ) as span:
        try:
            yield _traceparent(span)
        except Exception as error:
            span.set_attribute("error.type", type(error).__qualname__)
            span.set_status(StatusCode.ERROR)
            raise


def _traceparent(span: Span) -> str | None:
    context = span.get_span_context()
    if not context.trace_flags.sampled:
        return None
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"
