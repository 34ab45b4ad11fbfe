"""Traces, figures and logs, by OpenTelemetry and structlog. Nothing here ever names a person."""

from opentelemetry import metrics

_meter = metrics.get_meter("shangliang")

append_seconds = _meter.create_histogram(
    "shangliang.append.duration", unit="s", description="From wanting to append until it is committed"
)
append_batch = _meter.create_histogram(
    "shangliang.append.batch", unit="{event}", description="Events committed by one call"
)
