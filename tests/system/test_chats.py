"""A WeChat group's chat, through the front door: candidates, which a person settles."""

import asyncio
import uuid
from typing import Any

from services.intake.chats.candidate import candidates
from services.intake.chats.taking_in import MOST_NEW
from shared.contracts.words import Role
from tests.intake.chatting import DESKTOP
from tests.system.desk import INTAKE, Desk
from tests.system.places import District, until
from tests.system.test_answers import problem

LATER = """
居民~6 2023/11/21 9:30:00
「楼长-3号楼：3号楼楼道灯又不亮了，老人上下楼摸黑」
- - - - - - - - - - - - - - -
孩子昨天摔了一跤
"""


async def test_a_chat_becomes_candidates_with_their_messages_and_the_same_again_nothing(desk: Desk) -> None:
    checked = (await desk.upload(DESKTOP, check="true")).json()
    assert (checked["messages"], checked["new"], len(checked["candidates"]), checked["position"]) == (8, 5, 2, 0)
    assert await desk.open() == []
    taken = (await desk.upload(DESKTOP, group="如意小区业主群", place="ruyi")).json()
    assert (taken["messages"], taken["new"], len(taken["candidates"])) == (8, 5, 2)
    lights, rubbish = await desk.open()
    assert lights["text"] == {"text": "3号楼楼道灯又不亮了，老人上下楼摸黑"}
    assert (lights["category"]["value"], rubbish["category"]["value"]) == ("公共设施/照明", "环境卫生")
    assert (lights["where"], lights["messages"]) == ({"value": "ruyi", "confidence": 30}, 3)
    shown = (await desk.ask(f"/candidates/{lights['id']}")).json()
    assert [(one["kind"], one["speaker"]["text"]) for one in shown["heard"]] == [
        ("text", "楼长-3号楼"),
        ("text", "居民~2"),
        ("picture", "楼长-3号楼"),
    ]
    assert shown["heard"][1]["quotes"]["text"].startswith("楼长-3号楼：")
    again = (await desk.upload(DESKTOP)).json()
    assert (again["new"], again["candidates"], again["position"]) == (0, [], 0)
    more = (await desk.upload(DESKTOP + LATER)).json()
    assert (more["new"], more["candidates"]) == (1, [lights["id"]])
    assert (await desk.ask(f"/candidates/{lights['id']}")).json()["messages"] == 4


async def test_one_that_is_confirmed_is_an_issue_as_of_when_it_was_said(desk: Desk) -> None:
    await desk.upload(DESKTOP)
    lights, rubbish = await desk.open()
    resident, token = desk.here.token(Role.RESIDENT, desk.community)
    body = {"text": "3号楼楼道灯不亮", "by": str(resident), "where": {"detail": "3号楼"}, "urgency": "high"}
    said = await desk.do(f"/candidates/{lights['id']}/confirm", body)
    assert said["id"] == lights["id"]

    async def raised() -> dict[str, Any] | None:
        answer = await desk.here.http.get(
            f"{INTAKE}/issues/{lights['id']}", headers={"authorization": f"Bearer {token}"}
        )
        return answer.json() if answer.is_success else None

    issue = await until(raised)
    assert (issue["channel"], issue["raised_by"], issue["text"]) == ("wechat-group", str(resident), body["text"])
    assert (issue["raised_at"], issue["category"]) == ("2023-11-20T11:02:11+00:00", "公共设施/照明")
    assert issue["recorded_by"] not in (None, str(resident))
    problem(await desk.send(f"/candidates/{lights['id']}/drop"), 409, "candidate-settled")
    assert [one["id"] for one in await desk.open()] == [rubbish["id"]]


async def test_what_is_settled_can_be_read_by_nobody_any_more(desk: Desk) -> None:
    await desk.upload(DESKTOP)
    lights, rubbish = await desk.open()
    intake = desk.here.running["intake"]
    await desk.do(f"/candidates/{rubbish['id']}/drop")
    await desk.do(f"/candidates/{lights['id']}/edit", {"text": "灯不亮", "place": "ruyi-3"})
    [changed] = await desk.open()
    assert (changed["text"], changed["where"]) == ({"text": "灯不亮"}, {"value": "ruyi-3", "confidence": 100})

    async def gone() -> bool:
        return await intake.keyring.key_of(uuid.UUID(rubbish["id"])) is None

    await until(gone)
    for event in await intake.log.stream(candidates.stream(rubbish["id"])):
        assert "垃圾" not in event.json
        told = await intake.keyring.told(event, uuid.UUID(rubbish["id"]))
        assert "text" not in told or told["text"] == {"erased": True}
    assert (await desk.ask(f"/candidates/{rubbish['id']}")).json()["text"] is None
    asked = "select count(*) from passing_key where subject = $1"
    assert await intake.log.pool.fetchval(asked, uuid.UUID(rubbish["id"])) == 0
    assert await intake.log.pool.fetchval(asked, uuid.UUID(lights["id"])) == 1


async def test_two_that_are_one_are_merged_with_their_messages(desk: Desk) -> None:
    await desk.upload(DESKTOP)
    lights, rubbish = await desk.open()
    await desk.do(f"/candidates/{rubbish['id']}/merge", {"into": lights["id"]})
    shown = (await desk.ask(f"/candidates/{lights['id']}")).json()
    assert [one["speaker"]["text"] for one in shown["heard"]][-2:] == ["居民~4", "居民~5"]
    settled = (await desk.ask(f"/candidates/{rubbish['id']}")).json()
    assert (settled["status"], settled["merged_into"], settled["heard"]) == ("merged", lights["id"], [])


async def test_the_same_chat_sent_by_several_at_once_is_taken_in_once(desk: Desk) -> None:
    answers = await asyncio.gather(*(desk.upload(DESKTOP) for _ in range(6)))
    assert sorted(one.json()["new"] for one in answers) == [0, 0, 0, 0, 0, 5]
    assert len(await desk.open()) == 2


async def test_the_same_key_gets_the_same_answer(desk: Desk) -> None:
    key = {**desk.secretary, "idempotency-key": "k"}
    first = await desk.upload(DESKTOP, by=key)
    assert first.json()["new"] == 5
    assert (await desk.upload(DESKTOP, by=key)).json() == first.json()
    problem(await desk.upload(DESKTOP + LATER, by=key), 422, "idempotency-key-reused")


async def test_what_is_no_chat_is_one_plain_problem_and_strangers_are_kept_out(desk: Desk) -> None:
    problem(await desk.upload("早上好"), 422, "no-messages")
    problem(await desk.upload(b"\xff\x00\x81"), 422, "not-text")
    problem(await desk.upload(DESKTOP, by=desk.here.headers(Role.SECRETARY, "xishan")), 403, "out-of-scope")
    problem(await desk.upload(DESKTOP, by=desk.here.headers(Role.RESIDENT, desk.community)), 403, "role-missing")
    assert (await desk.upload(DESKTOP.encode("gb18030"))).json()["new"] == 5
    lights, _ = await desk.open()
    other = desk.here.headers(Role.GRID_WORKER, "xishan")
    problem(await desk.ask(f"/candidates/{lights['id']}", by=other), 404, "candidate-not-found")
    problem(await desk.send(f"/candidates/{lights['id']}/drop", by=other), 403, "out-of-scope")


async def test_a_building_that_directory_knows_is_the_place(desk: Desk) -> None:
    here = desk.here
    district = District(here)
    _, secretary = await district.opened()
    await district.built(secretary)
    desk = Desk(here, district.community)

    async def known() -> bool:
        said = (await desk.upload(DESKTOP, group="如意小区业主群", check="true")).json()
        assert said["new"] == 5
        places = await here.running["intake"].log.pool.fetchval(
            "select count(*) from log where source = 'directory' and community = $1 and type = 'building-registered'",
            district.community,
        )
        return places == 4

    await until(known)
    await asyncio.sleep(0.5)  # the view is milliseconds behind
    await desk.upload(DESKTOP, group="如意小区业主群")
    lights, _ = await desk.open()
    assert lights["where"] == {"value": "ruyi-3", "confidence": 85}


async def test_a_chat_with_too_much_that_is_new_is_sent_in_pieces(desk: Desk) -> None:
    lines = [f"居民~{number} 2023/11/20 19:02\n楼道灯不亮\n" for number in range(MOST_NEW + 1)]
    said = problem(await desk.upload("".join(lines)), 422, "chat-too-long")
    assert said["most"] == MOST_NEW
    taken = (await desk.upload("".join(lines[:-1]))).json()
    assert taken["new"] == MOST_NEW
    assert (await desk.upload("".join(lines))).json()["new"] == 1
