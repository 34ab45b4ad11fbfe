"""What a deployment tells of itself: one trace across processes, and figures."""

import time
import uuid
from collections.abc import Callable
from typing import Any, TypeVar

from shared.contracts.words import Role
from tests.web.outside import COMMUNITY, Outside
from tests.web.receiver import Sent

T = TypeVar("T")
ISSUES = "/api/intake/v1/issues"
BODY: dict[str, Any] = {"community": COMMUNITY, "channel": "web", "text": "楼道灯不亮"}
SERVER, PRODUCER, CONSUMER = 2, 4, 5
CLIENT = "b7ad6b7169203331"


def soon(ask: Callable[[], T]) -> T:
    """What `ask` answers as soon as it is something; what it says at last, where it never is."""
    until = time.monotonic() + 15
    while not (found := ask()) and time.monotonic() < until:
        time.sleep(0.1)
    return found


def traceparent(trace_id: str, flags: str = "01") -> dict[str, str]:
    return {"traceparent": f"00-{trace_id}-{CLIENT}-{flags}"}


def raised(there: Outside, **headers: str) -> str:
    answer = there.intake.http.post(ISSUES, json=BODY, headers=there.headers(Role.RESIDENT) | headers)
    assert answer.status_code == 202, answer.text
    return answer.json()["id"]


def ways(spans: list[Sent]) -> set[str]:
    """Each span with those it is within, from the request on."""
    by_id = {span.id: span for span in spans}

    def way(span: Sent) -> str:
        own = f"{span.service}: {span.name}"
        return f"{way(by_id[span.parent])} > {own}" if span.parent in by_id else f"{span.parent} > {own}"

    return {way(span) for span in spans}


def test_one_trace_leads_from_a_request_to_all_that_follows_from_it(there: Outside) -> None:
    issue = raised(there)
    trace_id = uuid.uuid4().hex
    path = f"{ISSUES}/{issue}/acknowledge"
    there.intake.http.post(path, headers=there.headers(Role.GRID_WORKER) | traceparent(trace_id, "03"))
    request = f"{CLIENT} > intake: POST /api/intake/v1/issues/{{issue_id}}/acknowledge"
    append = f"{request} > intake: append to issue"
    publish = f"{append} > intake: publish intake.events"
    react = f"{publish} > notify: receive intake.events > notify: react to issue-acknowledged"
    expected = {
        request,
        append,
        *(f"{append} > intake: fold {view}" for view in ("ledger", "matters", "changes", "reports")),
        f"{append} > intake: react to issue-acknowledged",
        publish,
        f"{publish} > deliberation: receive intake.events",
        f"{publish} > partner: receive intake.events",
        f"{publish} > portal: receive intake.events",
        f"{publish} > portal: receive intake.events > portal: fold stories",
        f"{publish} > notify: receive intake.events",
        react,
        f"{react} > notify: fold inboxes",
        f"{react} > notify: publish notify.events",
    }
    soon(lambda: expected <= ways(there.receiver.spans(trace_id)))
    spans = there.receiver.spans(trace_id)
    assert ways(spans) == expected
    assert len(spans) == len(expected)
    kinds = {name: {span.kind for span in spans if span.name.startswith(name)} for name in ("POST", "pub", "rec")}
    assert kinds == {"POST": {SERVER}, "pub": {PRODUCER}, "rec": {CONSUMER}}


def test_of_a_request_that_is_not_sampled_nothing_is_told_or_kept(there: Outside) -> None:
    trace_id = uuid.uuid4().hex
    issue = raised(there, **traceparent(trace_id, "00"))
    followed = uuid.uuid4().hex
    path = f"{ISSUES}/{issue}/acknowledge"
    there.intake.http.post(path, headers=there.headers(Role.GRID_WORKER) | traceparent(followed))
    assert soon(lambda: len(there.receiver.spans(followed)) > 5)
    assert there.receiver.spans(trace_id) == []
    assert all(span.parent for span in there.receiver.spans())


def test_figures_are_sent_and_offered_with_the_service_they_are_of(there: Outside) -> None:
    raised(there)
    own = {"append.duration", "append.batch", "relay.lag", "inbox.lag", "view.lag", "parked"}
    wanted = {"http.server.request.duration", *(f"shangliang.{name}" for name in own)}
    soon(lambda: wanted <= {metric.name for process, metric in there.receiver.figures() if process == "intake"})
    figures = list(there.receiver.figures())
    assert wanted <= {metric.name for process, metric in figures if process == "intake"}
    assert {process for process, _ in figures} == {"intake", "shangliang"}
    behind = [metric for process, metric in figures if (process, metric.name) == ("shangliang", "shangliang.view.lag")]
    said = {tuple(sorted((a.key, a.value.string_value) for a in p.attributes)) for p in behind[-1].gauge.data_points}
    assert (("service", "notify"), ("view", "inboxes")) in said
    assert (("service", "portal"), ("view", "stories")) in said
    offered = there.intake.http.get("/metrics").text
    for name in ("append_duration_seconds", "append_batch", "relay_lag", "inbox_lag", "view_lag", "parked"):
        assert f"shangliang_{name}" in offered
    assert 'http_route="/api/intake/v1/issues"' in offered
    below = [line for line in offered.splitlines() if line.startswith("shangliang_append_duration_seconds_bucket")]
    assert any('le="0.001"' in line for line in below), below
