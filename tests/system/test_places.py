"""Sub-districts, communities and what is below them, through the front door."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.routing import APIRoute

from services.directory import service
from shared.contracts.words import Role
from tests.system.places import DIRECTORY, District, Headers, until
from tests.system.test_answers import problem
from tests.town import Town

ISSUES = "/api/intake/v1/issues"


async def test_a_second_sub_district_opens_while_the_first_runs_and_neither_acts_in_the_other(here: Town) -> None:
    first, second = District(here), District(here)
    officer, secretary = await first.opened()
    await first.built(secretary)
    other_officer, other_secretary = await second.opened()
    await second.built(other_officer)
    assert (await second.ask({}, f"/communities/{second.community}/tree")).json()["sub_district"] == second.code
    listed = (await first.ask({}, "/communities", sub_district=first.code)).json()["items"]
    assert [one["id"] for one in listed] == [first.community]
    at, person = f"/communities/{first.community}", await first.person(secretary, "resident~1")
    role = {"role": Role.RESIDENT, "scope": {"community": first.community}}
    tried: list[tuple[str, Any]] = [
        (f"{at}/compounds/x-1", {"name": "x", "buildings": 1}),
        (f"{at}/buildings/x-1", {"name": "x", "compound": "ruyi"}),
        (f"{at}/grids/grid-1", {"name": "x"}),
        (f"{at}/venues/x-1", {"name": "x", "kind": "room"}),
        ("/people", {"community": first.community, "label": "resident~2"}),
        (f"/people/{person}/grant", role),
        (f"/people/{person}/revoke", role),
        (f"/people/{person}/contract", {"community": first.community, "building": "ruyi-1", "capacity": "volunteer"}),
    ]
    for headers in (other_officer, other_secretary):
        for path, body in tried:
            problem(await first.send(headers, path, body), 403, "out-of-scope")
        refused = await first.upload(headers, b"")
        problem(refused, 403, "out-of-scope")
    body = {"sub_district": first.code, "name": "x"}
    problem(await second.send(other_officer, f"/communities/{second.code}-x", body), 403, "out-of-sub-district")
    problem(await second.send(other_secretary, f"/communities/{second.code}-x", body), 403, "role-missing")
    assert (await first.send(officer, f"/people/{person}/grant", role)).status_code == 202


def questions(community: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Every query of directory, about a community wherever it may name one."""
    for route in service.router.routes:
        if isinstance(route, APIRoute) and route.methods == {"GET"}:
            path = route.path.replace("{community}", community).replace("{place_id}", "grid-1")
            takes = {one.name for one in route.dependant.query_params}
            yield path, {"community": community} if "community" in takes else {}


async def test_no_query_shows_one_communitys_people_to_those_of_another(here: Town) -> None:
    first, second = District(here), District(here)
    _, secretary = await first.opened()
    await first.built(secretary)
    worker, _ = await first.enrol(secretary, "grid-worker", Role.GRID_WORKER, community=first.community, grid="grid-1")
    contact = await first.person(secretary, "party-member~1")
    building = {"community": first.community, "building": "ruyi-1", "capacity": "party-member"}
    await first.do(secretary, f"/people/{contact}/contract", building)
    log = here.running["directory"].log
    await until(lambda: works(log, first, worker))
    officer, other = await second.opened()
    _, resident = await second.enrol(other, "resident~1", Role.RESIDENT, community=second.community)
    operator = here.headers(Role.OPERATOR, None, "power")
    asked = 0
    for path, params in questions(first.community):
        for headers in (officer, other, resident, operator, {}):
            answer = await first.ask(headers, path, **params)
            assert answer.status_code < 500
            assert not any(one in answer.text for one in (worker, contact)), path
            asked += answer.is_success
        own = await first.ask(secretary, path, **params)
        if path.endswith(("/people", "/contracts")):
            assert contact in own.text
    assert asked > 10


async def works(log: Any, district: District, worker: str | None) -> bool:
    """Whether the first grid is theirs, as the log has it."""
    events = await log.stream(f"community-{district.community}")
    drawn = [event.data for event in events if event.type == "grid-drawn" and event.data.place == "grid-1"]
    return (drawn[-1].worker and str(drawn[-1].worker)) == worker


async def test_a_term_that_is_over_ends_the_role_by_itself(here: Town) -> None:
    district = District(here)
    _, secretary = await district.opened()
    await district.built(secretary)
    person = await district.person(secretary, "party-member~1")
    over = datetime.now(UTC) + timedelta(seconds=2)
    building: dict[str, Any] = {"community": district.community, "building": "ruyi-1", "capacity": "cppcc-member"}
    await district.do(secretary, f"/people/{person}/contract", {**building, "until": over.isoformat()})
    forever = {"role": Role.VOLUNTEER, "scope": {"community": district.community}}
    await district.do(secretary, f"/people/{person}/grant", forever)
    contracts = f"/communities/{district.community}/contracts"
    [row] = (await district.ask(secretary, contracts, building="ruyi-1")).json()["items"]
    assert (row["person"], row["capacity"]) == (person, "cppcc-member")
    assert (await district.ask(await district.sign_in(person), contracts, building="ruyi-1")).status_code == 200
    log = here.running["directory"].log

    async def revoked() -> Any:
        return [event for event in await log.stream(f"person-{person}") if event.type == "role-revoked"]

    [event] = await until(revoked)
    assert event.at >= over
    assert event.metadata["actor"] == "reaction"
    assert event.data.scope.building == "ruyi-1"
    problem(await district.ask(await district.sign_in(person), contracts, building="ruyi-1"), 403, "role-missing")
    district.position = event.position
    assert (await district.ask(secretary, contracts)).json()["items"] == []
    people = await district.ask(secretary, "/people", community=district.community, label="party-member~1")
    assert [one["role"] for one in people.json()["items"][0]["roles"]] == [Role.VOLUNTEER]


async def test_a_grid_has_one_worker_the_one_who_was_granted_it_last(here: Town) -> None:
    district = District(here)
    _, secretary = await district.opened()
    await district.built(secretary)
    scope = {"community": district.community, "grid": "grid-1"}
    log = here.running["directory"].log
    one, _ = await district.enrol(secretary, "grid-worker~1", Role.GRID_WORKER, **scope)
    await until(lambda: works(log, district, one))
    other, headers = await district.enrol(secretary, "grid-worker~2", Role.GRID_WORKER, **scope)
    await until(lambda: works(log, district, other))

    async def relieved() -> bool:
        return [event.type for event in await log.stream(f"person-{one}")][-1] == "role-revoked"

    await until(relieved)
    await until(lambda: works(log, district, other))
    issues = {"community": district.community, "place": "grid-1"}
    assert (await here.http.get(ISSUES, params=issues, headers=headers)).status_code == 200
    before = await here.http.get(ISSUES, params=issues, headers=await district.sign_in(one))
    problem(before, 403, "role-missing")
    await district.do(secretary, f"/people/{other}/revoke", {"role": Role.GRID_WORKER, "scope": scope})
    await until(lambda: works(log, district, None))


async def test_a_grid_worker_and_a_contact_see_to_their_own_buildings_only(here: Town) -> None:
    district = District(here)
    _, secretary = await district.opened()
    await district.built(secretary)
    scope = {"community": district.community, "grid": "grid-1"}
    _, worker = await district.enrol(secretary, "grid-worker", Role.GRID_WORKER, **scope)
    person = await district.person(secretary, "volunteer~1")
    building = {"community": district.community, "building": "ruyi-1", "capacity": "volunteer"}
    await district.do(secretary, f"/people/{person}/contract", building)
    contact = await district.sign_in(person)
    resident = await district.person(secretary, "resident~1")
    reach = {"ruyi-1": (True, True), "ruyi-2": (True, False), "ruyi-3": (False, False), "ruyi": (True, False)}
    for place, allowed in reach.items():
        for headers, may in zip((worker, contact), allowed, strict=True):
            said = {"community": district.community, "by": resident, "where": {"place": place}}
            recorded = await record(here, headers, said)
            one = (await record(here, secretary, said)).json()["id"]
            path = f"{ISSUES}/{one}"
            shown = await here.http.get(path, headers=headers)
            taken_up = await here.http.post(f"{path}/acknowledge", headers=headers)
            listing = {"community": district.community, "place": place}
            listed = await here.http.get(ISSUES, params=listing, headers=headers)
            if may:
                assert [recorded.status_code, shown.status_code, taken_up.status_code] == [202, 200, 202]
                assert {row["place"] for row in listed.json()["items"]} == {place}
            else:
                problem(shown, 404, "issue-not-found")
                for answer in (recorded, taken_up, listed):
                    problem(answer, 403, "outside-your-places")
    everything = await here.http.get(ISSUES, params={"community": district.community}, headers=worker)
    said = problem(everything, 403, "which-place")
    assert said["places"] == ["grid-1", "ruyi", "ruyi-1", "ruyi-2"]
    nowhere = await record(here, worker, {"community": district.community, "by": resident})
    assert nowhere.status_code == 202


async def record(here: Town, headers: Headers, said: dict[str, Any]) -> Any:
    """An issue that a worker writes down, once it shows."""
    body = {"channel": "home-visit", "text": "楼道灯不亮", **said}
    answer = await here.http.post(ISSUES, json=body, headers=headers)
    if answer.is_success:
        made = answer.json()
        asked = {**here.headers(Role.STEWARD), "read-after": str(made["position"])}
        await here.http.get(f"/api/intake/v1/counts/{said['community']}", headers=asked)
    return answer


async def test_a_grid_drawn_anew_shows_wherever_its_buildings_do(here: Town) -> None:
    district = District(here)
    _, secretary = await district.opened()
    await district.built(secretary)
    at = f"/communities/{district.community}"
    await district.do(secretary, f"{at}/grids/grid-2", {"name": "grid-2", "buildings": ["ruyi-2", "ruyi-3"]})
    expected = {"ruyi-1": "grid-1", "ruyi-2": "grid-2", "ruyi-3": "grid-2", "ruyi-4": None}
    for building, grid in expected.items():
        assert (await district.ask({}, f"{at}/buildings/{building}")).json()["grid"] == grid
    tree = (await district.ask({}, f"{at}/tree")).json()
    assert {one["id"]: one["grid"] for one in tree["compounds"][0]["buildings"]} == expected
    assert {one["id"]: one["buildings"] for one in tree["grids"]} == {
        "grid-1": ["ruyi-1"],
        "grid-2": ["ruyi-2", "ruyi-3"],
    }
    page = (await district.ask({}, f"{at}/buildings", grid="grid-2", limit=1)).json()
    rest = (await district.ask({}, f"{at}/buildings", grid="grid-2", after=page["next"])).json()
    assert [one["id"] for one in (*page["items"], *rest["items"])] == ["ruyi-2", "ruyi-3"]
    problem(await district.ask({}, f"{at}/buildings/ruyi-9"), 404, "building-not-found")


@pytest.mark.parametrize("path", ["/communities/nowhere/tree", "/communities/nowhere/buildings/x-1"])
async def test_what_is_not_there_is_not_found(here: Town, path: str) -> None:
    assert (await here.http.get(f"{DIRECTORY}{path}")).status_code == 404
