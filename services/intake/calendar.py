"""Keeps what was due in a year that nobody had published yet up with the calendar, and tells the operator of it."""

import asyncio
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
import structlog

from services.intake.issue import issues
from services.intake.terms import TERMS
from services.intake.timing import recalculate
from services.intake.views import Ledger
from shared.calendar.days import read_calendar
from shared.calendar.hours import CHINA
from shared.deciding.act import Act
from shared.projecting import ViewBehind
from shared.service import Running

EVERY = 3600.0
"""Seconds between two rounds: a calendar is read when a process starts, so the first round does it all."""
SOON = 1.0

logger = structlog.get_logger()


async def keep_up(intake: Running) -> None:
    """For ever, by one process at a time."""
    while True:
        try:
            unknown = await work_out_anew(intake)
        except ViewBehind:
            await asyncio.sleep(SOON)
            continue
        for year, waiting in unknown.items():
            logger.warning("calendar-year-unknown", year=year, provisional=waiting, remedy="set SHANGLIANG_CALENDAR")
        await asyncio.sleep(EVERY)


async def work_out_anew(intake: Running) -> dict[int, int]:
    """Each provisional deadline whose year is known by now is worked out again, once; of the years that are not, how
    many issues wait for each. Raises ViewBehind."""
    calendar = read_calendar(intake.settings.calendar)
    unknown: dict[int, int] = {}
    after, head = None, await intake.log.head()
    while True:
        page = orjson.loads(
            await intake.views.list(Ledger, {"provisional": True}, after=after, limit=200, read_after=head)
        )
        for row in page["items"]:
            years = _years(row)
            if any(calendar.knows(year) for year in years):
                act = Act("calendar", datetime.now(UTC), None)
                terms = await intake.look_up(TERMS, row["community"])
                await intake.execute(act, issues, UUID(row["id"]), recalculate, terms=terms)
            for year in years:
                if not calendar.knows(year):
                    unknown[year] = unknown.get(year, 0) + 1
        if (after := page["next"]) is None:
            return unknown


def _years(row: dict[str, Any]) -> set[int]:
    """The years that an issue's provisional deadlines reach into."""
    deadlines = [one for one in row["deadlines"].values() if one["provisional"] and one["state"] in ("running", "near")]
    return {datetime.fromisoformat(one["escalate_at"]).astimezone(CHINA).year for one in deadlines}
