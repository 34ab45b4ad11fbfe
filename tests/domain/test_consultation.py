"""The rules of a consultation."""

from datetime import UTC, datetime
from uuid import UUID

from services.deliberation import consultation
from services.deliberation.consultation import consultations
from shared.contracts.deliberation import (
    ActionAssigned,
    ActionCompleted,
    ActionOverdue,
    ActionVerified,
    Assignee,
    ByCommunity,
    ByUnit,
    Capacity,
    ConsultationHeld,
    ConsultationProposed,
    ConsultationScheduled,
    InvitationAnswered,
    InvitedPerson,
    InvitedUnit,
    ParticipantInvited,
    Way,
)
from shared.contracts.words import ActionId, ConsultationId, IssueId, PersonId
from tests.given import given

AT = datetime(2023, 11, 24, 7, tzinfo=UTC)
ID, ISSUE = ConsultationId(UUID(int=1)), IssueId(UUID(int=2))
SECRETARY, RESIDENT = PersonId(UUID(int=3)), PersonId(UUID(int=4))
FIRST, SECOND = ActionId(UUID(int=5)), ActionId(UUID(int=6))

PROPOSED = ConsultationProposed(community="yaopo", matter="楼道灯", issues=(ISSUE,))
SCHEDULED = ConsultationScheduled(by=SECRETARY, venue="pavilion-weixiao", starts_at=AT, agenda=())
HELD = ConsultationHeld(by=SECRETARY, attendance=12, way=Way.CONSENSUS, outcome="接通", minutes="接通")


def assigned(action: ActionId, assignee: Assignee) -> ActionAssigned:
    return ActionAssigned(
        community="yaopo", by=SECRETARY, action=action, consultation=ID, assignee=assignee, task="接通", due=AT
    )


def invited(unit: str) -> ParticipantInvited:
    return ParticipantInvited(
        community="yaopo",
        invitee=InvitedUnit(unit=unit),
        capacity=Capacity.PARTNER_UNIT,
        matter="楼道灯",
        venue="pavilion-weixiao",
        starts_at=AT,
    )


def schedule(*invites: tuple[InvitedPerson | InvitedUnit, Capacity]) -> dict[str, object]:
    return {"by": SECRETARY, "venue": "pavilion-weixiao", "starts_at": AT, "agenda": (), "invites": invites}


def test_it_is_scheduled_once_and_everybody_invited_once() -> None:
    resident = (InvitedPerson(person=RESIDENT), Capacity.RESIDENT_REPRESENTATIVE)
    given(consultations, PROPOSED).when(consultation.schedule, **schedule()).then(SCHEDULED)
    given(consultations, PROPOSED).when(consultation.schedule, **schedule(resident, resident)).fails("invited-twice")
    given(consultations, PROPOSED, SCHEDULED).when(consultation.schedule, **schedule()).fails("already-scheduled")


def test_who_was_not_invited_has_no_invitation_to_answer() -> None:
    answer = {"by": RESIDENT, "invitee": InvitedPerson(person=RESIDENT), "coming": True}
    given(consultations, PROPOSED, SCHEDULED).when(consultation.answer_invitation, **answer).fails("not-invited")


def test_who_operates_for_several_units_answers_for_the_one_that_is_invited() -> None:
    one = (PROPOSED, SCHEDULED, invited("water"))
    said = {"by": RESIDENT, "units": ("power", "water"), "coming": True}
    answered = InvitationAnswered(by=RESIDENT, invitee=InvitedUnit(unit="water"), coming=True)
    given(consultations, *one).when(consultation.answer_for_unit, **said).then(answered)
    given(consultations, *one, invited("power")).when(consultation.answer_for_unit, **said).fails("which-unit")
    only = {**said, "units": ("water",)}
    given(consultations, *one, invited("power")).when(consultation.answer_for_unit, **only).then(answered)
    given(consultations, PROPOSED, SCHEDULED).when(consultation.answer_for_unit, **said).fails("not-invited")


def test_it_is_held_after_it_was_scheduled_and_then_has_actions() -> None:
    held = {"by": SECRETARY, "attendance": 12, "way": Way.CONSENSUS, "outcome": "接通", "minutes": "接通"}
    given(consultations, PROPOSED).when(consultation.hold, **held).fails("not-scheduled")
    given(consultations, PROPOSED, SCHEDULED).when(consultation.hold, **held).then(HELD)
    task = {"by": SECRETARY, "id": ID, "action": FIRST, "assignee": ByCommunity(), "task": "接通", "due": AT}
    given(consultations, PROPOSED, SCHEDULED).when(consultation.assign, **task).fails("not-held")
    given(consultations, PROPOSED, SCHEDULED, HELD).when(consultation.assign, **task).then(
        assigned(FIRST, ByCommunity())
    )


def test_the_last_verified_action_says_that_none_remains() -> None:
    before = (
        PROPOSED,
        SCHEDULED,
        HELD,
        assigned(FIRST, ByCommunity()),
        assigned(SECOND, ByCommunity()),
        ActionCompleted(action=FIRST, report="好了"),
        ActionCompleted(action=SECOND, report="好了"),
    )
    one = ActionVerified(action=FIRST, report="看过", issues=(ISSUE,), remaining=1)
    last = ActionVerified(action=SECOND, report="看过", issues=(ISSUE,), remaining=0)
    given(consultations, *before).when(consultation.verify, action=FIRST, report="看过").then(one)
    given(consultations, *before, one).when(consultation.verify, action=SECOND, report="看过").then(last)
    given(consultations, *before, one).when(consultation.verify, action=FIRST, report="看过").fails(
        "action-not-there-yet"
    )


def test_what_a_unit_does_is_said_on_its_work_order() -> None:
    before = (PROPOSED, SCHEDULED, HELD, assigned(FIRST, ByUnit(unit="power")))
    given(consultations, *before).when(consultation.complete_own, action=FIRST, report="好了").fails(
        "follow-the-work-order"
    )


def test_an_action_is_overdue_once_and_only_while_it_is_not_done() -> None:
    before = (PROPOSED, SCHEDULED, HELD, assigned(FIRST, ByCommunity()))
    overdue = ActionOverdue(action=FIRST, due=AT)
    given(consultations, *before).when(consultation.miss, action=FIRST, due=AT).then(overdue)
    given(consultations, *before, overdue).when(consultation.miss, action=FIRST, due=AT).then()
    done = ActionCompleted(action=FIRST, report="好了")
    given(consultations, *before, done).when(consultation.miss, action=FIRST, due=AT).then()
