"""Idempotency-Key on every POST of every service: sent again it is answered again, and happens once."""

import uuid
from collections import Counter
from dataclasses import replace
from typing import Any

import httpx
import pytest

from shared.contracts.words import PersonId, Role
from shared.deciding.act import Grant
from shared.identity.tokens import load_or_make_key, mint
from tests.town import Town
from tests.web.routes import CODE, Post, Wording, posts, sent

KEYLESS = {"/tokens", *(f"/login/{one}" for one in ("code", "phone", "password", "refresh", "out", "invitation"))}
"""Nothing of it is in the log: whoever asks again is signed in again."""
PROTOCOL = {"/uploads"}
"""Answers as tus has it: the same key begins the same upload (tests/system/test_uploads.py)."""
accepted: Counter[bool] = Counter()


@pytest.fixture(scope="module")
async def somebody(here: Town) -> dict[str, str]:
    """The headers of who may do everything at one place."""
    grants = [Grant(role, CODE, CODE, CODE) for role in Role]
    token = mint(load_or_make_key(here.settings.signing_key), PersonId(uuid.uuid4()), grants)
    return {"authorization": f"Bearer {token}"}


@pytest.fixture(scope="module")
async def said(here: Town, somebody: dict[str, str]) -> Wording:
    """Words, and the ids of things that are there."""

    async def made(path: str, body: dict[str, Any]) -> str:
        answer = await here.http.post(path, json=body, headers=somebody)
        assert answer.status_code in (202, 409), answer.text
        return answer.json().get("id", "")

    await made(f"/api/directory/v1/sub-districts/{CODE}", {"name": "街道", "district": "城区"})
    await made(f"/api/directory/v1/communities/{CODE}", {"sub_district": CODE, "name": "窑坡社区"})
    issue = {"community": CODE, "channel": "web", "text": "楼道灯不亮"}
    person = await made("/api/directory/v1/people", {"community": CODE, "label": "resident~1"})
    wish = {"community": CODE, "beneficiary": person, "item": "老花镜"}
    plan = {
        "community": CODE,
        "grid": CODE,
        "title": "每月一访",
        "places": [CODE],
        "first": "2023-12-01",
        "last": "2023-12-31",
    }
    ids = {
        "issue_id": await made("/api/intake/v1/issues", issue),
        "list_id": await made("/api/intake/v1/problem-lists", {"community": CODE, "title": "清单", "issues": [person]}),
        "consultation_id": await made("/api/deliberation/v1/consultations", {"community": CODE, "matter": "灯"}),
        "wish_id": await made("/api/volunteer/v1/wishes", wish),
        "plan": await made("/api/intake/v1/visit-plans", plan),
        "person_id": person,
        "sub_district": f"s-{person[:8]}",
        "community": CODE,
        "place_id": f"p-{person[:8]}",
    }
    return Wording("楼道灯不亮", person, ids=ids)


def same(one: httpx.Response, other: httpx.Response) -> bool:
    """In all that the answer says."""
    said = ("content-type", "content-language", "www-authenticate")
    told = [(answer.status_code, answer.content, *map(answer.headers.get, said)) for answer in (one, other)]
    return told[0] == told[1]


@pytest.mark.parametrize("post", posts(), ids=lambda post: f"{post.service}{post.route.path}")
async def test_a_request_sent_again_gets_the_same_answer_and_another_one_is_refused(
    here: Town, somebody: dict[str, str], said: Wording, post: Post
) -> None:
    headers = somebody | {"idempotency-key": str(uuid.uuid4())}
    if post.route.path in KEYLESS:
        assert "Idempotency-Key" not in str(post.operation)
        return
    assert "Idempotency-Key" in str(post.operation)
    if post.route.path in PROTOCOL:
        return
    path, body = post.path(said), post.body(said)
    first = await here.http.post(path, **sent(body, headers))
    again = await here.http.post(path, **sent(body, headers))
    assert same(first, again), (first.text, again.text)
    assert first.json().get("code") != "not-valid", first.text
    accepted[first.is_success] += 1
    other = replace(said, text="别的事", id=str(uuid.uuid4()), yes=False)
    if post.body(other) == body:
        path = post.path(replace(other, ids={}))
    when = {"occurred-at": "2023-11-20T19:40:00+08:00"} if (path, post.body(other)) == (post.path(said), body) else {}
    reused = await here.http.post(path, **sent(post.body(other), headers | when))
    assert (reused.status_code, reused.json()["code"]) == (422, "idempotency-key-reused")
    assert same(first, await here.http.post(post.path(said), **sent(body, headers)))


def test_many_of_these_requests_were_carried_out() -> None:
    if sum(accepted.values()) < len(posts()) - len(KEYLESS | PROTOCOL):
        pytest.skip("not all of them were sent")
    assert accepted[True] >= 20, accepted
