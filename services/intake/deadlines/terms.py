"""The terms that a community's issues are handled on: its sub-district's policy, in working time of the calendar."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property

from services.intake.deadlines.policy import Policy, policies
from shared.calendar.days import Calendar, read_calendar
from shared.calendar.hours import CHINA, ZERO, WorkingTime
from shared.contracts.intake import Deadline, DeadlineRule, OfficeHours, Step, TimeLeft, Urgency
from shared.deciding.lookups import Lookup
from shared.eventlog.log import Log
from shared.eventlog.recorded import COLUMNS, recorded
from shared.settings import Settings

SUB_DISTRICT = """
select data ->> 'sub_district' from log
where source = 'directory' and stream = 'community-' || $1 and version = 1
"""
"""Where a community lies, once directory's word of it has come."""
POLICY = f"select {COLUMNS} from log where source = 'intake' and stream = $1 order by version desc limit 1"
"""A sub-district's policy as it was set last: it is whole each time."""


Of = tuple[Step, str | None, Urgency | None]


@dataclass(frozen=True)
class Terms:
    """A policy in a calendar."""

    policy: Policy
    calendar: Calendar
    _rules: dict[Of, DeadlineRule] = field(default_factory=dict[Of, DeadlineRule], init=False, compare=False)

    @cached_property
    def working(self) -> WorkingTime:
        return WorkingTime(self.calendar, [_since_midnight(hours) for hours in self.policy.office])

    def deadline(self, step: Step, since: datetime, category: str | None, urgency: Urgency | None) -> Deadline:
        """By when a step that begins then is to be done."""
        of = (step, category, urgency)
        if (rule := self._rules.get(of)) is None:
            rule = self._rules[of] = self.policy.rule(*of)
        return self.within(step, since, rule.hours, rule.warn, rule.escalate)

    def within(self, step: Step, since: datetime, hours: float, warn: float, escalate: float) -> Deadline:
        """The same, of so many working hours."""
        allowed = timedelta(hours=hours)
        near, late = max(allowed - timedelta(hours=warn), ZERO), allowed + timedelta(hours=escalate)
        warn_at, due, escalate_at = self.working.after(since, (near, allowed, late))
        return Deadline(
            step=step,
            since=since,
            hours=hours,
            warn=warn,
            escalate=escalate,
            warn_at=warn_at,
            due=due,
            escalate_at=escalate_at,
            provisional=not self.calendar.knows(escalate_at.astimezone(CHINA).year),
        )

    def anew(self, deadline: Deadline, *, more: float = 0) -> Deadline:
        """The same deadline as this calendar has it, with so many hours more."""
        return self.within(deadline.step, deadline.since, deadline.hours + more, deadline.warn, deadline.escalate)

    def left(self, deadline: Deadline, at: datetime) -> TimeLeft:
        """What is left of a deadline at a time."""
        hours = self.working.between(at, deadline.due) / timedelta(hours=1)
        return TimeLeft(step=deadline.step, hours=hours, warn=deadline.warn, escalate=deadline.escalate)


def _since_midnight(office: OfficeHours) -> tuple[timedelta, timedelta]:
    opens, closes = (clock.split(":") for clock in (office.opens, office.closes))
    return _time(*opens), _time(*closes)


def _time(hours: str, minutes: str) -> timedelta:
    return timedelta(hours=int(hours), minutes=int(minutes))


async def _terms(log: Log, settings: Settings, community: str) -> Terms:
    """Everybody's policy, where nobody knows yet where the community lies, or its sub-district has none."""
    calendar = read_calendar(settings.calendar)
    sub_district: str | None = await log.pool.fetchval(SUB_DISTRICT, community)
    row = await log.pool.fetchrow(POLICY, policies.stream(sub_district)) if sub_district else None
    policy = policies.fold([recorded(row).data]) if row else None
    return Terms(policy or Policy(), calendar)


TERMS = Lookup(_terms)
"""By the community."""
