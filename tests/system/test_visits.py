"""Home visits through the front door: planned, recorded without a network, sent when there is one."""

import asyncio
from typing import Any
from uuid import uuid4

import httpx

from shared.contracts.words import PersonId, Role
from shared.deciding.act import Grant
from shared.identity.tokens import load_or_make_key, mint
from tests.system.desk import INTAKE, Desk
from tests.system.places import Headers, until
from tests.system.test_answers import problem

THEN = "2023-11-20T10:00:00+08:00"
WISH = "/api/volunteer/v1/wishes"


async def planned(desk: Desk) -> str:
    """A plan for two buildings; its id."""
    body = {"community": desk.community, "grid": "grid-1", "title": "冬季入户", "places": ["ruyi-1", "ruyi-2"]}
    return (await desk.do("/visit-plans", {**body, "first": "2023-11-20", "last": "2023-12-20"}))["id"]


async def sent(desk: Desk, body: Any, worker: Headers) -> httpx.Response:
    answer = await desk.send("/visits", body, by=worker)
    if answer.is_success:
        desk.position = max(desk.position, answer.json()["position"])
    return answer


async def test_what_was_recorded_offline_happens_once_however_often_it_is_sent(desk: Desk) -> None:
    plan, here = await planned(desk), desk.here
    resident, old = str(here.token(Role.RESIDENT, desk.community)[0]), str(here.token(Role.RESIDENT)[0])
    body = {
        "community": desk.community,
        "households": ["独居老人"],
        "place": "ruyi-1",
        "plan": plan,
        "found": [{"text": "楼道灯不亮", "by": resident}, {"text": "井盖松动", "where": {"place": "ruyi-2"}}],
        "wishes": [{"beneficiary": old, "item": "拐杖"}],
    }
    worker = here.headers(Role.GRID_WORKER, desk.community)
    offline = {**worker, "idempotency-key": f"visit-{plan}", "occurred-at": THEN}
    answers = [await sent(desk, body, offline) for _ in range(2)]
    answers += await asyncio.gather(*(sent(desk, body, offline) for _ in range(4)))
    done = [one.json() for one in answers if one.status_code == 202]  # the rest was told that it is under way
    assert len(done) >= 3
    assert all(one == done[0] for one in done)

    visit = (await desk.ask(f"/visits/{done[0]['id']}")).json()
    assert visit["at"] == "2023-11-20T02:00:00+00:00"
    light, lid = await asyncio.gather(*(until(lambda id=one["id"]: issue(desk, id)) for one in visit["found"]))
    assert (light["raised_by"], light["channel"], light["place"], light["raised_at"]) == (
        resident,
        "home-visit",
        "ruyi-1",
        visit["at"],
    )
    assert (lid["raised_by"], lid["recorded_by"], lid["place"]) == (visit["by"], None, "ruyi-2")
    assert light["deadlines"].keys() == {"acknowledge"}
    [wish] = visit["wishes"]
    registered = await until(lambda: found(here.http, f"{WISH}/{wish['id']}"))
    assert (registered["item"], registered["status"], registered["community"]) == ("拐杖", "registered", desk.community)
    story = await until(lambda: found(here.http, f"/api/portal/v1/stories/{light['id']}", worker))
    assert [one["event"] for one in story["steps"]] == ["issue-raised"]
    listed = (await desk.ask("/issues", community=desk.community)).json()["items"]
    assert len(listed) == 2
    assert [one["id"] for one in (await desk.ask("/visits", community=desk.community)).json()["items"]] == [visit["id"]]
    row = (await desk.ask(f"/visit-plans/{plan}")).json()
    assert (row["done"], [one["households"] for one in row["places"]]) == (1, [1, 0])


async def test_a_plan_is_its_grids_and_leads_to_its_places_only(desk: Desk) -> None:
    plan = await planned(desk)
    visit = {"community": desk.community, "households": ["独居老人"], "plan": plan, "place": "ruyi-9"}
    problem(await desk.send("/visits", visit), 422, "place-not-planned")
    elsewhere = {**visit, "plan": "0193b2c4-0000-7000-8000-000000000000", "place": "ruyi-1"}
    problem(await desk.send("/visits", elsewhere), 404, "visit-plan-not-found")
    empty = {**visit, "place": "ruyi-1", "met": False, "found": [{"text": "井盖松动"}]}
    problem(await desk.send("/visits", empty), 422, "nobody-was-met")
    await desk.do(f"/visit-plans/{plan}/close", {"reason": "改期"})
    problem(await desk.send(f"/visit-plans/{plan}/close", {}), 409, "plan-closed")
    [row] = (await desk.ask("/visit-plans", community=desk.community, grid="grid-1")).json()["items"]
    assert (row["id"], row["closed"]) == (plan, True)


async def test_who_reaches_a_grid_finds_nothing_beyond_it(desk: Desk) -> None:
    key = load_or_make_key(desk.here.settings.signing_key)
    grant = Grant(Role.GRID_WORKER, desk.community, places=("ruyi-1",))
    worker = {"authorization": f"Bearer {mint(key, PersonId(uuid4()), [grant])}"}
    visit = {"community": desk.community, "households": ["独居老人"], "place": "ruyi-1"}
    lid = {"text": "井盖松动"}
    beyond = {**visit, "found": [lid, {**lid, "where": {"place": "ruyi-2"}}]}
    problem(await desk.send("/visits", beyond, by=worker), 403, "outside-your-places")
    assert (await desk.send("/visits", {**visit, "found": [lid]}, by=worker)).status_code == 202


async def issue(desk: Desk, id: str) -> Any:
    return await found(desk.here.http, f"{INTAKE}/issues/{id}", desk.secretary)


async def found(http: httpx.AsyncClient, path: str, by: Headers | None = None) -> Any:
    """What is there, once it is there."""
    answer = await http.get(path, headers=by)
    return answer.json() if answer.is_success else None
