"""What everybody reads: the community's words while they are published, and nothing else."""

import csv
import uuid
from datetime import UTC, date, datetime, timedelta
from io import BytesIO, StringIO
from typing import Any

import orjson
import pytest
from openpyxl import load_workbook

from services.intake.open_data import api as open_data
from services.intake.publishing.views import Changes
from shared.calendar.hours import CHINA
from shared.contracts.words import Role
from shared.projecting import Row
from tests.system.places import until
from tests.system.reporting import INTAKE, OPEN311, Endpoint, endpoint
from tests.system.test_answers import problem
from tests.town import Town

WORDS = {"title": "楼道灯", "text": "正在联系电力公司。"}


@pytest.fixture(scope="module")
async def city(here: Town) -> Endpoint:
    return await endpoint(here)


async def raised(city: Endpoint, text: str = "灯不亮", **more: Any) -> str:
    """An issue by a resident."""
    headers = city.here.headers(Role.RESIDENT, city.community)
    return (await city.here.raised(headers, community=city.community, text=text, **more))["id"]


async def changes(city: Endpoint, after: str = "0", **params: Any) -> tuple[list[dict[str, Any]], str]:
    """All changes of the community since then, and the cursor to go on from."""
    found: list[dict[str, Any]] = []
    while True:
        page = (await city.public("/changes", community=city.community, after=after, **params)).json()
        found += page["items"]
        after = page["next"]
        if not page["more"]:
            return found, after


async def test_a_matter_is_seen_while_it_is_published_and_goes_along_with_its_issue(city: Endpoint) -> None:
    id = await raised(city)
    problem(await city.public(f"/matters/{id}"), 404, "matter-not-found")
    await city.do(id, "classify", {"category": "公共设施/照明", "urgency": "high", "kind": "common"})
    await city.do(id, "acknowledge")
    position = await city.do(id, "publish", {**WORDS, "place": "ruyi"})
    seen = (await city.public(f"/matters/{id}", position)).json()
    assert {name: seen[name] for name in ("title", "text", "place", "category", "service", "status", "state")} == {
        **WORDS,
        "place": "ruyi",
        "category": "公共设施/照明",
        "service": "lighting",
        "status": "acknowledged",
        "state": "open",
    }
    await city.do(id, "refer", {"referral": {"to": "community"}})
    position = await city.do(id, "answer", {"answer": "给张三家门口换了灯泡"})
    closed = (await city.public(f"/matters/{id}", position)).json()
    assert (closed["status"], closed["state"], closed["outcome"]) == ("closed", "closed", None)
    position = await city.do(id, "publish", {**WORDS, "outcome": "已换灯泡"})
    assert (await city.public(f"/matters/{id}", position)).json()["outcome"] == "已换灯泡"
    listed = (await city.public("/matters", position, community=city.community, state="closed")).json()["items"]
    assert id in [one["id"] for one in listed]
    position = await city.do(id, "unpublish", {"reason": "写错了"})
    problem(await city.public(f"/matters/{id}", position), 404, "matter-not-found")
    again = await city.here.http.post(f"{INTAKE}/issues/{id}/unpublish", json={"reason": "x"}, headers=city.secretary)
    problem(again, 409, "not-published")


async def test_only_the_communitys_secretary_publishes_and_no_finer_than_the_compound(city: Endpoint) -> None:
    id = await raised(city)
    http, path = city.here.http, f"{INTAKE}/issues/{id}/publish"
    for role, community, code in (
        (Role.GRID_WORKER, city.community, "role-missing"),
        (Role.RESIDENT, city.community, "role-missing"),
        (Role.SECRETARY, "xishan", "out-of-scope"),
    ):
        answer = await http.post(path, json=WORDS, headers=city.here.headers(role, community))
        problem(answer, 403, code)
    for place in ("ruyi-3", "grid-1", "nowhere"):
        answer = await http.post(path, json={**WORDS, "place": place}, headers=city.secretary)
        problem(answer, 422, "place-too-fine")
    missing = await http.post(f"{INTAKE}/issues/{uuid.uuid4()}/publish", json=WORDS, headers=city.secretary)
    problem(missing, 404, "issue-not-found")


async def test_the_ledgers_line_leads_to_what_is_published(city: Endpoint) -> None:
    id = await raised(city)
    position = await city.do(id, "publish", WORDS)
    headers = {**city.secretary, "read-after": str(position)}
    answer = await city.here.http.get(f"{INTAKE}/communities/{city.community}/ledger", headers=headers)
    head, *lines = load_workbook(BytesIO(answer.content)).worksheets[0].iter_rows(values_only=True)
    links = {line[head.index("编号")]: line[head.index("公示链接")] for line in lines}
    assert (await city.here.http.get(str(links[id]))).json()["title"] == WORDS["title"]
    assert set(links.values()) - {None} == {
        f"{city.here.settings.address}{INTAKE}/matters/{one}" for one in links
    } & set(links.values())


async def test_a_mirror_that_follows_the_changes_holds_what_is_published(city: Endpoint) -> None:
    mirror: dict[str, Any] = {}
    _, after = await changes(city)
    ids = [await raised(city) for _ in range(3)]
    for id in ids:
        await city.do(id, "publish", WORDS)
    await city.do(ids[0], "acknowledge")
    await city.do(ids[1], "unpublish", {"reason": "写错了"})
    position = await city.do(ids[1], "acknowledge")

    async def follow(after: str) -> str:
        found, after = await changes(city, after, limit=2)
        assert [one["position"] for one in found] == sorted(one["position"] for one in found)
        for one in found:
            mirror.pop(one["id"], None)
            if one["matter"]:
                mirror[one["id"]] = one["matter"]
        return after

    await city.here.running["intake"].views.wait(Changes, position)
    after = await follow(after)
    assert {id: one["status"] for id, one in mirror.items()} == {ids[0]: "acknowledged", ids[2]: "raised"}
    [gone] = [one for one in (await changes(city))[0] if one["id"] == ids[1]]
    assert (gone["change"], gone["matter"]) == ("unpublished", None)
    position = await city.do(ids[1], "publish", {**WORDS, "title": "又公示"})
    await city.public("/changes", position, community=city.community)
    await follow(after)
    assert mirror[ids[1]]["title"] == "又公示"
    for id, one in mirror.items():
        assert (await city.public(f"/matters/{id}")).json() == one


async def test_who_has_an_answer_already_is_told_so(city: Endpoint) -> None:
    position = await city.do(await raised(city), "publish", WORDS)
    params = {"community": city.community}
    first = await city.public("/changes", position, **params)
    for known in (first.headers["etag"], f'"x", W/{first.headers["etag"]}', "*"):
        again = await city.here.http.get(f"{INTAKE}/changes", params=params, headers={"if-none-match": known})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])
    position = await city.do(await raised(city), "publish", WORDS)
    headers = {"if-none-match": first.headers["etag"], "read-after": str(position)}
    assert (await city.here.http.get(f"{INTAKE}/changes", params=params, headers=headers)).status_code == 200


async def test_the_file_of_a_day_is_as_the_day_ended_without_what_is_taken_down(
    city: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [await raised(city) for _ in range(3)]
    for id in ids:
        await city.do(id, "publish", {**WORDS, "title": "=1+1"})
    position = await city.do(ids[2], "unpublish", {"reason": "写错了"})
    await city.public(f"/matters/{ids[0]}", position)
    today = datetime.now(CHINA).date()
    path = f"/open-data/{city.community}"
    said = problem(await city.public(f"{path}/matters-{today}.csv"), 404, "day-not-over")
    assert said["yesterday"] == str(today - timedelta(days=1))
    package = (await city.public(f"{path}/datapackage.json")).json()
    assert package["licenses"][0]["name"] == "CC-BY-4.0"
    then = datetime.now(UTC)
    await until(lambda: _past(then))
    await city.do(ids[0], "acknowledge")
    position = await city.do(ids[1], "unpublish", {"reason": "写错了"})
    await city.public("/matters", position, community=city.community)
    tomorrow(monkeypatch, then)
    lines = await city.public(f"{path}/matters-{today}.jsonl")
    rows = [orjson.loads(line) for line in lines.content.splitlines()]
    mine = {row["id"]: row for row in rows if row["id"] in ids}
    assert (list(mine), mine[ids[0]]["status"]) == ([ids[0]], "raised")
    table = await city.public(f"{path}/matters-{today}.csv")
    assert table.headers["content-type"] == "text/csv; charset=utf-8"
    cells = list(csv.DictReader(StringIO(table.content.decode("utf-8-sig"), newline="")))
    assert [one["id"] for one in cells] == [row["id"] for row in rows]
    assert {one["title"] for one in cells if one["id"] in ids} == {"'=1+1"}
    again = await city.here.http.get(
        f"{INTAKE}{path}/matters-{today}.csv", headers={"if-none-match": table.headers["etag"]}
    )
    assert again.status_code == 304
    earlier = await city.public(f"{path}/matters-{today - timedelta(days=30)}.jsonl")
    assert (earlier.status_code, earlier.content) == (200, b"")


async def _past(then: datetime) -> bool:
    return datetime.now(UTC) > then + timedelta(milliseconds=50)


def tomorrow(monkeypatch: pytest.MonkeyPatch, then: datetime) -> None:
    """Has the day end at a time of this test, instead of at midnight."""
    as_of = open_data._as_of  # pyright: ignore[reportPrivateUsage]
    days = timedelta(days=1)

    async def ended(intake: Any, community: str, at: datetime) -> list[Row]:
        midnight = datetime.combine(datetime.now(CHINA).date(), datetime.min.time(), CHINA) + days
        return await as_of(intake, community, then if at == midnight else at)

    def after_today() -> date:
        return datetime.now(CHINA).date() + days

    monkeypatch.setattr(open_data, "_as_of", ended)
    monkeypatch.setattr(open_data, "_today", after_today)


async def test_nothing_that_anybody_said_is_in_any_public_answer(city: Endpoint) -> None:
    secrets = [f"密{uuid.uuid4().hex}" for _ in range(6)]
    resident, neighbour = (city.here.token(Role.RESIDENT, city.community) for _ in range(2))
    said = {"community": city.community, "channel": "web", "text": secrets[0]}
    said |= {"where": {"place": "ruyi-3", "detail": secrets[1], "point": {"lat": 37.123456, "long": 113.654321}}}
    headers = {"authorization": f"Bearer {resident[1]}"}
    id = (await city.here.http.post(f"{INTAKE}/issues", json=said, headers=headers)).json()["id"]
    reported = await city.reported(
        description=secrets[2], address_string=secrets[3], lat="37.123456", long="113.654321"
    )
    await city.here.http.post(f"{INTAKE}/issues/{id}/second", headers={"authorization": f"Bearer {neighbour[1]}"})
    for one in (id, reported):
        await city.do(one, "publish", WORDS)
        await city.do(one, "acknowledge")
        await city.do(one, "refer", {"referral": {"to": "community"}})
        position = await city.do(one, "answer", {"answer": secrets[4]})
    rating = {"solved": True, "satisfied": True, "comment": secrets[5]}
    await city.here.http.post(f"{INTAKE}/issues/{id}/rate", json=rating, headers=headers)
    today = datetime.now(CHINA).date()
    paths = [
        f"{INTAKE}/matters?community={city.community}",
        *(f"{INTAKE}/matters/{one}" for one in (id, reported)),
        f"{INTAKE}/changes?limit=200",
        f"{INTAKE}/changes?community={city.community}",
        f"{INTAKE}/open-data/{city.community}/datapackage.json",
        *(
            f"{INTAKE}/open-data/{city.community}/matters-{today - timedelta(days=1)}.{form}"
            for form in ("csv", "jsonl")
        ),
        *(
            f"{OPEN311}/{one}.{form}?jurisdiction_id={city.community}&extensions=true"
            for one in ("services", "services/lighting", "requests", f"requests/{id}", f"requests/{reported}")
            for form in ("xml", "json")
        ),
    ]
    private = [*secrets, str(resident[0]), str(neighbour[0]), city.key_id, "37.123456", "113.654321", "ruyi-3"]
    for path in paths:
        answer = await city.here.http.get(path, headers={"read-after": str(position)})
        assert answer.status_code == 200, (path, answer.text)
        shown = [one for one in private if one in answer.text]
        assert shown == (["ruyi-3"] if "services/lighting" in path else []), path
