"""How far an issue is, as a row of it says: for everybody, and for the application that it came by."""

from typing import Any

from services.intake.issues.issue import OPEN
from services.intake.open311.catalogue import code_of
from shared.contracts.event import Event
from shared.contracts.intake import (
    IssueAcknowledged,
    IssueClassified,
    IssueClosed,
    IssueMerged,
    IssueReferred,
    IssueReopened,
    IssueReturned,
    IssueSplit,
    IssueWithdrawn,
)
from shared.eventlog.recorded import Recorded
from shared.projecting import Row

MOVES: tuple[type[Event], ...] = (
    IssueClassified,
    IssueAcknowledged,
    IssueReferred,
    IssueReturned,
    IssueMerged,
    IssueSplit,
    IssueClosed,
    IssueReopened,
    IssueWithdrawn,
)
"""Events that say how far it is, and what it is about."""


def standing(status: str, merged_when: str | None = None) -> dict[str, Any]:
    """What a row says of it; `state` is `open` or `closed`, and of a merged one the latter: another goes on for it."""
    return {"status": status, "state": "open" if status in OPEN else "closed", "merged_when": merged_when}


def moved(row: Row, event: Recorded) -> Row:
    """The row as one of MOVES leaves it."""
    match event.data:
        case IssueClassified(category=category):
            now: dict[str, Any] = {"category": category, "service": code_of(category)}
        case IssueAcknowledged() | IssueReturned() | IssueReopened():
            now = standing("acknowledged")
        case IssueReferred():
            now = standing("referred")
        case IssueMerged():
            now = standing("merged", row["status"])
        case IssueSplit():
            now = standing(row["merged_when"] or "raised")
        case IssueClosed():
            now = standing("closed")
        case IssueWithdrawn():
            now = standing("withdrawn")
        case _:
            return row
    return row | now | {"updated_at": event.at}
