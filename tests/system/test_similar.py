"""Similar matters, through the front door: to a neighbour no word of what was said, to the desk the whole issue."""

from shared.contracts.words import Role
from tests.system.desk import Desk
from tests.system.test_answers import problem
from tests.system.test_search import raised

OTHERS = ("电梯停运了", "垃圾没人清运", "广场舞太吵", "门禁刷不开", "路面坑坑洼洼")


async def test_a_neighbour_is_offered_what_is_alike_and_seconds_it(desk: Desk) -> None:
    secret = "密不外传"
    lights = await raised(desk, f"楼道灯不亮，摸黑上楼，{secret}", place="ruyi")
    for text in OTHERS:
        await raised(desk, text)
    neighbour = desk.here.headers(Role.RESIDENT, desk.community)
    asked = {"community": desk.community, "text": "单元里黑灯瞎火", "place": "ruyi"}
    answer = await desk.ask("/issues/similar", neighbour, **asked)
    assert answer.status_code == 200, answer.text
    [offered] = answer.json()["items"]
    assert (offered["id"], offered["about"], offered["status"], offered["seconds"]) == (lights, ["照明"], "raised", 0)
    assert secret not in answer.text
    assert "摸黑" not in answer.text
    answer = await desk.send(f"/issues/{lights}/second", by=neighbour)
    assert answer.status_code == 202, answer.text
    desk.position = answer.json()["position"]
    [again] = (await desk.ask("/issues/similar", neighbour, **asked)).json()["items"]
    assert again["seconds"] == 1


async def test_what_is_one_households_or_withdrawn_or_merged_is_not_offered(desk: Desk) -> None:
    _, token = desk.here.token(Role.RESIDENT, desk.community)
    own = {"authorization": f"Bearer {token}"}
    ids = [await raised(desk, "楼道灯不亮", by=own) for _ in range(3)]
    await raised(desk, "广场舞太吵")
    asked = {"community": desk.community, "text": "楼道灯坏了"}
    offered = (await desk.ask("/issues/similar", None, **asked)).json()["items"]
    assert {one["id"] for one in offered} == set(ids)
    await desk.do(f"/issues/{ids[0]}/merge", {"into": ids[1]})
    answer = await desk.send(f"/issues/{ids[2]}/withdraw", {}, by=own)
    desk.position = answer.json()["position"]
    offered = (await desk.ask("/issues/similar", None, **asked)).json()["items"]
    assert [one["id"] for one in offered] == [ids[1]]
    await desk.do(f"/issues/{ids[1]}/classify", {"category": "照明", "urgency": "low", "kind": "personal"})
    assert (await desk.ask("/issues/similar", None, **asked)).json()["items"] == []


async def test_the_desk_sees_those_like_an_issue(desk: Desk) -> None:
    one = await raised(desk, "8号楼电梯停运，困过人", place="ruyi")
    other = await raised(desk, "电梯又趴窝了", place="ruyi")
    for text in OTHERS[1:]:
        await raised(desk, text)
    items = (await desk.ask(f"/issues/{one}/similar")).json()["items"]
    assert [like["issue"]["id"] for like in items] == [other]
    assert items[0]["issue"]["text"] == "电梯又趴窝了"
    assert "电梯" in items[0]["about"]


async def test_another_communitys_is_out_of_reach(desk: Desk) -> None:
    one = await raised(desk, "电梯停运")
    elsewhere = Desk(desk.here)
    asked = {"community": desk.community, "text": "电梯"}
    problem(await elsewhere.ask("/issues/similar", None, **asked), 403, "out-of-scope")
    problem(await elsewhere.ask(f"/issues/{one}/similar"), 404, "issue-not-found")
    resident = desk.here.headers(Role.RESIDENT, desk.community)
    problem(await desk.ask(f"/issues/{one}/similar", by=resident), 403, "role-missing")
