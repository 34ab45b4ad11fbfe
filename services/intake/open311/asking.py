"""GET requests: which are asked for."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from services.intake.open311.catalogue import category_of
from shared.deciding.refusals import NotValid
from shared.projecting.reading import Between, OneOf
from shared.web.times import time_of

SPAN = timedelta(days=90)
MOST = 1_000
"""Requests that a query looks at: the newest."""
STATES = ("open", "closed")
MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Asked:
    """Which of a community's, of 90 days at most. `end_date` is one of them."""

    services: tuple[str, ...]
    states: tuple[str, ...]
    since: datetime
    until: datetime

    def where(self, **more: str) -> dict[str, Any]:
        """As a view's columns have it."""
        wanted: dict[str, Any] = {**more, "raised_at": Between(self.since, self.until + MOMENT)}
        if self.services:
            wanted["service"] = OneOf(self.services)
        if self.states:
            wanted["state"] = OneOf(self.states)
        return wanted


def asked(
    now: datetime, *, service_code: str | None, status: str | None, start_date: str | None, end_date: str | None
) -> Asked:
    """By what the query says. Of a longer time, the newest 90 days. Raises NotValid, NotFound."""
    services, states = listed(service_code), listed(status)
    for code in services:
        category_of(code)
    if not set(states) <= set(STATES):
        raise NotValid("bad-status", "status 只能是 open、closed。", "status is open, closed, or both.")
    start, end = _time("start_date", start_date), _time("end_date", end_date)
    until = end or (min(start + SPAN, now) if start else now)
    since = max(start, until - SPAN) if start else until - SPAN
    return Asked(services, states, since, until)


def listed(said: str | None) -> tuple[str, ...]:
    """What is delimited by commas."""
    return tuple(one.strip() for one in (said or "").split(",") if one.strip())


def _time(name: str, said: str | None) -> datetime | None:
    if said is None:
        return None
    at = time_of(said)
    if at is None:
        raise NotValid(
            "bad-date",
            "start_date、end_date 须为带时区的时间，如 2026-01-01T00:00:00Z；网址里的 + 写作 %2B。",
            "start_date and end_date are times with their offset, 2026-01-01T00:00:00Z; in an address, + is %2B.",
            name=name,
        )
    return at
