"""Spans: one trace from a request through the log and Kafka to what other services make of it.

An event carries the W3C trace context it was written in, where its trace is sampled; where it is not, nothing is made,
kept or sent."""

import atexit
import re
from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from functools import cache
from random import getrandbits

from opentelemetry import trace
from opentelemetry.sdk.trace import SynchronousMultiSpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span, SpanKind, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from shared.telemetry.resource import resource_of

TRACEPARENT = re.compile(r"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")

exported = SynchronousMultiSpanProcessor()
"""Where the spans of all services of this process go."""
_propagator = TraceContextTextMapPropagator()
_NOTHING = nullcontext(None)
_request: ContextVar[dict[str, str]] = ContextVar("request")
"""The id of the running request's trace, where it is known: made only where a log line asks for it."""


@cache
def tracers_of(service: str) -> TracerProvider:
    """A service's own, so that its spans say whose they are where services share a process. Whether a trace is sampled
    is decided before its first span is made."""
    return TracerProvider(resource=resource_of(service), shutdown_on_exit=False, active_span_processor=exported)


def export_spans() -> None:
    """Sends them by OTLP, as OTEL_EXPORTER_OTLP_* say."""
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    exported.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    atexit.register(exported.shutdown)  # which sends what has not been sent


def current_traceparent() -> str | None:
    """The running span as W3C trace context, None where none is sampled."""
    return _traceparent(trace.get_current_span())


def current_trace_id() -> str | None:
    """The running trace's id in hex, sampled or not; None outside of one."""
    context = trace.get_current_span().get_span_context()
    if context.is_valid:
        return f"{context.trace_id:032x}"
    if (own := _request.get(None)) is None:
        return None
    return own.setdefault("trace_id", f"{getrandbits(128):032x}")


def begin_trace(traceparent: str | None) -> None:
    """A request has come; it runs in a context of its own."""
    if traceparent is not None and TRACEPARENT.fullmatch(traceparent):
        _request.set({"trace_id": traceparent[3:35]})
    else:
        _request.set({})


def is_sampled(traceparent: str) -> bool:
    """Whether whoever began the trace records it (W3C Trace Context, 3.2.2.5.1)."""
    return TRACEPARENT.fullmatch(traceparent) is not None and bool(int(traceparent[-2:], 16) & 1)


def request_span(service: str, traceparent: str | None) -> AbstractContextManager[Span]:
    """The span of a request that the service answers, in its caller's trace or a new one."""
    parent = _propagator.extract({"traceparent": traceparent}) if traceparent else None
    tracer = tracers_of(service).get_tracer("shangliang")
    return tracer.start_as_current_span(
        "request", parent, SpanKind.SERVER, record_exception=False, set_status_on_exception=False
    )


def span_within(
    service: str, traceparent: str | None, name: str, kind: SpanKind = SpanKind.INTERNAL
) -> AbstractContextManager[str | None]:
    """A span of the service that continues the trace an event carries, as the trace context for what is within it;
    nothing at all, and None, where that trace is not sampled."""
    if traceparent is None or not is_sampled(traceparent):
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
