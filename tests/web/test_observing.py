"""What is told of a request from outside of it: one span where its trace is sampled, and nothing where it is not."""

import os
import subprocess
import sys
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import httpx
import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from shared.telemetry import current_trace_id, current_traceparent, span_within
from shared.telemetry.traces import exported
from shared.web.observing import Observed
from tests.web.receiver import receiving

PARENT = "b7ad6b7169203331"
spans = InMemorySpanExporter()


@pytest.fixture(scope="module", autouse=True)
def collecting() -> None:
    exported.add_span_processor(SimpleSpanProcessor(spans))


@pytest.fixture
def own() -> str:
    """A service of this test alone."""
    return f"kitchen-{uuid4().hex[:8]}"


async def told(request: Request) -> JSONResponse:
    status = int(request.path_params["status"])
    if status == 599:
        raise ValueError("what somebody wrote")
    with span_within("kitchen", current_traceparent(), "within") as traceparent:
        said = {"trace_id": current_trace_id(), "traceparent": traceparent}
    return JSONResponse(said, status)


async def ask(own: str, share: float, headers: Mapping[str, str], status: int = 200, method: str = "GET") -> Any:
    app = Starlette(routes=[Route("/soups/{status}", told, methods=["GET"])])
    transport = httpx.ASGITransport(Observed(app, own, share), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://kitchen") as http:
        answer = await http.request(
            method, f"/soups/{status}", headers=[(name.encode(), value.encode()) for name, value in headers.items()]
        )
    return answer.json() if answer.headers.get("content-type") == "application/json" else {}


def of(own: str) -> list[ReadableSpan]:
    return [span for span in spans.get_finished_spans() if span.resource.attributes["service.name"] == own]


@pytest.mark.parametrize("flags", ["01", "03"])
async def test_a_sampled_callers_trace_goes_on(own: str, flags: str) -> None:
    trace_id = uuid4().hex
    said = await ask(own, 0.0, {"traceparent": f"00-{trace_id}-{PARENT}-{flags}"})
    [span] = of(own)
    assert span.context
    assert span.parent
    assert (f"{span.context.trace_id:032x}", f"{span.parent.span_id:016x}") == (trace_id, PARENT)
    assert span.name == "GET /soups/{status}"
    assert span.attributes == {
        "service": own,
        "http.request.method": "GET",
        "http.route": "/soups/{status}",
        "http.response.status_code": 200,
    }
    assert said["trace_id"] == trace_id
    assert said["traceparent"].startswith(f"00-{trace_id}-")


async def test_a_trace_that_begins_here_goes_on_within(own: str) -> None:
    said = await ask(own, 1.0, {})
    [span] = of(own)
    assert span.parent is None
    assert span.context
    assert said["trace_id"] == f"{span.context.trace_id:032x}"
    assert said["traceparent"]


@pytest.mark.parametrize("headers", [{}, {"traceparent": f"00-{uuid4().hex}-{PARENT}-00"}], ids=["nobody", "caller"])
async def test_what_is_not_sampled_has_an_id_for_the_logs_and_nothing_else(own: str, headers: dict[str, str]) -> None:
    said = await ask(own, 0.0, headers)
    assert of(own) == []
    assert said["traceparent"] is None
    assert said["trace_id"] == headers["traceparent"].split("-")[1] if headers else len(said["trace_id"]) == 32
    nothing = span_within("kitchen", headers.get("traceparent"), "within")
    assert nothing is span_within("garden", None, "within")


@pytest.mark.parametrize(
    "traceparent",
    ["", "x", "01", f"00-{'0' * 32}-{PARENT}-01", f"00-{'a' * 32}-{'0' * 16}-01", f"00-{'A' * 32}-{PARENT}-01", "ü-01"],
)
async def test_a_trace_context_that_is_none_is_not_gone_on_with_and_breaks_nothing(own: str, traceparent: str) -> None:
    said = await ask(own, 0.0, {"traceparent": traceparent})
    assert said
    assert all(span.parent is None for span in of(own))


async def test_a_failure_is_told_but_not_what_it_said(own: str) -> None:
    await ask(own, 1.0, {}, status=599)
    await ask(own, 1.0, {}, status=404)
    await ask(own, 1.0, {}, method="XIAOMING")
    failed, missing, strange = of(own)
    assert failed.status.status_code is StatusCode.ERROR
    assert failed.attributes
    assert missing.attributes
    assert failed.attributes["error.type"] == "500"
    assert "somebody" not in failed.to_json()
    assert missing.status.status_code is StatusCode.UNSET
    assert "error.type" not in missing.attributes
    assert "XIAOMING" not in strange.to_json()


AND_STOPS = """
from shared.telemetry import request_span, start_telemetry

start_telemetry("kitchen")
with request_span("kitchen", None):
    pass
"""


def test_what_was_told_before_a_process_stops_is_sent() -> None:
    with receiving() as receiver:
        env = {**os.environ, "OTEL_EXPORTER_OTLP_ENDPOINT": receiver.endpoint}
        subprocess.run([sys.executable, "-c", AND_STOPS], env=env, timeout=60, check=True)
    assert [span.service for span in receiver.spans()] == ["kitchen"]
