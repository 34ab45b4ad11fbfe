"""A receiver of OpenTelemetry's protocol (OTLP/HTTP, protobuf) on loopback, that keeps what it is sent."""

import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric


@dataclass(frozen=True)
class Sent:
    """A span: whose it is, its name and kind, its place in its trace, and what is said of it."""

    service: str
    name: str
    kind: int
    trace_id: str
    id: str
    parent: str
    attributes: dict[str, str]


@dataclass
class Receiver:
    """`endpoint` is what OTEL_EXPORTER_OTLP_ENDPOINT is set to."""

    endpoint: str
    traces: list[ExportTraceServiceRequest] = field(default_factory=list[ExportTraceServiceRequest])
    metrics: list[ExportMetricsServiceRequest] = field(default_factory=list[ExportMetricsServiceRequest])

    def spans(self, trace_id: str | None = None) -> list[Sent]:
        """All spans, or those of one trace."""
        spans = [
            Sent(
                _said(resource.resource.attributes)["service.name"],
                span.name,
                span.kind,
                span.trace_id.hex(),
                span.span_id.hex(),
                span.parent_span_id.hex(),
                _said(span.attributes),
            )
            for sent in self.traces
            for resource in sent.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]
        return [span for span in spans if trace_id in (None, span.trace_id)]

    def figures(self) -> Iterator[tuple[str, Metric]]:
        """All figures, each with the service.name of the process it is from."""
        for sent in self.metrics:
            for resource in sent.resource_metrics:
                for scope in resource.scope_metrics:
                    for metric in scope.metrics:
                        yield _said(resource.resource.attributes)["service.name"], metric

    def everything(self) -> str:
        """Whatever was sent, as text."""
        return "\n".join(map(str, (*self.traces, *self.metrics)))


def _said(attributes: "list[KeyValue] | object") -> dict[str, str]:
    return {one.key: one.value.string_value or str(one.value.int_value) for one in attributes}  # type: ignore[attr-defined]


@contextmanager
def receiving() -> Generator[Receiver]:
    """A receiver for as long as this lasts."""
    receiver = Receiver("")

    class Endpoint(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            if self.path == "/v1/traces":
                receiver.traces.append(ExportTraceServiceRequest.FromString(body))
            else:
                receiver.metrics.append(ExportMetricsServiceRequest.FromString(body))
            self.send_response(200)
            self.send_header("content-type", "application/x-protobuf")
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)
    receiver.endpoint = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
