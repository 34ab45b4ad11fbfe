"""Common problems, through the front door: they surface by themselves, become a list that is edited and published, or
are dismissed."""

from typing import Any

from shared.contracts.words import Role
from tests.system.desk import Desk
from tests.system.test_answers import problem
from tests.system.test_search import raised


async def offered(desk: Desk) -> list[Any]:
    answer = await desk.ask("/problem-drafts", community=desk.community)
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


async def test_a_draft_becomes_a_list_that_is_edited_and_published(desk: Desk) -> None:
    ids = [await raised(desk, text) for text in ("楼道灯不亮", "声控灯坏了", "单元里黑灯瞎火")]
    other = await raised(desk, "电梯停运")
    [draft] = await offered(desk)
    assert (draft["about"], set(draft["issues"]), draft["voices"]) == ("照明", set(ids), 3)
    body = {"community": desk.community, "title": draft["title"], "issues": draft["issues"]}
    made = (await desk.do("/problem-lists", body))["id"]
    assert await offered(desk) == []
    await desk.do(f"/problem-lists/{made}/edit", {"title": "楼道照明", "add": [other], "remove": [ids[0]]})
    [listed] = (await desk.ask("/problem-lists/unpublished", community=desk.community)).json()["items"]
    assert (listed["title"], set(listed["issues"])) == ("楼道照明", {ids[1], ids[2], other})
    await desk.do(f"/problem-lists/{made}/publish")
    problem(await desk.send(f"/problem-lists/{made}/edit", {"title": "又改"}), 409, "list-already-published")
    [listed] = (await desk.ask("/problem-lists", community=desk.community)).json()["items"]
    assert listed["title"] == "楼道照明"
    assert (await desk.ask("/problem-lists/unpublished", community=desk.community)).json()["items"] == []


async def test_a_dismissed_draft_comes_back_when_twice_as_many_say_it(desk: Desk) -> None:
    for number in range(3):
        await raised(desk, f"{number}号楼广场舞太吵")
    [draft] = await offered(desk)
    body = {"community": desk.community, "about": draft["about"], "issues": draft["issues"]}
    await desk.do("/problem-drafts/dismiss", body)
    assert await offered(desk) == []
    for number in range(3):
        await raised(desk, f"{number}号楼跳广场舞，吵得睡不着")
    [again] = await offered(desk)
    assert len(again["issues"]) == 6


async def test_another_communitys_issues_come_onto_no_list(desk: Desk) -> None:
    own, foreign = await raised(desk, "电梯停运"), await raised(Desk(desk.here), "电梯停运")
    made = (await desk.do("/problem-lists", {"community": desk.community, "title": "清单", "issues": [own]}))["id"]
    problem(await desk.send(f"/problem-lists/{made}/edit", {"add": [foreign]}), 422, "other-community")
    worker = desk.here.headers(Role.GRID_WORKER, desk.community)
    problem(await desk.ask("/problem-drafts", worker, community=desk.community), 403, "role-missing")
    elsewhere = Desk(desk.here)
    problem(await elsewhere.ask("/problem-drafts", community=desk.community), 403, "out-of-scope")
    problem(await elsewhere.send(f"/problem-lists/{made}/edit", {"title": "改"}), 403, "out-of-scope")
