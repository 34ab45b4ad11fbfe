"""Figures: how long appends take, and how far everything that follows a log is behind."""

from collections.abc import Callable, Iterable
from functools import partial

from opentelemetry import metrics
from opentelemetry.exporter.prometheus import PrometheusMetricReader
from opentelemetry.metrics import CallbackOptions, Observation
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import MetricReader, PeriodicExportingMetricReader

from shared.telemetry.resource import resource_of

_meter = metrics.get_meter("shangliang")

append_seconds = _meter.create_histogram(
    "shangliang.append.duration",
    unit="s",
    description="How long one call that commits appends takes",
    explicit_bucket_boundaries_advisory=(0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)
request_seconds = _meter.create_histogram(
    "http.server.request.duration",
    unit="s",
    description="From a request's head until its answer is out (OpenTelemetry's semantic conventions for HTTP)",
    explicit_bucket_boundaries_advisory=(0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10),
)
append_batch = _meter.create_histogram(
    "shangliang.append.batch",
    unit="{event}",
    description="Events committed by one call",
    explicit_bucket_boundaries_advisory=(1, 2, 4, 8, 16, 32, 64, 128, 256, 512),
)

Figures = Callable[[], Iterable[tuple[float, dict[str, str]]]]
_observed: dict[str, list[Figures]] = {}


def observe(name: str, description: str, figures: Figures) -> None:
    """Exports what `figures` says now, with its attributes, whenever the metrics are read: under one name the figures
    of every service of this process."""
    if name not in _observed:
        _observed[name] = []
        _meter.create_observable_gauge(name, [partial(_observe, name)], unit="{event}", description=description)
    _observed[name].append(figures)


def _observe(name: str, _: CallbackOptions) -> Iterable[Observation]:
    return [Observation(value, attributes) for figures in _observed[name] for value, attributes in figures()]


def start_figures(process: str, *, by_otlp: bool) -> None:
    """Offers them to Prometheus, and sends them where OTEL_EXPORTER_OTLP_* say."""
    readers: list[MetricReader] = [PrometheusMetricReader()]
    if by_otlp:
        from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter

        readers.append(PeriodicExportingMetricReader(OTLPMetricExporter()))
    metrics.set_meter_provider(MeterProvider(readers, resource_of(process)))
