"""What partner units see and answer, through the running town."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

from shared.contracts.words import PersonId, Role
from shared.deciding.act import Grant
from shared.identity.tokens import load_or_make_key, mint
from tests.town import COMMUNITY, Town

INTAKE, DELIBERATION = "/api/intake/v1", "/api/deliberation/v1"
PARTNER, NOTIFY = "/api/partner/v1", "/api/notify/v1"


def operator(here: Town, *units: str) -> dict[str, str]:
    """Somebody who acts for several units."""
    grants = [Grant(Role.OPERATOR, unit=unit) for unit in units]
    token = mint(load_or_make_key(here.settings.signing_key), PersonId(uuid.uuid4()), grants)
    return {"authorization": f"Bearer {token}"}


def new_unit() -> str:
    return f"unit-{uuid.uuid4().hex[:12]}"


async def get(here: Town, who: dict[str, str], path: str, **params: str) -> Any:
    answer = await here.http.get(path, params=params, headers=who)
    assert answer.is_success, answer.text
    return answer.json()


async def post(here: Town, who: dict[str, str], path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    answer = await here.http.post(path, json=body, headers=who)
    assert answer.is_success, answer.text
    return answer.json()


async def until(ask: Callable[[], Awaitable[Any]]) -> Any:
    """The first answer that is something: other services get there by themselves."""
    async with asyncio.timeout(30):
        while not (found := await ask()):
            await asyncio.sleep(0.05)
    return found


async def acknowledged(here: Town, secretary: dict[str, str]) -> str:
    """A new issue that has been taken up; its path."""
    made = await here.raised()
    path = f"{INTAKE}/issues/{made['id']}"
    await post(here, secretary, f"{path}/acknowledge")
    return path


async def refer(here: Town, secretary: dict[str, str], path: str, **referral: str) -> None:
    await post(here, secretary, f"{path}/refer", {"referral": referral})


async def test_who_operates_for_two_units_sees_and_answers_the_orders_and_messages_of_both(here: Town) -> None:
    one, other, third = new_unit(), new_unit(), new_unit()
    secretary, both = here.headers(Role.SECRETARY), operator(here, one, other)
    for unit in (one, other, third):
        await refer(here, secretary, await acknowledged(here, secretary), to="unit", unit=unit)

    async def listed(path: str, whose: str, **params: str) -> set[str]:
        return {row[whose] for row in (await get(here, both, path, **params))["items"]}

    await until(lambda: _are(listed(f"{PARTNER}/work-orders", "unit"), {one, other}))
    await until(lambda: _are(listed(f"{NOTIFY}/unit-messages", "unit"), {one, other}))
    assert await listed(f"{PARTNER}/work-orders", "unit", unit=other) == {other}
    refused = await here.http.get(f"{PARTNER}/work-orders", params={"unit": third}, headers=both)
    assert (refused.status_code, refused.json()["code"]) == (403, "not-your-unit")
    for order in (await get(here, both, f"{PARTNER}/work-orders"))["items"]:
        await post(here, both, f"{PARTNER}/work-orders/{order['id']}/accept")


async def _are(asked: Awaitable[set[str]], wanted: set[str]) -> bool:
    return await asked == wanted


async def test_what_is_referred_to_the_community_is_closed_by_its_answer_and_the_raiser_reads_it(here: Town) -> None:
    person, token = here.token(Role.RESIDENT)
    raiser = {"authorization": f"Bearer {token}"}
    secretary, worker = here.headers(Role.SECRETARY), here.headers(Role.GRID_WORKER)
    path = f"{INTAKE}/issues/{(await here.raised(raiser))['id']}"
    await post(here, secretary, f"{path}/acknowledge")
    await refer(here, secretary, path, to="community")
    await post(here, worker, f"{path}/answer", {"answer": "网格员换了灯泡"})
    closed = await until(lambda: _in_state(here, raiser, path, "closed"))
    assert closed["outcome"] == "网格员换了灯泡"
    messages = await until(lambda: _messages(here, raiser, "issue-answered", "rate-please"))
    assert {row["person"] for row in messages} == {str(person)}
    assert any("网格员换了灯泡" in row["text"] for row in messages)
    await post(here, raiser, f"{path}/rate", {"solved": True, "satisfied": True})


async def _in_state(here: Town, who: dict[str, str], path: str, status: str) -> Any:
    row = await get(here, who, path)
    return row if row["status"] == status else None


async def _messages(here: Town, who: dict[str, str], *templates: str) -> Any:
    """The first page, and those after it, on which there are all of them: others are told of other things meanwhile."""
    rows: list[Any] = []
    after: dict[str, str] = {}
    while not set(templates) <= {row["template"] for row in rows}:
        page = await get(here, who, f"{NOTIFY}/messages", limit="200", **after)
        rows += page["items"]
        if page["next"] is None:
            return rows if set(templates) <= {row["template"] for row in rows} else None
        after = {"after": page["next"]}
    return rows


async def test_an_issue_whose_unit_declines_goes_back_and_to_another(here: Town) -> None:
    one, other = new_unit(), new_unit()
    secretary = here.headers(Role.SECRETARY)
    path = await acknowledged(here, secretary)
    await refer(here, secretary, path, to="unit", unit=one)
    await decline(here, one)
    returned = await until(lambda: _in_state(here, secretary, path, "acknowledged"))
    assert returned["referral"] is None
    messages = await until(lambda: _messages(here, secretary, "issue-returned"))
    assert any("线路不归我们管" in row["text"] for row in messages)
    await refer(here, secretary, path, to="unit", unit=other)
    await carry_out(here, other)
    await until(lambda: _in_state(here, secretary, path, "closed"))


async def test_an_action_whose_unit_declines_is_assigned_anew_and_still_closes_the_issue(here: Town) -> None:
    one, other = new_unit(), new_unit()
    secretary = here.headers(Role.SECRETARY)
    path = await acknowledged(here, secretary)
    await refer(here, secretary, path, to="consultation")
    held = await hold(here, secretary, path.rpartition("/")[2])
    task = {"task": "接通楼道灯", "due": "2099-12-31T18:00:00+08:00"}
    await post(here, secretary, f"{held}/actions", {"assignee": {"kind": "unit", "unit": one}, **task})
    await decline(here, one)
    action = await until(lambda: _given_back(here, secretary, held))
    assert action["report"] == "线路不归我们管"
    assert await until(lambda: _messages(here, secretary, "action-returned"))
    anew = {"assignee": {"kind": "unit", "unit": other}, **task}
    await post(here, secretary, f"{held}/actions/{action['id']}/assign", anew)
    await carry_out(here, other)
    await until(lambda: _in_state(here, secretary, path, "closed"))
    [done] = (await get(here, secretary, held))["actions"]
    assert (done["id"], done["progress"], done["assignee"]["unit"]) == (action["id"], "verified", other)


async def order_of(here: Town, unit: str) -> str:
    """The path of a unit's newest order, once it has one."""
    page = await until(lambda: _orders(here, unit))
    return f"{PARTNER}/work-orders/{page[0]['id']}"


async def _orders(here: Town, unit: str) -> Any:
    return (await get(here, operator(here, unit), f"{PARTNER}/work-orders"))["items"]


async def decline(here: Town, unit: str) -> None:
    await post(here, operator(here, unit), f"{await order_of(here, unit)}/decline", {"reason": "线路不归我们管"})


async def carry_out(here: Town, unit: str) -> None:
    """The unit does its order, and somebody of the community sees that it has."""
    order, who = await order_of(here, unit), operator(here, unit)
    await post(here, who, f"{order}/accept")
    await post(here, who, f"{order}/complete", {"report": "接通了"})
    await post(here, here.headers(Role.GRID_WORKER), f"{order}/verify", {"report": "看过了，亮了"})


async def hold(here: Town, secretary: dict[str, str], issue: str) -> str:
    """The consultation that an issue was referred to, held; its path."""
    where = f"{DELIBERATION}/consultations"

    async def ask() -> Any:
        return (await get(here, secretary, where, community=COMMUNITY, issue=issue))["items"]

    path = f"{where}/{(await until(ask))[0]['id']}"
    await post(here, secretary, f"{path}/schedule", {"venue": "pavilion-1", "starts_at": "2026-05-08T15:00:00+08:00"})
    said = {"attendance": 12, "way": "consensus", "outcome": "接通", "minutes": "接通"}
    await post(here, secretary, f"{path}/hold", said)
    return path


async def _given_back(here: Town, secretary: dict[str, str], held: str) -> Any:
    actions = (await get(here, secretary, held))["actions"]
    return next((one for one in actions if one["progress"] == "given-back"), None)
