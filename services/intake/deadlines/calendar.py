"""Keeps what was due in a year that nobody had published yet up with the calendar, and tells the operator of it."""

import asyncio
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
import structlog

from services.intake.deadlines.terms import TERMS
from services.intake.deadlines.timing import recalculate
from services.intake.issues.issue import issues
from services.intake.issues.views import Ledger
from shared.calendar.days import read_calendar
from shared.calendar.hours import CHINA
from shared.deciding.act import EVERYTHING, Act
from shared.projecting import ViewBehind
from shared.service import Running

PAGE = 200
SOON, LATER = 1.0, 10.0
"""Seconds until it is tried again, and until it is looked whether something new is provisional."""

logger = structlog.get_logger()


async def keep_up(intake: Running) -> None:
    """By one process at a time: first what is provisional is worked out anew, for a calendar is read when a process
    starts; then for ever, the operator is told of each year that something waits for, once."""
    while True:
        try:
            years = await work_out_anew(intake)
            break
        except ViewBehind:
            await asyncio.sleep(SOON)
    told: set[int] = set()
    while True:
        for year in years - told:
            logger.warning("calendar-year-unknown", year=year, remedy="publish it in the file of SHANGLIANG_CALENDAR")
        told |= years
        await asyncio.sleep(LATER)
        newest = await _provisional(intake, None, 1)
        years = {year for row in newest["items"] for year in _years(row)}


async def work_out_anew(intake: Running) -> set[int]:
    """Each provisional deadline whose year is known by now is worked out again, once. The years that are not. Raises
    ViewBehind."""
    calendar = read_calendar(intake.settings.calendar)
    unknown: set[int] = set()
    after, head = None, await intake.log.head()
    while True:
        page = await _provisional(intake, after, PAGE, head)
        for row in page["items"]:
            years = _years(row)
            if any(calendar.knows(year) for year in years):
                act = Act("calendar", datetime.now(UTC), None)
                terms = await intake.look_up(TERMS, row["community"])
                await intake.execute(act, issues, UUID(row["id"]), recalculate, terms=terms)
            unknown |= {year for year in years if not calendar.knows(year)}
        if (after := page["next"]) is None:
            return unknown


async def _provisional(intake: Running, after: str | None, limit: int, read_after: int | None = None) -> Any:
    """A page of the issues that have a provisional deadline."""
    where = {"provisional": True}
    return orjson.loads(
        await intake.reader.list(EVERYTHING, Ledger, where, after=after, limit=limit, read_after=read_after)
    )


def _years(row: dict[str, Any]) -> set[int]:
    """The years that an issue's provisional deadlines reach into."""
    deadlines = [one for one in row["deadlines"].values() if one["provisional"] and one["state"] in ("running", "near")]
    return {datetime.fromisoformat(one["escalate_at"]).astimezone(CHINA).year for one in deadlines}
