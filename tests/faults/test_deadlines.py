"""Deadlines over kill -9 and over a new calendar: each is said once, whatever was gone in between."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import orjson

from shangliang.embedded import Servers
from shared.calendar.hours import CHINA
from shared.contracts.words import PersonId, Role
from shared.deciding.act import Grant
from shared.identity.tokens import load_or_make_key, mint
from tests.faults.conftest import NewProcess
from tests.faults.evidence import log_of
from tests.faults.processes import Process

SHORT = 15 / 3600
"""Hours: long enough for a busy machine to set the timer before the time is up."""
DUE = "select due from timer where name = $1"
OF_TYPE = "select data ->> 'step' as step from log where type = $1 and stream = $2"


def worked_today(folder: Path, *more: int) -> Path:
    """A calendar by which today and tomorrow are worked, whenever this test is run; it knows `more` years, too."""
    today = datetime.now(CHINA).date()
    days = (today, today + timedelta(days=1))
    years: list[dict[str, Any]] = [
        {
            "year": year,
            "holidays": [day for day in (date(year, 7, 1), date(year, 7, 2), date(year, 7, 3)) if day not in days][:1],
            "make_up_days": [day for day in days if day.year == year and day.weekday() >= 5],
        }
        for year in dict.fromkeys((*(day.year for day in days), *more))
    ]
    file = folder / f"calendar-{uuid.uuid4().hex}.json"
    file.write_bytes(orjson.dumps({"years": years}))
    return file


class Community:
    """A new community of a new sub-district, and those who work there."""

    def __init__(self, data: Path, process: Process):
        self.name, self.sub_district = f"c-{uuid.uuid4().hex[:8]}", f"s-{uuid.uuid4().hex[:8]}"
        self._key = load_or_make_key(data / "keys" / "signing.jwk")
        self.http = httpx.AsyncClient(base_url=process.origin, timeout=30)

    async def post(self, path: str, grant: Grant, body: Any) -> dict[str, Any]:
        token = mint(self._key, PersonId(uuid.uuid4()), [grant])
        answer = await self.http.post(path, json=body, headers={"authorization": f"Bearer {token}"})
        assert answer.status_code == 202, answer.text
        return answer.json()

    async def open(self, hours: float, escalate: float) -> None:
        """With a policy for what is raised, that counts all day."""
        directory, intake = "/api/directory/v1", "/api/intake/v1"
        officer = Grant(Role.OFFICER, None, None, self.sub_district)
        await self.post(
            f"{directory}/sub-districts/{self.sub_district}",
            Grant(Role.STEWARD),
            {"name": "南大街街道", "district": "城区"},
        )
        await self.post(
            f"{directory}/communities/{self.name}", officer, {"sub_district": self.sub_district, "name": "窑坡社区"}
        )
        rule = {"step": "acknowledge", "hours": hours, "escalate": escalate}
        policy = {"office": [{"opens": "00:00", "closes": "24:00"}], "rules": [rule]}
        await self.post(f"{intake}/deadline-policies/{self.sub_district}", officer, policy)

    async def raise_issue(self) -> str:
        body = {"community": self.name, "channel": "web", "text": "楼道灯不亮"}
        return (await self.post("/api/intake/v1/issues", Grant(Role.RESIDENT, self.name), body))["id"]


async def until(ask: Callable[[], Awaitable[Any]]) -> Any:
    async with asyncio.timeout(60):
        while not (answer := await ask()):
            await asyncio.sleep(0.05)
    return answer


async def known(log: Any, community: str) -> None:
    """Returns once intake has heard where the community lies."""
    found = "select 1 from log where source = 'directory' and stream = 'community-' || $1"
    await until(lambda: log.fetchval(found, community))


async def test_a_deadline_that_passes_while_everything_is_down_is_said_to_be_overdue_once(
    servers: Servers, data: Path, new_process: NewProcess
) -> None:
    process = new_process("directory", "intake")
    process.environment["SHANGLIANG_CALENDAR"] = str(worked_today(data))
    await process.start()
    there = Community(data, process)
    async with log_of(servers, "intake") as intake:
        log = intake.pool
        await there.open(SHORT, SHORT)
        await known(log, there.name)
        issue = await there.raise_issue()
        due = await until(lambda: log.fetchval(DUE, f"deadline:{issue}/acknowledge"))
        process.kill()
        await until(lambda: log.fetchval("select $1 < now()", due))
        assert not await log.fetch(OF_TYPE, "issue-overdue", f"issue-{issue}")
        await process.start()
        await until(
            lambda: log.fetchval("select 1 from log where type = 'issue-escalated' and stream = $1", f"issue-{issue}")
        )
        for said in ("issue-overdue", "issue-escalated"):
            assert [row["step"] for row in await log.fetch(OF_TYPE, said, f"issue-{issue}")] == ["acknowledge"]
        assert not await log.fetch(OF_TYPE, "deadline-near", f"issue-{issue}")  # that would have been no news any more


async def test_what_was_provisional_is_worked_out_anew_once_when_the_year_is_known(
    servers: Servers, data: Path, new_process: NewProcess
) -> None:
    process = new_process("directory", "intake")
    await process.start()
    there = Community(data, process)
    async with log_of(servers, "intake") as intake:
        log = intake.pool
        await there.open(2000, 2000)  # nobody knows the days of the year that this reaches into
        await known(log, there.name)
        issue = await there.raise_issue()
        told = "select data -> 'deadlines' -> 0 as one from log where type = $1 and stream = $2"
        before = orjson.loads(await log.fetchval(told, "issue-raised", f"issue-{issue}"))
        assert before["provisional"]
        async with asyncio.timeout(30):
            while "calendar-year-unknown" not in process.log.read_text():
                await asyncio.sleep(0.1)
        year = datetime.now(CHINA).year
        anew: list[Any] = []
        for _ in range(2):
            process.kill()
            process.environment["SHANGLIANG_CALENDAR"] = str(worked_today(data, *range(year, year + 5)))
            await process.start()
            anew = await until(lambda: log.fetch(told, "deadlines-recalculated", f"issue-{issue}"))
            await asyncio.sleep(2)  # another round of it would have come by now
        [row] = anew
        after = orjson.loads(row["one"])
        assert not after["provisional"]
        assert (after["since"], after["hours"]) == (before["since"], before["hours"])
        due = await log.fetchval(DUE, f"deadline:{issue}/acknowledge")
        assert due == datetime.fromisoformat(after["due"])
