"""Issues as they are read: the ledger 台账, and how many stand where."""

from collections.abc import Sequence
from typing import Any

from typing_extensions import TypedDict

from services.intake.deadlines.rows import UNTIMED, DeadlineRow, timed_row
from shared.contracts.intake import (
    DeadlineExtended,
    DeadlineNear,
    DeadlinesRecalculated,
    IssueAccepted,
    IssueAcknowledged,
    IssueClassified,
    IssueClosed,
    IssueEscalated,
    IssueFollowedUp,
    IssueMerged,
    IssueOverdue,
    IssuePublished,
    IssueRaised,
    IssueRated,
    IssueReferred,
    IssueReopened,
    IssueResumed,
    IssueReturned,
    IssueSeconded,
    IssueSplit,
    IssueSplitOff,
    IssueSuspended,
    IssueTakenIn,
    IssueUnpublished,
    IssueWithdrawn,
)
from shared.contracts.words import IssueId
from shared.eventlog.recorded import Recorded
from shared.projecting import Change, Figure, Row, Scoped, Slice, View


class LedgerRow(TypedDict):
    """An issue as the community's ledger 台账 shows it. Times are RFC 3339, in UTC. `deadlines` are by their step;
    `suspended` says why the clock stands still; `published`, whether everybody may read of it."""

    id: str
    community: str
    place: str | None
    status: str
    text: str
    channel: str
    where: dict[str, Any]
    media_url: str | None
    raised_by: str
    recorded_by: str | None
    raised_at: str
    seconds: int
    category: str | None
    urgency: str | None
    kind: str | None
    merged_into: str | None
    merged_when: str | None
    merged: list[str]
    referral: dict[str, str] | None
    closed_at: str | None
    outcome: str | None
    ratings: list[dict[str, Any]]
    escalated: bool
    published: bool
    deadlines: dict[str, DeadlineRow]
    suspended: str | None
    overdue: bool
    provisional: bool
    response: str | None
    solved: str | None
    satisfied: str | None


class Ledger(
    View,
    number=8,
    scope=Scoped(community="community", place="place", overseen="community", person="raised_by"),
    events=(
        IssueRaised,
        IssueSeconded,
        IssueAcknowledged,
        IssueClassified,
        IssueMerged,
        IssueTakenIn,
        IssueSplit,
        IssueSplitOff,
        IssueReferred,
        IssueAccepted,
        IssueReturned,
        IssueClosed,
        IssueRated,
        IssueFollowedUp,
        IssueReopened,
        IssueEscalated,
        IssueWithdrawn,
        IssuePublished,
        IssueUnpublished,
        IssueOverdue,
        IssueSuspended,
        IssueResumed,
        DeadlineNear,
        DeadlineExtended,
        DeadlinesRecalculated,
    ),
    columns={
        "community": "text",
        "place": "text",
        "status": "text",
        "raised_by": "text",
        "raised_at": "timestamptz",
        "category": "text",
        "overdue": "bool",
        "provisional": "bool",
        "response": "text",
        "solved": "text",
        "satisfied": "text",
    },
    order="raised_at",
    lists=(
        ("community",),
        ("community", "status"),
        ("community", "place"),
        ("community", "place", "status"),
        ("community", "overdue"),
        ("provisional",),
    ),
):
    """One row an issue."""

    def fold(self, row: Row | None, event: Recorded) -> Row | None:
        if isinstance(event.data, IssueRaised):
            row = _raised(event.data, event)
        return row and timed_row(_changed(row, event), event)


def _changed(row: Row, event: Recorded) -> Row:
    """All of it but its deadlines."""
    match event.data:
        case IssueSeconded():
            return row | {"seconds": row["seconds"] + 1, "merged": _with(row["merged"], event.data.merged_from)}
        case IssueTakenIn(issue=issue):
            return row | {"merged": _with(row["merged"], issue)}
        case IssueSplitOff(issue=issue, voices=voices):
            left = [one for one in row["merged"] if one != str(issue)]
            return row | {"seconds": row["seconds"] - len(voices), "merged": left}
        case IssueAcknowledged():
            return row | {"status": "acknowledged"}
        case IssueClassified(category=category, urgency=urgency, kind=kind):
            return row | {"category": category, "urgency": urgency, "kind": kind}
        case IssueMerged(into=into):
            return row | {"status": "merged", "merged_into": into, "merged_when": row["status"]}
        case IssueSplit():
            return row | {"status": row["merged_when"] or "raised", "merged_into": None, "merged_when": None}
        case IssueReferred(referral=referral):
            return row | {"status": "referred", "referral": referral.model_dump()}
        case IssueReturned():
            return row | {"status": "acknowledged", "referral": None}
        case IssueClosed(outcome=outcome):
            return row | {"status": "closed", "closed_at": event.at, "outcome": outcome}
        case IssueRated(solved=solved, satisfied=satisfied):
            rating = {"solved": solved, "satisfied": satisfied, "at": event.at}
            return row | {"ratings": [*row["ratings"], rating]}
        case IssueReopened():
            return row | {"status": "acknowledged", "closed_at": None}
        case IssueEscalated():
            return row | {"escalated": True}
        case IssueWithdrawn():
            return row | {"status": "withdrawn"}
        case IssuePublished() | IssueUnpublished():
            return row | {"published": isinstance(event.data, IssuePublished)}
        case _:
            return row


def _with(merged: list[str], issue: IssueId | None) -> list[str]:
    return merged if issue is None or str(issue) in merged else [*merged, str(issue)]


def _raised(raised: IssueRaised, event: Recorded) -> Row:
    return {
        "id": event.stream_id,
        "community": raised.community,
        "place": raised.where.place,
        "status": "raised",
        "text": raised.text,
        "channel": raised.channel,
        "where": raised.where.model_dump(),
        "media_url": raised.media_url,
        "raised_by": raised.by,
        "recorded_by": raised.recorded_by,
        "raised_at": event.at,
        "seconds": 0,
        "category": None,
        "urgency": None,
        "kind": None,
        "merged_into": None,
        "merged_when": None,
        "merged": [],
        "referral": None,
        "closed_at": None,
        "outcome": None,
        "ratings": [],
        "escalated": False,
        "published": False,
        **UNTIMED,
    }


class CountsRow(TypedDict):
    """How many issues of a community stand where."""

    community: str
    by_status: dict[str, int]


class Counts(
    Figure,
    of=Ledger,
    number=2,
    scope=Scoped(community="community", overseen="community"),
    columns={"community": "text"},
):
    """One row a community, exact: for its workers. Everybody reads it with small numbers withheld."""

    def keys(self, change: Change) -> tuple[str, ...]:
        before, after = change.before, change.after
        if before and after and before["status"] == after["status"]:
            return ()
        row = after or before
        return (row["community"],) if row else ()

    @classmethod
    def behind(cls, key: str) -> Sequence[Slice]:
        return cls.of.behind_list({"community": key})

    def fold(self, row: Row | None, change: Change) -> Row | None:
        counts: dict[str, int] = dict(row["by_status"]) if row else {}
        for one, step in ((change.before, -1), (change.after, 1)):
            if one is not None:
                counts[one["status"]] = counts.get(one["status"], 0) + step
        known = change.after or change.before
        return {"community": known["community"] if known else "", "by_status": {k: counts[k] for k in sorted(counts)}}
