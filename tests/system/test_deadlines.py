"""Deadlines through the front door: what is said when time runs, and who hears of it."""

import uuid
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from typing import Any

import pytest

from shared.contracts.words import PersonId, Role
from shared.deciding.act import Grant
from shared.identity.tokens import load_or_make_key, mint
from tests.system.test_units import get, new_unit, operator, post, until
from tests.town import COMMUNITY, Town

Move = Callable[[str], None]
LEDGER = "/api/intake/v1/issues"


@pytest.fixture
async def move(here: Town) -> AsyncIterator[Move]:
    """Moves the clock that intake's timers are rung by."""
    reactor = here.running["intake"].reactor
    before = reactor.now

    def to(moment: str) -> None:
        at = datetime.fromisoformat(moment)
        reactor.now = lambda: at

    yield to
    reactor.now = before


class Desk:
    """One community's secretary, grid worker and officer at their screens."""

    def __init__(self, here: Town):
        self.here = here
        self.worker = here.headers(Role.GRID_WORKER)
        self.secretary = here.headers(Role.SECRETARY)
        grant = Grant(Role.OFFICER, COMMUNITY, None, "nanjie")
        token = mint(load_or_make_key(here.settings.signing_key), PersonId(uuid.uuid4()), [grant])
        self.officer = {"authorization": f"Bearer {token}"}

    async def row(self, issue: str, position: int = 0) -> dict[str, Any]:
        said = self.worker | {"read-after": str(position)}
        answer = await self.here.http.get(f"{LEDGER}/{issue}", headers=said)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def do(self, issue: str, what: str, body: Any = None, headers: dict[str, str] | None = None) -> int:
        answer = await self.here.http.post(f"{LEDGER}/{issue}/{what}", json=body, headers=headers or self.secretary)
        assert answer.status_code == 202, answer.text
        return answer.json()["position"]

    async def stands(self, issue: str, step: str, state: str) -> dict[str, Any]:
        """The row, once the step's deadline has come to that."""

        async def ask() -> Any:
            row = await self.row(issue)
            return row if row["deadlines"].get(step, {}).get("state") == state else None

        return await until(ask)

    async def hears(self, headers: dict[str, str], template: str, issue: str) -> dict[str, Any]:
        async def ask() -> Any:
            answer = await self.here.http.get("/api/notify/v1/messages", params={"limit": 200}, headers=headers)
            told = [one for one in answer.json()["items"] if (one["template"], one["matter"]) == (template, issue)]
            assert len(told) < 2
            return told[0] if told else None

        return await until(ask)


async def test_an_issue_that_nobody_takes_up_is_warned_of_overdue_and_goes_to_the_sub_district(
    here: Town, move: Move
) -> None:
    desk = Desk(here)
    raised = await here.raised()
    issue = raised["id"]
    row = await desk.row(issue, raised["position"])
    deadline = row["deadlines"]["acknowledge"]
    assert deadline["state"] == "running"
    assert row["response"] is None
    timers = here.running["intake"].log.pool
    name = f"deadline:{issue}/acknowledge"
    [near_at] = await until(lambda: timers.fetch("select due from timer where name = $1", name))
    move(near_at["due"].isoformat())
    await desk.stands(issue, "acknowledge", "near")
    await desk.hears(desk.secretary, "deadline-near", issue)
    move(deadline["due"])
    row = await desk.stands(issue, "acknowledge", "overdue")
    assert (row["overdue"], row["response"]) == (True, "late")
    await desk.hears(desk.secretary, "issue-overdue", issue)
    overdue = await here.http.get(LEDGER, params={"community": COMMUNITY, "overdue": True}, headers=desk.worker)
    assert issue in [one["id"] for one in overdue.json()["items"]]
    move(deadline["escalate_at"])
    assert (await until(lambda: _escalated(desk, issue)))["escalated"]
    await desk.hears(desk.officer, "issue-escalated", issue)
    position = await desk.do(issue, "acknowledge", headers=desk.worker | {"occurred-at": row["raised_at"]})
    row = await desk.row(issue, position)
    assert (row["response"], row["deadlines"]["acknowledge"]["state"]) == ("in-time", "met")  # noted later, as on paper


async def _escalated(desk: Desk, issue: str) -> Any:
    row = await desk.row(issue)
    return row if row["escalated"] else None


async def test_who_took_an_issue_up_is_warned_and_nobody_is_told_of_what_was_done(here: Town, move: Move) -> None:
    desk = Desk(here)
    raised = await here.raised()
    issue = raised["id"]
    position = await desk.do(issue, "acknowledge", headers=desk.worker)
    row = await desk.row(issue, position)
    assert (row["response"], row["deadlines"]["acknowledge"]["state"]) == ("in-time", "met")
    timers = here.running["intake"].log.pool
    name = f"deadline:{issue}/refer"
    [timer] = await until(lambda: timers.fetch("select due from timer where name = $1", name))
    move(timer["due"].isoformat())
    await desk.hears(desk.worker, "deadline-near", issue)
    await desk.do(issue, "refer", {"referral": {"to": "community"}})
    move(row["deadlines"]["refer"]["due"])
    position = await desk.do(issue, "answer", {"answer": "换了灯泡"}, desk.worker)
    row = await desk.row(issue, position)
    assert {step: one["state"] for step, one in row["deadlines"].items()} == {
        "acknowledge": "met",
        "refer": "met",
        "finish": "met",
        "follow-up": "running",
    }
    assert row["solved"] is None  # done is not solved
    position = await desk.do(issue, "follow-up", {"note": "电话回访，灯亮了"}, desk.worker)
    row = await desk.row(issue, position)
    assert (row["deadlines"]["follow-up"]["state"], row["solved"]) == ("met", None)


async def test_a_secretary_suspends_resumes_and_extends_and_says_why(here: Town) -> None:
    desk = Desk(here)
    raised = await here.raised()
    issue = raised["id"]
    row = await desk.row(issue, raised["position"])
    due = row["deadlines"]["acknowledge"]["due"]
    extended = {"step": "acknowledge", "hours": 8, "reason": "等管线图"}
    row = await desk.row(issue, await desk.do(issue, "extend", extended))
    assert row["deadlines"]["acknowledge"]["due"] > due
    row = await desk.row(issue, await desk.do(issue, "suspend", {"reason": "等停电计划"}))
    assert (row["suspended"], row["deadlines"]["acknowledge"]["state"]) == ("等停电计划", "suspended")
    row = await desk.row(issue, await desk.do(issue, "resume"))
    assert (row["suspended"], row["deadlines"]["acknowledge"]["state"]) == (None, "running")
    for what in ("extend", "suspend", "resume"):
        answer = await here.http.post(f"{LEDGER}/{issue}/{what}", json=extended, headers=desk.worker)
        assert answer.json()["code"] == "role-missing"


async def test_what_was_merged_is_split_and_each_raiser_hears_of_it(here: Town) -> None:
    desk = Desk(here)
    (raiser, token), (_, other_token) = here.token(Role.RESIDENT), here.token(Role.RESIDENT)
    mine = {"authorization": f"Bearer {token}"}
    duplicate = await here.raised(mine)
    into = await here.raised({"authorization": f"Bearer {other_token}"})
    position = await desk.do(duplicate["id"], "merge", {"into": into["id"]})
    row = await desk.row(into["id"], position)
    assert (row["seconds"], row["merged"]) == (1, [duplicate["id"]])
    position = await desk.do(duplicate["id"], "split")
    row = await desk.row(into["id"], position)
    assert (row["seconds"], row["merged"]) == (0, [])
    row = await desk.row(duplicate["id"], position)
    assert (row["status"], row["merged_into"], row["raised_by"]) == ("raised", None, str(raiser))
    assert row["deadlines"]["acknowledge"]["state"] == "running"
    await desk.hears(mine, "issue-split", duplicate["id"])
    again = await here.http.post(f"{LEDGER}/{duplicate['id']}/split", headers=desk.secretary)
    assert again.json()["code"] == "not-merged"


async def test_a_units_work_meets_and_begins_deadlines_in_intake(here: Town) -> None:
    desk, unit = Desk(here), new_unit()
    raised = await here.raised()
    issue, operates = raised["id"], operator(here, unit)
    await desk.do(issue, "acknowledge")
    await desk.do(issue, "refer", {"referral": {"to": "unit", "unit": unit}})
    await desk.stands(issue, "accept", "running")
    [order] = await until(lambda: _orders(here, operates))
    path = f"/api/partner/v1/work-orders/{order['id']}"
    await post(here, operates, f"{path}/accept")
    await desk.stands(issue, "accept", "met")
    await post(here, operates, f"{path}/start")
    await post(here, operates, f"{path}/complete", {"report": "已接通"})
    await post(here, desk.secretary, f"{path}/verify", {"report": "亮了"})
    row = await desk.stands(issue, "follow-up", "running")
    assert (row["status"], row["deadlines"]["finish"]["state"]) == ("closed", "met")


async def _orders(here: Town, operates: dict[str, str]) -> Any:
    return (await get(here, operates, "/api/partner/v1/work-orders"))["items"]


async def test_an_officer_sets_the_policy_of_the_own_sub_district_and_everybody_reads_it(here: Town) -> None:
    sub_district = f"s-{uuid.uuid4().hex[:8]}"
    officers = [Grant(Role.OFFICER, None, None, one) for one in (sub_district, "elsewhere")]
    key = load_or_make_key(here.settings.signing_key)
    own, other = ({"authorization": f"Bearer {mint(key, PersonId(uuid.uuid4()), [one])}"} for one in officers)
    path = f"/api/intake/v1/deadline-policies/{sub_district}"
    rule = {"step": "finish", "category": "供暖", "hours": 14, "warn": 4, "escalate": 7}
    refused = await here.http.post(path, json={"rules": [rule]}, headers=other)
    assert (refused.status_code, refused.json()["code"]) == (403, "out-of-sub-district")
    assert (await here.http.get(path)).status_code == 404
    told: dict[str, Any] = {}
    for hours in (14, 16):
        told = await post(here, own, path, {"rules": [rule | {"hours": hours}]})
    shown = await here.http.get(path, headers={"read-after": str(told["position"])})
    assert [(one["step"], one["hours"]) for one in shown.json()["rules"]] == [("finish", 16)]
    twice = await here.http.post(path, json={"rules": [rule, rule]}, headers=own)
    assert (twice.status_code, twice.json()["code"]) == (422, "deadline-rule-wrong")
