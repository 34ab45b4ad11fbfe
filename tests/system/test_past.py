"""Queries with `at`: what was known then, for who may read it today."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from fastapi.routing import APIRoute

from shangliang.services import SERVICES
from shared.contracts.words import Role
from shared.web.app import routes_of
from tests.system.places import Headers, until
from tests.system.test_answers import problem
from tests.system.test_my_data import DIRECTORY, NAME, registered
from tests.town import Town

INTAKE, PORTAL = "/api/intake/v1", "/api/portal/v1"
NO_VIEW = {
    "/me/data",
    "/me/reads",
    "/me/sessions",
    "/people/by-phone",
    "/ledgers/{ledger_id}",
    "/uploads/{upload_id}",
    "/login/oidc/start",
    "/login/oidc/callback",
    "/jwks",
    "/templates/housing",
    "/templates/ledger",
}
"""What is asked of the log itself, of keys, traces and sessions, or of no one's data; and all below /audit."""
ONLY_NOW = {
    "/matters",
    "/matters/{issue_id}",
    "/changes",
    "/open-data/{community}/datapackage.json",
    "/open-data/{community}/matters-{day}.csv",
    "/open-data/{community}/matters-{day}.jsonl",
    "/issues/similar",
    "/issues/{issue_id}/similar",
}
"""What is published: once it is taken down, nobody is to read of it, of the past either. And what is like another, for
whoever is about to do something."""


def now() -> str:
    return datetime.now(UTC).isoformat()


async def asked(here: Town, path: str, by: Headers | None = None, **params: Any) -> httpx.Response:
    return await here.http.get(path, params=params, headers=by or {})


async def done(here: Town, by: Headers, path: str, body: Any = None) -> dict[str, Any]:
    answer = await here.http.post(path, json=body, headers=by)
    assert answer.status_code == 202, answer.text
    return answer.json()


def gets() -> list[APIRoute]:
    found = [route for service in SERVICES.values() for route in routes_of(service) if isinstance(route, APIRoute)]
    return [one for one in found if one.methods == {"GET"} and not one.path.startswith("/audit")]


@pytest.mark.parametrize("route", gets(), ids=lambda route: route.path)
def test_every_query_of_a_view_takes_at(route: APIRoute) -> None:
    takes = any(one.name == "at" for one in all_params(route.dependant))
    assert takes is (route.path not in NO_VIEW | ONLY_NOW)


def all_params(dependant: Any) -> list[Any]:
    return [*dependant.query_params, *(one for below in dependant.dependencies for one in all_params(below))]


async def test_an_issue_a_list_and_a_figure_as_they_stood(here: Town) -> None:
    community = f"then-{datetime.now(UTC):%H%M%S%f}"
    resident, secretary = here.headers(Role.RESIDENT, community), here.headers(Role.SECRETARY, community)
    times = [now()]
    one = (await here.raised(resident, community=community))["id"]
    times.append(now())
    other = (await here.raised(here.headers(Role.RESIDENT, community), community=community))["id"]
    await done(here, secretary, f"{INTAKE}/issues/{one}/acknowledge")
    times.append(now())
    await done(here, secretary, f"{INTAKE}/issues/{other}/merge", {"into": one})
    times.append(now())
    last = await done(here, resident, f"{INTAKE}/issues/{one}/withdraw", {"reason": "已自行解决"})
    path = f"{INTAKE}/issues/{one}"
    problem(await asked(here, path, secretary, at=times[0]), 404, "issue-not-found")
    told = [(await asked(here, path, secretary, at=at)).json() for at in times[1:]]
    assert [row["status"] for row in told] == ["raised", "acknowledged", "acknowledged"]
    assert [row["merged"] for row in told] == [[], [], [other]]
    lists = [(await asked(here, f"{INTAKE}/issues", secretary, community=community, at=at)).json() for at in times]
    assert [[row["status"] for row in page["items"]] for page in lists] == [
        [],
        ["raised"],
        ["raised", "acknowledged"],
        ["merged", "acknowledged"],
    ]
    counted = [await asked(here, f"{INTAKE}/counts/{community}/exact", secretary, at=at) for at in times]
    problem(counted[0], 404, "community-not-found")
    assert [one.json()["by_status"] for one in counted[1:]] == [
        {"raised": 1},
        {"acknowledged": 1, "raised": 1},
        {"acknowledged": 1, "merged": 1, "raised": 0},
    ]
    live = await asked(here, path, {**secretary, "read-after": str(last["position"])})
    assert live.json()["status"] == "withdrawn"
    assert (await asked(here, path, secretary, at=now())).content == live.content
    again = await asked(here, path, secretary, at=times[2])
    assert again.json() == told[1]


async def test_a_story_as_far_as_it_was_known(here: Town) -> None:
    resident, secretary = here.headers(Role.RESIDENT), here.headers(Role.SECRETARY)
    matter = (await here.raised(resident))["id"]
    path = f"{PORTAL}/stories/{matter}"

    async def steps(number: int) -> list[str] | None:
        answer = await asked(here, path, secretary)
        found = [step["event"] for step in answer.json()["steps"]] if answer.is_success else []
        return found if len(found) == number else None

    assert await until(lambda: steps(1)) == ["issue-raised"]
    then = now()
    await done(here, secretary, f"{INTAKE}/issues/{matter}/acknowledge")
    assert await until(lambda: steps(2)) == ["issue-raised", "issue-acknowledged"]
    assert [step["event"] for step in (await asked(here, path, secretary, at=then)).json()["steps"]] == ["issue-raised"]
    whole = await asked(here, f"{PORTAL}/stories", secretary, community="yaopo", at=now(), limit=200)
    assert matter in [story["id"] for story in whole.json()["items"]]


async def test_who_may_not_read_it_today_may_not_read_it_as_it_stood(here: Town) -> None:
    raiser = here.headers(Role.RESIDENT)
    path = f"{INTAKE}/issues/{(await here.raised(raiser))['id']}"
    at = now()
    assert (await asked(here, path, raiser, at=at)).is_success
    for other in (here.headers(Role.RESIDENT), here.headers(Role.SECRETARY, "xishan")):
        problem(await asked(here, path, other, at=at), 404, "issue-not-found")
    problem(await asked(here, path, at=at), 401, "not-signed-in")


async def test_who_was_erased_is_not_read_as_they_stood_either(here: Town) -> None:
    who, worker = await registered(here), here.headers(Role.GRID_WORKER)
    path = f"{DIRECTORY}/people/{who.id}/contact"
    then = now()
    assert (await asked(here, path, worker, at=then)).json()["name"] == {"text": NAME}
    await done(here, who.headers, f"{DIRECTORY}/me/erase")

    async def gone() -> bool:
        told = (await asked(here, path, worker, at=then)).json()
        return all(told[field] == {"erased": True} for field in ("name", "phone", "address"))

    assert await until(gone)


@pytest.mark.parametrize(
    "at",
    [
        "yesterday",
        "2024-02-29",
        "2024-02-29T08:30:00",
        "2024-02-29T08:30:00 08:00",
        "9999-12-31T23:59:59-08:00",
        "soon",
    ],
)
async def test_what_is_no_past_time_gets_a_problem_that_says_so(here: Town, at: str) -> None:
    said = (datetime.now(UTC) + timedelta(minutes=1)).isoformat() if at == "soon" else at
    for path in ("/api/partner/v1/units", f"{INTAKE}/counts/yaopo"):
        problem(await asked(here, path, at=said), 422, "bad-at")


async def test_an_answer_that_would_take_too_long_says_what_to_ask_instead(
    here: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.projecting.past.PATIENCE", 0.0)
    problem(await asked(here, "/api/partner/v1/units", at=now()), 422, "too-much-behind")
    monkeypatch.undo()
    answers = await asyncio.gather(*(asked(here, "/api/partner/v1/units", at=now()) for _ in range(8)))
    assert {answer.status_code for answer in answers} == {200}
