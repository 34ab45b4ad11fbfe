"""The figures 三率 over HTTP: what is counted, what is behind it, and for whom."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from shared.calendar.hours import CHINA
from shared.contracts.words import Role
from tests.system.test_deadlines import LEDGER, Desk
from tests.town import Town

RATES = "/api/intake/v1/rates"


def asking(community: str, **more: Any) -> dict[str, Any]:
    today = datetime.now(UTC).date()
    return {
        "community": community,
        "from": str(today - timedelta(days=1)),
        "to": str(today + timedelta(days=1)),
        **more,
    }


async def closed(desk: Desk, community: str, place: str, ratings: list[tuple[bool, bool]]) -> str:
    """An issue that is taken up, answered and then rated, or not."""
    resident = desk.here.headers(Role.RESIDENT, community)
    raised = await desk.here.raised(resident, community=community, where={"place": place})
    issue, secretary = raised["id"], desk.here.headers(Role.SECRETARY, community)
    await desk.do(issue, "acknowledge", headers=secretary)
    await desk.do(issue, "refer", {"referral": {"to": "community"}}, secretary)
    await desk.do(issue, "answer", {"answer": "换了灯泡"}, secretary)
    for solved, satisfied in ratings:
        await desk.do(issue, "rate", {"solved": solved, "satisfied": satisfied}, resident)
    return issue


async def test_done_is_not_solved_and_each_number_opens_to_its_issues(here: Town) -> None:
    desk, community = Desk(here), f"c-{uuid.uuid4().hex[:8]}"
    good = await closed(desk, community, "ruyi", [(True, True)])
    half = await closed(desk, community, "ruyi", [(True, False)])
    unrated = await closed(desk, community, "weixiao", [])
    open_ = (await here.raised(here.headers(Role.RESIDENT, community), community=community))["id"]
    secretary = here.headers(Role.SECRETARY, community)
    head = {"read-after": str(await here.running["intake"].log.head())}
    told = (await here.http.get(RATES, params=asking(community), headers=secretary | head)).json()
    assert told["response"] == {"numerator": 3, "denominator": 3, "rate": 1.0}
    assert told["resolution"] == {"numerator": 2, "denominator": 2, "rate": 1.0}
    assert told["satisfaction"] == {"numerator": 1, "denominator": 2, "rate": 0.5}
    for figure, counted, behind in (
        ("response", "denominator", {good, half, unrated}),
        ("resolution", "denominator", {good, half}),
        ("satisfaction", "numerator", {good}),
    ):
        found: set[str] = set()
        params = asking(community, figure=figure, counted=counted, limit=1)
        while True:
            page = (await here.http.get(f"{RATES}/issues", params=params, headers=secretary)).json()
            found |= {row["id"] for row in page["items"]}
            if page["next"] is None:
                break
            params["after"] = page["next"]
        assert found == behind
        assert open_ not in found
    of_ruyi = await here.http.get(RATES, params=asking(community, place=["ruyi", "nowhere"]), headers=secretary)
    assert of_ruyi.json()["response"]["denominator"] == 2
    unlit = await here.http.get(RATES, params=asking(community, category="照明"), headers=secretary)
    assert unlit.json()["response"] == {"numerator": 0, "denominator": 0, "rate": None}


async def test_what_is_published_of_a_month_withholds_small_numbers(here: Town) -> None:
    desk, community = Desk(here), f"c-{uuid.uuid4().hex[:8]}"
    month = {"community": community, "month": datetime.now(CHINA).strftime("%Y-%m")}
    nobody = await here.http.get(f"{RATES}/published", params=month)
    assert nobody.json()["resolution"] == {"numerator": 0, "denominator": 0, "rate": None}
    for _ in range(5):
        await closed(desk, community, "ruyi", [(True, True)])
    await closed(desk, community, "ruyi", [(False, False)])
    head = {"read-after": str(await here.running["intake"].log.head())}
    told = (await here.http.get(f"{RATES}/published", params=month, headers=head)).json()
    assert told["response"] == {"numerator": 6, "denominator": 6, "rate": 1.0}
    assert told["resolution"]["numerator"] is None  # one was not solved: who that was could be found out
    assert told["resolution"]["rate"] is None
    exact = await here.http.get(RATES, params=asking(community), headers=here.headers(Role.SECRETARY, community))
    assert exact.json()["resolution"] == {"numerator": 5, "denominator": 6, "rate": 5 / 6}


async def test_a_community_reads_its_own_figures_only(here: Town) -> None:
    params = asking("xishan")
    for path, more in ((RATES, {}), (f"{RATES}/issues", {"figure": "response"})):
        other = await here.http.get(path, params=params | more, headers=here.headers(Role.SECRETARY))
        assert (other.status_code, other.json()["code"]) == (403, "out-of-scope")
        resident = await here.http.get(path, params=params | more, headers=here.headers(Role.RESIDENT, "xishan"))
        assert (resident.status_code, resident.json()["code"]) == (403, "role-missing")
    backwards = {"community": "yaopo", "from": "2026-03-02", "to": "2026-03-01"}
    refused = await here.http.get(RATES, params=backwards, headers=here.headers(Role.SECRETARY))
    assert (refused.status_code, refused.json()["code"]) == (422, "period-ends-first")
    assert (await here.http.get(LEDGER, params=params, headers=here.headers(Role.SECRETARY))).status_code == 403
