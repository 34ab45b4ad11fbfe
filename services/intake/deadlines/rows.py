"""An issue's deadlines as its row in the ledger shows them, and what the figures 三率 count of it."""

from datetime import datetime
from typing import Any

from typing_extensions import TypedDict

from services.intake.deadlines.deadline import DROPS, MEETS, begun
from shared.contracts.event import Event
from shared.contracts.intake import (
    Deadline,
    DeadlineNear,
    IssueAcknowledged,
    IssueOverdue,
    IssueRated,
    IssueResumed,
    IssueSeconded,
    IssueSuspended,
    Step,
)
from shared.eventlog.recorded import Recorded
from shared.projecting import Row


class DeadlineRow(TypedDict):
    """One step's deadline. `state` is running, near, overdue or suspended; and when it has ended (`ended_at`) met, late
    or dropped. Times are RFC 3339, in UTC."""

    since: str
    due: str
    escalate_at: str
    provisional: bool
    state: str
    ended_at: str | None


GOING = ("running", "near", "overdue", "suspended")
UNTIMED: Row = {
    "deadlines": {},
    "suspended": None,
    "overdue": False,
    "provisional": False,
    "response": None,
    "solved": None,
    "satisfied": None,
}
"""Of an issue that no deadline and no rating has been told of. `response` is `in-time` or `late`, and nothing as long
as it may still be acknowledged in time; `solved` and `satisfied` are `yes` or `no`, by the newest rating."""


def timed_row(row: Row, event: Recorded) -> Row:
    """The row, with what the event makes of its deadlines and of what the figures count."""
    told = event.data
    if isinstance(told, IssueSeconded):  # most of what is said of an issue, and nothing of this
        return row
    changed: Row = {}
    deadlines: dict[str, Any] = _deadlines(row["deadlines"], told, event.at)
    if deadlines is not row["deadlines"]:
        going = [one for one in deadlines.values() if one["state"] in GOING]
        changed["deadlines"] = deadlines
        changed["overdue"] = any(one["state"] == "overdue" for one in going)
        changed["provisional"] = any(one["provisional"] and one["state"] != "overdue" for one in going)
    match told:
        case IssueSuspended(reason=reason):
            changed["suspended"] = reason
        case IssueResumed():
            changed["suspended"] = None
        case IssueOverdue(step=Step.ACKNOWLEDGE):
            changed["response"] = "late"
        case IssueAcknowledged() if known := row["deadlines"].get(Step.ACKNOWLEDGE):
            changed["response"] = "in-time" if event.at <= datetime.fromisoformat(known["due"]) else "late"
        case IssueRated(solved=solved, satisfied=satisfied):
            changed["solved"], changed["satisfied"] = ("yes" if said else "no" for said in (solved, satisfied))
        case _:
            pass
    return row | changed if changed else row


def _deadlines(known: dict[str, Any], told: Event, at: datetime) -> dict[str, Any]:
    deadlines = known
    met, dropped = MEETS.get(type(told), frozenset()), DROPS.get(type(told), frozenset())
    for step in met | dropped:
        one = known.get(step)
        if one and one["state"] in GOING:
            state = "dropped" if step in dropped else "met" if at <= datetime.fromisoformat(one["due"]) else "late"
            deadlines = deadlines | {step.value: one | {"state": state, "ended_at": at}}
    match told:
        case DeadlineNear(step=step) | IssueOverdue(step=step) if step in known:
            state = "near" if isinstance(told, DeadlineNear) else "overdue"
            return deadlines | {step.value: known[step] | {"state": state}}
        case IssueSuspended(left=left):
            return deadlines | {
                one.step.value: known[one.step] | {"state": "suspended"} for one in left if one.step in known
            }
        case _:
            return deadlines | {one.step.value: _row(one) for one in begun(told)} if begun(told) else deadlines


def _row(deadline: Deadline) -> Row:
    return {
        "since": deadline.since,
        "due": deadline.due,
        "escalate_at": deadline.escalate_at,
        "provisional": deadline.provisional,
        "state": "running",
        "ended_at": None,
    }
