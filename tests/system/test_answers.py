"""What callers are answered: once under a key, with a problem that says what to change, and what they just wrote."""

import asyncio
from typing import Any

import httpx
import pytest

from shared.contracts.words import Role
from tests.town import Town

ISSUES = "/api/intake/v1/issues"
BODY: dict[str, Any] = {"community": "yaopo", "channel": "web", "text": "楼道灯不亮"}


def problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    said = answer.json()
    assert (answer.status_code, said["status"], said["code"]) == (status, status, code)
    assert said["type"] == f"/problems/{code}"
    assert said["detail"]
    return said


async def test_the_same_key_and_body_get_the_same_answer_and_happen_once(here: Town) -> None:
    headers = {**here.headers(Role.RESIDENT), "idempotency-key": "k-1"}
    first = await here.http.post(ISSUES, json=BODY, headers=headers)
    before = await here.running["intake"].log.head()
    again = [await here.http.post(ISSUES, json=BODY, headers=headers) for _ in range(3)]
    assert {answer.text for answer in again} == {first.text}
    assert await here.running["intake"].log.head() == before


async def test_a_refusal_under_a_key_stays_a_refusal(here: Town) -> None:
    resident = here.headers(Role.RESIDENT)
    made = await here.raised(resident)
    headers = {**resident, "idempotency-key": "k-2"}
    path = f"{ISSUES}/{made['id']}/second"
    first = await here.http.post(path, headers=headers)
    again = await here.http.post(path, headers=headers)
    problem(first, 409, "already-seconded")
    assert again.text == first.text


async def test_another_body_under_a_key_is_refused_and_another_caller_has_keys_of_their_own(here: Town) -> None:
    headers = {**here.headers(Role.RESIDENT), "idempotency-key": "k-3"}
    await here.http.post(ISSUES, json=BODY, headers=headers)
    other = await here.http.post(ISSUES, json={**BODY, "text": "别的事"}, headers=headers)
    problem(other, 422, "idempotency-key-reused")
    neighbour = {**here.headers(Role.RESIDENT), "idempotency-key": "k-3"}
    assert (await here.http.post(ISSUES, json=BODY, headers=neighbour)).status_code == 202


async def test_of_many_at_once_under_one_key_one_runs_and_the_others_hear_that_it_does(here: Town) -> None:
    headers = {**here.headers(Role.RESIDENT), "idempotency-key": "k-4"}
    before = await here.running["intake"].log.head()
    answers = await asyncio.gather(*(here.http.post(ISSUES, json=BODY, headers=headers) for _ in range(20)))
    accepted = [answer for answer in answers if answer.is_success]
    assert len({answer.text for answer in accepted}) == 1
    for answer in answers:
        if answer.is_error:
            problem(answer, 409, "idempotency-key-in-use")
    assert await here.running["intake"].log.head() == before + 1


async def test_who_writes_reads_what_they_wrote(here: Town) -> None:
    resident = here.headers(Role.RESIDENT)
    for _ in range(20):
        made = await here.raised(resident)
        asked = {**resident, "read-after": str(made["position"])}
        answer = await here.http.get(f"{ISSUES}/{made['id']}", headers=asked)
        assert answer.json()["text"] == BODY["text"]


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"{", 400, "malformed"),
        (b"\xff\xfe", 400, "malformed"),
        (b"[]", 422, "not-valid"),
        (b'{"community":"yaopo"}', 422, "not-valid"),
        (b'{"community":"yaopo","channel":"web","text":"a\\u0000b"}', 422, "not-valid"),
        (b'{"community":"yaopo","channel":"web","text":"\\ud800"}', 400, "malformed"),
        (b'{"community":"yaopo","channel":"web","text":7}', 422, "not-valid"),
        (b'{"community":"Yao Po","channel":"web","text":"x"}', 422, "not-valid"),
        (b'{"community":"yaopo","channel":"web","text":"x","txet":"y"}', 422, "not-valid"),
        (b'{"community":"yaopo","channel":"web","text":"' + b"x" * 10_000_000 + b'"}', 413, "too-large"),
    ],
    ids=["cut", "bytes", "array", "missing", "null", "surrogate", "number", "code", "misspelt", "10MB"],
)
async def test_a_bad_body_gets_a_problem_that_says_what_to_change(
    here: Town, content: bytes, status: int, code: str
) -> None:
    headers = {**here.headers(Role.RESIDENT), "content-type": "application/json"}
    before = await here.running["intake"].log.head()
    said = problem(await here.http.post(ISSUES, content=content, headers=headers), status, code)
    if code == "not-valid":
        assert said["errors"]
        assert all(error["where"] and error["what"] for error in said["errors"])
    assert await here.running["intake"].log.head() == before


async def test_problems_speak_the_callers_language(here: Town) -> None:
    path = "/api/intake/v1/issues/00000000-0000-0000-0000-000000000000/second"
    headers = here.headers(Role.RESIDENT)
    zh = problem(await here.http.post(path, headers=headers), 404, "issue-not-found")
    en = problem(await here.http.post(path, headers={**headers, "accept-language": "en-GB"}), 404, "issue-not-found")
    assert zh["detail"] != en["detail"]
    assert en["detail"].isascii()


async def test_without_a_token_a_role_or_the_place_nothing_is_done(here: Town) -> None:
    made = await here.raised()
    path = f"{ISSUES}/{made['id']}/acknowledge"
    problem(await here.http.post(path), 401, "not-signed-in")
    problem(await here.http.post(path, headers={"authorization": "Bearer x.y.z"}), 401, "bad-token")
    problem(await here.http.post(path, headers=here.headers(Role.RESIDENT)), 403, "role-missing")
    problem(await here.http.post(path, headers=here.headers(Role.SECRETARY, "xishan")), 403, "out-of-scope")
    problem(await here.http.get(ISSUES, params={"community": "yaopo"}), 401, "not-signed-in")
    elsewhere = here.headers(Role.SECRETARY, "xishan")
    problem(await here.http.get(ISSUES, params={"community": "yaopo"}, headers=elsewhere), 403, "out-of-scope")
    problem(await here.http.get(f"{ISSUES}/{made['id']}", headers=here.headers(Role.RESIDENT)), 404, "issue-not-found")
    assert (await here.http.post(path, headers=here.headers(Role.GRID_WORKER))).status_code == 202


async def test_what_happened_earlier_can_be_recorded_but_not_what_is_to_come(here: Town) -> None:
    headers = here.headers(Role.RESIDENT)
    made = await here.raised({**headers, "occurred-at": "2023-11-20T19:40:00+08:00"})
    [event] = await here.running["intake"].log.stream(f"issue-{made['id']}")
    assert event.at.isoformat() == "2023-11-20T11:40:00+00:00"
    for wrong in ("2999-01-01T00:00:00Z", "yesterday", "2023-11-20T19:40:00"):
        answer = await here.http.post(ISSUES, json=BODY, headers={**headers, "occurred-at": wrong})
        problem(answer, 422, "bad-occurred-at")
