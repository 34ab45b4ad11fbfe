"""Traces, figures and logs, by OpenTelemetry and structlog. Nothing here ever names a person."""

import os

from opentelemetry import metrics
from opentelemetry.sdk.metrics import MeterProvider

from shared.telemetry.figures import append_batch, append_seconds, observe, request_seconds, start_figures
from shared.telemetry.logs import start_logs
from shared.telemetry.traces import (
    begin_trace,
    current_trace_id,
    current_traceparent,
    export_spans,
    is_sampled,
    request_span,
    span_within,
)

__all__ = [
    "append_batch",
    "append_seconds",
    "begin_trace",
    "current_trace_id",
    "current_traceparent",
    "is_sampled",
    "observe",
    "request_seconds",
    "request_span",
    "span_within",
    "start_logs",
    "start_telemetry",
]


def start_telemetry(process: str) -> None:
    """Sets this process up, once: figures for Prometheus always, spans and figures by OTLP where
    OTEL_EXPORTER_OTLP_ENDPOINT is set. `process` is what its figures are from: a service's name, if it is one."""
    if isinstance(metrics.get_meter_provider(), MeterProvider):
        return
    by_otlp = bool(os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT"))
    start_figures(process, by_otlp=by_otlp)
    if by_otlp:
        export_spans()
