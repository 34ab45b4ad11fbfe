"""Traces, figures and logs, by OpenTelemetry and structlog. Nothing here ever names a person."""

import os

from opentelemetry import metrics
from opentelemetry.sdk.metrics import MeterProvider

from shared.telemetry.figures import append_batch, append_seconds, observe, start_figures
from shared.telemetry.logs import start_logs
from shared.telemetry.traces import current_trace_id, current_traceparent, export_spans, span_within, tracers_of

__all__ = [
    "append_batch",
    "append_seconds",
    "current_trace_id",
    "current_traceparent",
    "observe",
    "span_within",
    "start_logs",
    "start_telemetry",
    "tracers_of",
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
