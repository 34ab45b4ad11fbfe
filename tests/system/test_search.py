"""Search, through the front door: by two characters, by what the ledger says, page by page, and never past one's own
scope."""

from datetime import UTC, datetime, timedelta

from shared.contracts.words import Role
from tests.system.desk import Desk
from tests.system.places import Headers
from tests.system.test_answers import problem

SEARCH = "/issues/search"


async def raised(desk: Desk, text: str, by: Headers | None = None, **where: str) -> str:
    body = {"community": desk.community, "channel": "web", "text": text, "where": where}
    answer = await desk.send("/issues", body, by=by or desk.here.headers(Role.RESIDENT, desk.community))
    assert answer.status_code == 202, answer.text
    desk.position = max(desk.position, answer.json()["position"])
    return answer.json()["id"]


async def found(desk: Desk, asked: dict[str, str], by: Headers | None = None) -> list[str]:
    answer = await desk.ask(SEARCH, by, **asked)
    assert answer.status_code == 200, answer.text
    return [one["id"] for one in answer.json()["items"]]


async def test_two_characters_find_an_issue(desk: Desk) -> None:
    lights = await raised(desk, "楼道灯不亮，老人摸黑上楼")
    water = await raised(desk, "３ 号楼又停水了", detail="南大街卫校小区")
    for text, ids in {
        "道灯": [lights],
        "灯": [lights],
        "停水": [water],
        "3号楼": [water],
        "卫校 停水": [water],
        "楼": [water, lights],
        "号楼 摸黑": [],
        "垃圾": [],
    }.items():
        assert await found(desk, {"text": text}) == ids, text


async def test_what_the_ledger_says_narrows_it(desk: Desk) -> None:
    resident, token = desk.here.token(Role.RESIDENT, desk.community)
    first = await raised(desk, "楼道灯不亮", place="ruyi")
    second = await raised(desk, "楼道灯坏了", by={"authorization": f"Bearer {token}"})
    await desk.do(f"/issues/{first}/acknowledge")
    said = {"category": "公共设施/照明", "urgency": "high", "kind": "common"}
    await desk.do(f"/issues/{first}/classify", said)
    of = {"community": desk.community}
    assert await found(desk, {"text": "楼道", **of}) == [second, first]
    assert await found(desk, {"text": "楼道", "status": "acknowledged"}) == [first]
    assert await found(desk, {"text": "楼道", "status": "raised"}) == [second]
    assert await found(desk, {"category": "公共设施/照明", **of}) == [first]
    assert await found(desk, {"place": "ruyi", **of}) == [first]
    assert await found(desk, {"person": str(resident)}) == [second]
    today = datetime.now(UTC).date()
    assert await found(desk, {"text": "楼道", "from": str(today - timedelta(days=2))}) == [second, first]
    assert await found(desk, {"text": "楼道", "to": str(today - timedelta(days=2))}) == []


async def test_pages_follow_each_other(desk: Desk) -> None:
    ids = [await raised(desk, f"第{number}件：电梯停运") for number in range(7)]
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = (await desk.ask(SEARCH, None, text="电梯", limit="3", **cursor)).json()
        seen += [one["id"] for one in page["items"]]
        if page["next"] is None:
            break
        cursor = {"after": page["next"]}
    assert seen == ids[::-1]


async def test_nobody_finds_what_is_anothers(desk: Desk) -> None:
    other = Desk(desk.here)
    person, token = desk.here.token(Role.RESIDENT, desk.community)
    own: Headers = {"authorization": f"Bearer {token}"}
    issue = await raised(desk, "门禁刷不开", by=own)
    place = await raised(desk, "门禁坏了", place="ruyi")
    assert await found(desk, {"text": "门禁"}) == [place, issue]
    assert await found(other, {"text": "门禁"}) == []
    assert await found(other, {"community": desk.community}) == []
    assert await found(other, {"person": str(person)}) == []
    assert await found(desk, {"text": "门禁"}, own) == [issue]
    officer = desk.here.headers(Role.OFFICER, desk.community)
    assert await found(desk, {"text": "门禁"}, officer) == [place, issue]
    steward = desk.here.headers(Role.STEWARD, None)
    assert await found(desk, {"text": "门禁", "community": desk.community}, steward) == [place, issue]


async def test_what_others_say_takes_no_room_on_ones_page(desk: Desk) -> None:
    other = Desk(desk.here)
    own = await raised(desk, "单元门关不上")
    for _ in range(3):
        await raised(other, "单元门关不上")
    desk.position = max(desk.position, other.position)
    assert await found(desk, {"text": "单元门", "limit": "1"}) == [own]


async def test_as_it_stood_then(desk: Desk) -> None:
    before = await raised(desk, "广场舞太吵")
    then = await desk.here.running["intake"].log.pool.fetchval("select max(recorded_at) from log")
    await raised(desk, "广场舞又吵了")
    assert await found(desk, {"text": "广场", "community": desk.community, "at": then.isoformat()}) == [before]


async def test_what_is_too_wide_is_refused(desk: Desk) -> None:
    problem(await desk.ask(SEARCH), 422, "nothing-sought")
    problem(await desk.ask(SEARCH, text="，。"), 422, "nothing-sought")
    problem(await desk.ask(SEARCH, text="楼道", place="ruyi"), 422, "place-of-which-community")
    steward = desk.here.headers(Role.STEWARD, None)
    problem(await desk.ask(SEARCH, by=steward, text="楼道"), 422, "search-where")
