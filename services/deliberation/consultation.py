"""A consultation 协商: a matter is put before it, people sit down, and actions come of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from shared.contracts.deliberation import (
    ActionAssigned,
    ActionCompleted,
    ActionOverdue,
    ActionReturned,
    ActionVerified,
    Assignee,
    ByUnit,
    Capacity,
    ConsultationHeld,
    ConsultationProposed,
    ConsultationScheduled,
    InvitationAnswered,
    InvitedUnit,
    Invitee,
    ParticipantInvited,
    Way,
)
from shared.contracts.event import Event
from shared.contracts.words import ActionId, ConsultationId, IssueId, PersonId
from shared.deciding.aggregate import Aggregate
from shared.deciding.refusals import NotFound, NotNow, NotValid


class Status(StrEnum):
    """How far a consultation is."""

    PROPOSED = "proposed"
    SCHEDULED = "scheduled"
    HELD = "held"


class Progress(StrEnum):
    """How far an action is; given back, nobody has it."""

    ASSIGNED = "assigned"
    COMPLETED = "completed"
    VERIFIED = "verified"
    GIVEN_BACK = "given-back"


@dataclass(frozen=True, slots=True)
class Action:
    """Who has it, and how far it is."""

    assignee: Assignee
    due: datetime
    progress: Progress = Progress.ASSIGNED
    overdue: bool = False


@dataclass(frozen=True, slots=True)
class Consultation:
    """What the commands below need to know."""

    community: str
    status: Status
    matter: str
    issues: tuple[IssueId, ...]
    venue: str = ""
    starts_at: datetime | None = None
    invited: frozenset[Invitee] = frozenset()
    answered: frozenset[Invitee] = frozenset()
    actions: Mapping[ActionId, Action] = field(default_factory=lambda: MappingProxyType({}))


def evolve(consultation: Consultation | None, event: Event) -> Consultation | None:
    """What an event makes of a consultation."""
    match consultation, event:
        case None, ConsultationProposed(community=community, matter=matter, issues=issues):
            return Consultation(community, Status.PROPOSED, matter, issues)
        case Consultation(), ConsultationScheduled(venue=venue, starts_at=starts_at):
            return replace(consultation, status=Status.SCHEDULED, venue=venue, starts_at=starts_at)
        case Consultation(), ParticipantInvited(invitee=invitee):
            return replace(consultation, invited=consultation.invited | {invitee})
        case Consultation(), InvitationAnswered(invitee=invitee):
            return replace(consultation, answered=consultation.answered | {invitee})
        case Consultation(), ConsultationHeld():
            return replace(consultation, status=Status.HELD)
        case Consultation(), ActionAssigned(action=action, assignee=assignee, due=due):
            return _with(consultation, action, Action(assignee, due))
        case Consultation(), ActionCompleted(action=action):
            return _with(consultation, action, replace(consultation.actions[action], progress=Progress.COMPLETED))
        case Consultation(), ActionVerified(action=action):
            return _with(consultation, action, replace(consultation.actions[action], progress=Progress.VERIFIED))
        case Consultation(), ActionReturned(action=action, given_back=given_back):
            progress = Progress.GIVEN_BACK if given_back else Progress.ASSIGNED
            return _with(consultation, action, replace(consultation.actions[action], progress=progress))
        case Consultation(), ActionOverdue(action=action):
            return _with(consultation, action, replace(consultation.actions[action], overdue=True))
        case _:
            return consultation


def _with(consultation: Consultation, id: ActionId, action: Action) -> Consultation:
    return replace(consultation, actions=MappingProxyType({**consultation.actions, id: action}))


def propose(*, community: str, matter: str, issues: tuple[IssueId, ...]) -> ConsultationProposed:
    """A matter is to be talked over."""
    return ConsultationProposed(community=community, matter=matter, issues=issues)


def schedule(
    consultation: Consultation,
    *,
    by: PersonId,
    venue: str,
    starts_at: datetime,
    agenda: tuple[str, ...],
    invites: tuple[tuple[Invitee, Capacity], ...],
) -> list[ConsultationScheduled | ParticipantInvited]:
    """Where and when, and who is asked to come."""
    if consultation.status is not Status.PROPOSED:
        raise NotNow("already-scheduled", "协商时间已定。", "This consultation was scheduled before.")
    invitees = [invitee for invitee, _ in invites]
    if len(set(invitees)) < len(invitees):
        raise NotValid(
            "invited-twice", "同一参加方只需邀请一次。", "Everybody is invited once: remove the repeated one."
        )
    scheduled = ConsultationScheduled(by=by, venue=venue, starts_at=starts_at, agenda=agenda)
    return [
        scheduled,
        *(
            ParticipantInvited(
                community=consultation.community,
                invitee=invitee,
                capacity=capacity,
                matter=consultation.matter,
                venue=venue,
                starts_at=starts_at,
            )
            for invitee, capacity in invites
        ),
    ]


def answer_invitation(
    consultation: Consultation, *, by: PersonId, invitee: Invitee, coming: bool
) -> InvitationAnswered:
    """Who was asked says whether they come; the last word counts until it is held."""
    if invitee not in consultation.invited:
        raise NotFound("not-invited", "您没有收到本次协商的邀请。", "You are not invited to this consultation.")
    if consultation.status is not Status.SCHEDULED:
        raise NotNow("already-held", "协商会已召开。", "This consultation has been held.")
    return InvitationAnswered(by=by, invitee=invitee, coming=coming)


def answer_for_unit(
    consultation: Consultation, *, by: PersonId, units: tuple[str, ...], coming: bool
) -> InvitationAnswered:
    """The same, of somebody who operates for these units: for the one that is invited."""
    invited = [unit for unit in units if InvitedUnit(unit=unit) in consultation.invited]
    if len(invited) > 1:
        raise NotValid(
            "which-unit",
            "您经办的几个单位都受到邀请，请写明 unit。",
            "Several of your units are invited: say in `unit` for which one you answer.",
            units=invited,
        )
    invitee = InvitedUnit(unit=(invited or units)[0])
    return answer_invitation(consultation, by=by, invitee=invitee, coming=coming)


def hold(
    consultation: Consultation, *, by: PersonId, attendance: int, way: Way, outcome: str, minutes: str
) -> ConsultationHeld:
    """It was talked over: what was agreed, with the minutes."""
    if consultation.status is not Status.SCHEDULED:
        raise NotNow(
            "not-scheduled", "请先确定时间地点；已召开的不能再记。", "A scheduled consultation is held, once.",
            state=consultation.status,
        )  # fmt: skip
    return ConsultationHeld(by=by, attendance=attendance, way=way, outcome=outcome, minutes=minutes)


def assign(
    consultation: Consultation,
    *,
    by: PersonId,
    id: ConsultationId,
    action: ActionId,
    assignee: Assignee,
    task: str,
    due: datetime,
) -> ActionAssigned:
    """Who does what by when, after it was talked over."""
    if consultation.status is not Status.HELD:
        raise NotNow("not-held", "协商会召开后才能分派任务。", "Actions are assigned after the consultation was held.")
    return ActionAssigned(
        community=consultation.community,
        by=by,
        action=action,
        consultation=id,
        assignee=assignee,
        task=task,
        due=due,
    )


def assign_anew(
    consultation: Consultation,
    *,
    by: PersonId,
    id: ConsultationId,
    action: ActionId,
    assignee: Assignee,
    task: str,
    due: datetime,
) -> ActionAssigned:
    """What somebody gave back is for somebody to do, with a new time."""
    if _known(consultation, action).progress is not Progress.GIVEN_BACK:
        raise NotNow(
            "action-not-given-back",
            "这项任务有人承担，未被退回，不能另行分派。",
            "Somebody has this action: only one that was given back is assigned anew.",
            action=str(action),
        )
    return assign(consultation, by=by, id=id, action=action, assignee=assignee, task=task, due=due)


def give_back(consultation: Consultation, *, action: ActionId, reason: str) -> ActionReturned:
    """Whoever was to do it does not take it on."""
    _require(consultation, action, Progress.ASSIGNED)
    return ActionReturned(action=action, reason=reason, given_back=True)


def complete(consultation: Consultation, *, action: ActionId, report: str) -> ActionCompleted:
    """Whoever has it says that it is done."""
    _require(consultation, action, Progress.ASSIGNED)
    return ActionCompleted(action=action, report=report)


def complete_own(consultation: Consultation, *, action: ActionId, report: str) -> ActionCompleted:
    """The same, said here: what a unit does is said by its work order."""
    _require_own(consultation, action)
    return complete(consultation, action=action, report=report)


def verify(consultation: Consultation, *, action: ActionId, report: str) -> ActionVerified:
    """Somebody of the community has seen that it is done."""
    _require(consultation, action, Progress.COMPLETED)
    others = (one for id, one in consultation.actions.items() if id != action)
    remaining = sum(one.progress is not Progress.VERIFIED for one in others)
    return ActionVerified(action=action, report=report, issues=consultation.issues, remaining=remaining)


def verify_own(consultation: Consultation, *, action: ActionId, report: str) -> ActionVerified:
    """The same, said here: what a unit did is verified on its work order."""
    _require_own(consultation, action)
    return verify(consultation, action=action, report=report)


def return_(consultation: Consultation, *, action: ActionId, reason: str) -> ActionReturned:
    """It is not done after all."""
    _require(consultation, action, Progress.COMPLETED)
    return ActionReturned(action=action, reason=reason)


def miss(consultation: Consultation, *, action: ActionId, due: datetime) -> list[ActionOverdue]:
    """Its time is up: said once, and only if it is not done."""
    known = consultation.actions[action]
    if known.progress in (Progress.COMPLETED, Progress.VERIFIED) or known.overdue:
        return []
    return [ActionOverdue(action=action, due=due)]


def _known(consultation: Consultation, action: ActionId) -> Action:
    known = consultation.actions.get(action)
    if known is None:
        raise NotFound("action-not-found", "没有这项任务。", "There is no such action.", action=str(action))
    return known


def _require(consultation: Consultation, action: ActionId, progress: Progress) -> None:
    known = _known(consultation, action)
    if known.progress is not progress:
        raise NotNow(
            "action-not-there-yet",
            "任务须先完成再核验，各一次。",
            "An action is completed, then verified, once each.",
            state=known.progress,
        )


def _require_own(consultation: Consultation, action: ActionId) -> None:
    known = consultation.actions.get(action)
    if known is not None and isinstance(known.assignee, ByUnit):
        raise NotNow(
            "follow-the-work-order", "由共建单位承担的任务请在工单上办理。", "A unit's action goes by its work order."
        )


consultations = Aggregate("consultation", evolve)
