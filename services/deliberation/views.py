"""Deliberation's read models."""

from typing import Any

from typing_extensions import TypedDict

from shared.contracts.deliberation import (
    ActionAssigned,
    ActionCompleted,
    ActionOverdue,
    ActionReturned,
    ActionVerified,
    ConsultationHeld,
    ConsultationProposed,
    ConsultationScheduled,
    InvitationAnswered,
    ParticipantInvited,
)
from shared.eventlog.recorded import Recorded
from shared.projecting import Row, Scoped, View


class ConsultationRow(TypedDict):
    """A consultation with all that came of it. Times are RFC 3339, in UTC."""

    id: str
    community: str
    status: str
    matter: str
    issues: list[str]
    issue: str | None
    proposed_at: str
    venue: str | None
    starts_at: str | None
    agenda: list[str]
    invited: list[dict[str, Any]]
    attendance: int | None
    way: str | None
    outcome: str | None
    minutes: str | None
    actions: list[dict[str, Any]]


class Consultations(
    View,
    number=3,
    scope=Scoped(community="community"),
    events=(
        ConsultationProposed,
        ConsultationScheduled,
        ParticipantInvited,
        InvitationAnswered,
        ConsultationHeld,
        ActionAssigned,
        ActionCompleted,
        ActionVerified,
        ActionReturned,
        ActionOverdue,
    ),
    columns={"community": "text", "issue": "text", "proposed_at": "timestamptz"},
    order="proposed_at",
    lists=(("community",), ("community", "issue")),
):
    """One row a consultation; `issue` is the first of the issues it is about."""

    def fold(self, row: Row | None, event: Recorded) -> Row | None:
        match event.data:
            case ConsultationProposed() as proposed:
                return _proposed(proposed, event)
            case _ if row is None:
                return None
            case ConsultationScheduled(venue=venue, starts_at=starts_at, agenda=agenda):
                return row | {"status": "scheduled", "venue": venue, "starts_at": starts_at, "agenda": agenda}
            case ParticipantInvited(invitee=invitee, capacity=capacity):
                one = {"invitee": invitee.model_dump(mode="json"), "capacity": capacity, "coming": None}
                return row | {"invited": [*row["invited"], one]}
            case InvitationAnswered(invitee=invitee, coming=coming):
                who = invitee.model_dump(mode="json")
                invited = [one | {"coming": coming} if one["invitee"] == who else one for one in row["invited"]]
                return row | {"invited": invited}
            case ConsultationHeld() as held:
                return row | {"status": "held"} | held.model_dump(include={"attendance", "way", "outcome", "minutes"})
            case ActionAssigned() as assigned:
                action = {
                    "id": str(assigned.action),
                    "assignee": assigned.assignee.model_dump(),
                    "task": assigned.task,
                    "due": assigned.due,
                    "progress": "assigned",
                    "report": None,
                    "overdue": False,
                }
                others = [one for one in row["actions"] if one["id"] != action["id"]]  # it may have been given back
                return row | {"actions": [*others, action]}
            case ActionCompleted(action=action, report=report):
                return _action(row, action, {"progress": "completed", "report": report})
            case ActionVerified(action=action):
                return _action(row, action, {"progress": "verified"})
            case ActionReturned(action=action, reason=reason, given_back=given_back):
                progress = "given-back" if given_back else "assigned"
                return _action(row, action, {"progress": progress, "report": reason})
            case ActionOverdue(action=action):
                return _action(row, action, {"overdue": True})
            case _:
                return row


def _proposed(proposed: ConsultationProposed, event: Recorded) -> Row:
    issues = [str(issue) for issue in proposed.issues]
    return {
        "id": event.stream_id,
        "community": proposed.community,
        "status": "proposed",
        "matter": proposed.matter,
        "issues": issues,
        "issue": issues[0] if issues else None,
        "proposed_at": event.at,
        "venue": None,
        "starts_at": None,
        "agenda": [],
        "invited": [],
        "attendance": None,
        "way": None,
        "outcome": None,
        "minutes": None,
        "actions": [],
    }


def _action(row: Row, id: object, change: dict[str, Any]) -> Row:
    return row | {"actions": [one | change if one["id"] == str(id) else one for one in row["actions"]]}
