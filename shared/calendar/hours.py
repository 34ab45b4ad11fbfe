"""Arithmetic in working time: within office hours, on days that are worked. In and out go points in time; what is
between is China's one time zone, UTC+8, which has had no summer time since 1992."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone

from shared.calendar.days import Calendar

CHINA = timezone(timedelta(hours=8), "Asia/Shanghai")
MIDNIGHT = time(tzinfo=CHINA)
ZERO, DAY = timedelta(), timedelta(days=1)


def midnight_of(day: date) -> datetime:
    """When a day begins in China."""
    return datetime.combine(day, MIDNIGHT)


@dataclass(frozen=True)
class WorkingTime:
    """`office`: when a working day's work begins and ends, as time since midnight; one after the other, a break
    between."""

    calendar: Calendar
    office: Sequence[tuple[timedelta, timedelta]]

    def add(self, at: datetime, work: timedelta) -> datetime:
        """When that much working time has passed since a point in time, in UTC: the earliest such moment, so that it
        never lies in rest time. Adding nothing to rest time leads to where work begins again."""
        [then] = self.after(at, (work,))
        return then

    def after(self, at: datetime, works: Sequence[timedelta]) -> list[datetime]:
        """The same for several, of which none is less than the one before."""
        local = at.astimezone(CHINA)
        day, then, worked = local.date(), list[datetime](), ZERO
        midnight = midnight_of(day)
        passed = local - midnight
        while True:
            if self.calendar.works(day):
                for opens, closes in self.office:
                    begins = max(passed, opens)
                    if begins <= closes:
                        while (more := works[len(then)] - worked) <= closes - begins:
                            then.append((midnight + begins + more).astimezone(UTC))
                            if len(then) == len(works):
                                return then
                        worked += closes - begins
            day, midnight, passed = day + DAY, midnight + DAY, ZERO

    def between(self, begin: datetime, end: datetime) -> timedelta:
        """The working time from one point to another, zero where that is not later."""
        first, last = begin.astimezone(CHINA), end.astimezone(CHINA)
        midnight = midnight_of(first.date())
        worked = ZERO
        while midnight < last:
            if self.calendar.works(midnight.date()):
                for opens, closes in self.office:
                    worked += max(ZERO, min(last, midnight + closes) - max(first, midnight + opens))
            midnight += DAY
        return worked
