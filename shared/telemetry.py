"""Traces, figures and logs, by OpenTelemetry and structlog. Nothing here ever names a person."""

import logging
import os
import sys
from collections.abc import Callable, Generator, Iterable, Mapping, MutableMapping
from contextlib import contextmanager
from typing import Any

import structlog
from opentelemetry import metrics, trace
from opentelemetry.exporter.prometheus import PrometheusMetricReader
from opentelemetry.metrics import CallbackOptions, Observation
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import MetricReader, PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

_meter = metrics.get_meter("shangliang")
_tracer = trace.get_tracer("shangliang")
_propagator = TraceContextTextMapPropagator()

append_seconds = _meter.create_histogram(
    "shangliang.append.duration", unit="s", description="From wanting to append until it is committed"
)
append_batch = _meter.create_histogram(
    "shangliang.append.batch", unit="{event}", description="Events committed by one call"
)

Figures = Callable[[], Iterable[tuple[float, dict[str, str]]]]


def observe(name: str, description: str, figures: Figures) -> None:
    """Exports what `figures` says now, with its attributes, whenever the metrics are read."""

    def observed(_: CallbackOptions) -> Iterable[Observation]:
        return [Observation(value, attributes) for value, attributes in figures()]

    _meter.create_observable_gauge(name, [observed], description=description)


def current_traceparent() -> str | None:
    """The running span as W3C trace context, None outside of one."""
    context = trace.get_current_span().get_span_context()
    if not context.is_valid:
        return None
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"


@contextmanager
def span_within(traceparent: str | None, name: str, **attributes: str) -> Generator[None]:
    """A span that continues the trace an event carries; nothing at all where that trace was not sampled."""
    if traceparent is None or not traceparent.endswith("-01"):
        yield
        return
    parent = _propagator.extract({"traceparent": traceparent})
    with _tracer.start_as_current_span(name, parent, attributes=attributes):
        yield


def start_telemetry(*, share: float) -> None:
    """Sets up this process: figures for Prometheus always, spans and figures by OTLP where OTEL_EXPORTER_OTLP_ENDPOINT
    is set. `share` of the requests are traced where their caller doesn't say."""
    resource = Resource.create({"service.namespace": "shangliang", "service.name": "shangliang"})
    tracers = TracerProvider(resource=resource, sampler=ParentBased(TraceIdRatioBased(share)))
    readers: list[MetricReader] = [PrometheusMetricReader()]
    if os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT"):
        from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

        tracers.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        readers.append(PeriodicExportingMetricReader(OTLPMetricExporter()))
    trace.set_tracer_provider(tracers)
    metrics.set_meter_provider(MeterProvider(readers, resource))


def start_logs(*, human: bool) -> None:
    """Logs to standard error: JSON lines with the trace's id, or for a developer's eyes."""
    renderer = structlog.dev.ConsoleRenderer() if human else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _with_trace,
            structlog.processors.format_exc_info,
            renderer,
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s %(message)s")
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # says once a second that Kafka is away: the relay says so


def _with_trace(_: Any, __: str, said: MutableMapping[str, Any]) -> Mapping[str, Any]:
    context = trace.get_current_span().get_span_context()
    if context.is_valid:
        said["trace_id"] = f"{context.trace_id:032x}"
    return said
