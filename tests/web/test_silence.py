"""What a deployment never tells: anything that somebody wrote, whatever they sent and whatever became of it."""

import asyncio
import json
import re
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import asyncpg
import httpx
import pytest

from shared.contracts.words import PersonId, Role
from shared.deciding.act import Grant
from shared.eventlog.database import database_uri
from shared.identity.tokens import load_or_make_key, mint
from shared.settings import Settings
from tests.web.outside import COMMUNITY, Outside
from tests.web.routes import File, Post, Wording, posts, sent

MARKS = ("王小明", "Xiaoming", "13912345678")
WORDS = "王小明 Xiaoming 13912345678 三栋二单元"
ASCII = "Xiaoming-13912345678"
BOOM = "boom"
FAILING = f"alter table log add constraint one_that_fails check (data::text not like '%{BOOM}%')"
MENDED = "alter table log drop constraint one_that_fails"


def client(there: Outside, post: Post) -> httpx.Client:
    return (there.intake if post.service == "intake" else there.rest).http


def everybody(there: Outside) -> dict[str, str]:
    """The headers of who may do everything, in a trace that is sampled, with what they shouldn't say in the rest."""
    key = load_or_make_key(Settings(data=there.data).signing_key)
    token = mint(key, PersonId(uuid.uuid4()), [Grant(role, COMMUNITY, COMMUNITY, COMMUNITY) for role in Role])
    return {
        "authorization": f"Bearer {token}",
        "traceparent": f"00-{uuid.uuid4().hex}-b7ad6b7169203331-01",
        "tracestate": f"vendor={ASCII}",
        "baggage": f"name={ASCII}",
        "user-agent": ASCII,
        "referer": f"http://localhost/?q={ASCII}",
    }


def spoilt(body: Any) -> Iterator[Any]:
    """The body with a field made something else, or left out with another one that is not known."""
    fields: dict[str, Any] = {} if isinstance(body, File) else body or {}
    for name in list(fields)[:2]:
        yield {**fields, name: [WORDS]}
        yield {other: value for other, value in fields.items() if other != name} | {WORDS: True}
    yield [WORDS]
    yield WORDS


def storm(there: Outside, post: Post, said: Wording) -> set[int]:
    """Good requests and bad ones to one route; the statuses they got."""
    http, headers = client(there, post), everybody(there)
    path, body = post.path(said), post.body(said)
    names = [one["name"] for one in post.operation.get("parameters", ()) if one["in"] == "path"]
    answers = [http.post(path, **sent(body, headers))]
    answers += [http.post(path, **sent(one, headers)) for one in spoilt(body)]
    answers += [http.post(post.path(said, **{name: quote(WORDS)}), **sent(body, headers)) for name in names]
    answers += [
        http.post(f"{path}?name={quote(WORDS)}", **sent(body, headers)),
        http.post(f"{path}/{quote(WORDS)}", **sent(body, headers)),
        http.post(path, content=f'{{"text": "{WORDS}'.encode(), headers=headers),
        http.post(path, content=WORDS.encode(), headers=headers | {"content-type": ASCII}),
        http.post(path, **sent(body, headers | {"idempotency-key": ASCII})),
        http.post(path, **sent(body, headers | {"idempotency-key": ASCII * 20})),
        http.post(path, **sent(body, headers | {"occurred-at": ASCII})),
        http.post(path, **sent(body, headers | {"authorization": f"Bearer {ASCII}"})),
        http.post(path, **sent(body, headers | {"host": f"{ASCII}.example"})),
        http.request(ASCII, path, headers=headers),
        http.get(path, params={"community": WORDS, "after": WORDS, "label": WORDS}, headers=headers),
    ]
    return {answer.status_code for answer in answers}


async def on_intake(there: Outside, sql: str) -> None:
    connection = await asyncpg.connect(database_uri(there.servers.postgres, "shangliang_intake"))
    await connection.execute(sql)
    await connection.close()


def told(there: Outside) -> dict[str, str]:
    """All that is told, once whatever was done has been."""
    time.sleep(2)
    figures = there.intake.http.get("/metrics").text + there.rest.http.get("/metrics").text
    return {"logs": there.logs(), "spans and figures": there.receiver.everything(), "/metrics": figures}


def test_nothing_that_anybody_wrote_is_told_whatever_became_of_it(there: Outside) -> None:
    headers = everybody(there)
    issue = {"community": COMMUNITY, "channel": "web", "text": WORDS}
    made = there.intake.http.post("/api/intake/v1/issues", json=issue, headers=headers).json()["id"]
    said = Wording(WORDS, made, ids={"issue_id": made})
    statuses: set[int] = set()
    for post in posts():
        statuses |= storm(there, post, said)
    assert {202, 400, 401, 404, 405, 409, 422} <= statuses
    for place, text in told(there).items():
        found = [line[:500] for line in text.splitlines() if any(mark in line for mark in MARKS)]
        assert not found, f"{place}: {found[:3]}"


def test_a_failure_is_logged_with_its_trace_and_where_it_was_but_not_what_it_was_about(there: Outside) -> None:
    headers = everybody(there)
    trace_id = headers["traceparent"].split("-")[1]
    asyncio.run(on_intake(there, FAILING))
    try:
        body = {"community": COMMUNITY, "channel": "web", "text": f"{BOOM} {WORDS}"}
        failed = there.intake.http.post("/api/intake/v1/issues", json=body, headers=headers)
    finally:
        asyncio.run(on_intake(there, MENDED))
    assert failed.status_code == 500
    assert failed.headers["content-type"] == "application/problem+json"
    assert failed.json()["code"] == "internal-error"
    assert failed.json()["trace_id"] == trace_id
    assert WORDS not in failed.text
    [line] = [line for line in there.intake.log.read_text().splitlines() if trace_id in line]
    logged = json.loads(line)
    assert (logged["event"], logged["level"], logged["trace_id"]) == ("request-failed", "error", trace_id)
    assert logged["at"] == "POST /api/intake/v1/issues"
    assert "CheckViolationError 23514" in logged["exception"]
    assert re.search(r"writer\.py:\d+ ", logged["exception"])
    assert "Failing row" not in there.logs()
    assert not any(mark in text for text in told(there).values() for mark in MARKS)


def test_every_line_of_the_logs_is_json(there: Outside) -> None:
    first, *lines = there.intake.log.read_text().splitlines()
    assert "is up at" in first
    assert lines
    for line in lines:
        said = json.loads(line)
        assert {"event", "level", "timestamp"} <= said.keys()


LOGGING = """
import asyncio, logging, structlog
from shared.telemetry import start_logs

start_logs(human={human})

async def fails():
    raise ValueError("{words}")

async def main():
    asyncio.create_task(fails(), name="one that fails")
    await asyncio.sleep(0)

asyncio.run(main())
try:
    try:
        raise KeyError("{words}")
    except KeyError as error:
        raise ValueError("{words}") from error
except ValueError:
    structlog.get_logger().exception("ours", n=1)
    logging.getLogger("theirs").exception("theirs\\n{words}")
"""


@pytest.mark.parametrize("human", [False, True], ids=["json", "human"])
def test_what_exceptions_and_libraries_say_of_data_is_left_out(human: bool) -> None:
    script = LOGGING.format(human=human, words=WORDS)
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)
    assert not any(mark in run.stderr for mark in MARKS), run.stderr
    assert "ValueError" in run.stderr
    assert "KeyError" in run.stderr
    if not human:
        lines = [json.loads(line) for line in run.stderr.splitlines()]
        assert {line["event"] for line in lines} == {"Task exception was never retrieved", "ours", "theirs"}
        assert {line.get("logger") for line in lines} == {None, "asyncio", "theirs"}
