"""A survey, through the front door: published, answered once a person, its results for the community's workers."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from shared.contracts.words import Role
from tests.system.desk import Desk
from tests.system.places import Headers
from tests.system.test_answers import problem

REPLIES = [{"question": 0, "options": [1]}, {"question": 1, "scale": 5}]


async def published(desk: Desk) -> str:
    """A survey that is open for a day; its id."""
    closes = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    questions = [{"text": "放哪里", "kind": "one", "options": ["东门", "西门"]}, {"text": "评价", "kind": "scale"}]
    body = {"community": desk.community, "title": "分类点", "questions": questions, "closes": closes}
    return (await desk.do("/surveys", body))["id"]


async def answered(desk: Desk, id: str, caller: Headers, replies: Any = REPLIES, **more: str) -> httpx.Response:
    answer = await desk.send(f"/surveys/{id}/answer", {"replies": replies, **more}, by=caller)
    if answer.is_success:
        desk.position = max(desk.position, answer.json()["position"])
    return answer


async def test_a_survey_is_answered_once_a_person_and_counted(desk: Desk) -> None:
    id, here = await published(desk), desk.here
    listed = await desk.ask("/surveys", community=desk.community)
    assert [one["id"] for one in listed.json()["items"]] == [id]
    residents = [here.headers(Role.RESIDENT, desk.community) for _ in range(8)]
    answers = await asyncio.gather(*(answered(desk, id, one) for one in (*residents, *residents)))
    assert sorted(one.status_code for one in answers) == [202] * 8 + [409] * 8
    table = (await desk.ask(f"/surveys/{id}/results")).json()
    assert (table["answers"], table["results"][0]["counts"], table["results"][1]["counts"]) == (
        8,
        [0, 8],
        [0, 0, 0, 0, 8],
    )
    drawn = await desk.ask(f"/surveys/{id}/picture")
    assert (drawn.headers["content-type"], drawn.text.count("<rect")) == ("image/svg+xml", 7)


async def test_a_worker_writes_an_answer_down_for_somebody_and_the_same_is_sent_again_in_vain(desk: Desk) -> None:
    id = await published(desk)
    resident, token = desk.here.token(Role.RESIDENT, desk.community)
    worker = {**desk.here.headers(Role.GRID_WORKER, desk.community), "idempotency-key": "offline-1"}
    first = await answered(desk, id, worker, by=str(resident))
    again = await answered(desk, id, worker, by=str(resident))
    assert (first.status_code, first.json()) == (202, again.json())
    own = await answered(desk, id, {"authorization": f"Bearer {token}"})
    problem(own, 409, "survey-already-answered")
    stranger = desk.here.headers(Role.RESIDENT, desk.community)
    problem(await answered(desk, id, stranger, by=str(resident)), 403, "out-of-scope")


async def test_who_is_not_of_the_community_neither_answers_nor_reads_results(desk: Desk) -> None:
    id, here = await published(desk), desk.here
    problem(await answered(desk, id, here.headers(Role.RESIDENT, "xishan")), 403, "out-of-scope")
    problem(
        await desk.ask(f"/surveys/{id}/results", by=here.headers(Role.SECRETARY, "xishan")), 404, "survey-not-found"
    )
    problem(await answered(desk, id, desk.secretary, replies=[]), 422, "replies-wrong")
    problem(await desk.send("/surveys", {}, by=here.headers(Role.GRID_WORKER, desk.community)), 403, "role-missing")
