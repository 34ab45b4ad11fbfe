"""What follows when a partner unit does not take a work order on."""

from datetime import UTC, datetime
from uuid import UUID

from services.deliberation import consultation
from services.deliberation.consultation import consultations
from services.deliberation.reactions import reactions as of_deliberation
from services.intake.issues import issue
from services.intake.issues.issue import issues
from services.intake.reactions import reactions as of_intake
from services.partner.reactions import reactions as of_partner
from shared.contracts.deliberation import (
    ActionAssigned,
    ActionOverdue,
    ActionReturned,
    Assignee,
    ByCommunity,
    ByUnit,
    ConsultationHeld,
    ConsultationProposed,
    Way,
)
from shared.contracts.intake import (
    IssueAcknowledged,
    IssueClosed,
    IssueRaised,
    IssueReferred,
    IssueReturned,
    Referral,
    ToCommunity,
    ToConsultation,
    ToUnit,
    Where,
)
from shared.contracts.partner import FromAction, FromIssue, Origin, WorkOrderDeclined, WorkOrderIssued
from shared.contracts.words import ActionId, Channel, ConsultationId, IssueId, PersonId
from shared.reacting.reactions import Do, Forget
from tests.given import STREAM, follows, given

AT = datetime(2023, 11, 24, 7, tzinfo=UTC)
LATER = datetime(2023, 12, 1, 7, tzinfo=UTC)
RAISER, SECRETARY, OPERATOR = PersonId(UUID(int=1)), PersonId(UUID(int=2)), PersonId(UUID(int=3))
ISSUE, CONSULTATION, ACTION = IssueId(UUID(int=4)), ConsultationId(UUID(int=5)), ActionId(UUID(int=6))
OF_ACTION, OF_ISSUE = FromAction(consultation=CONSULTATION, action=ACTION), FromIssue(issue=ISSUE)
REASON = "线路不归我们管"


def declined(origin: Origin) -> tuple[WorkOrderIssued, WorkOrderDeclined]:
    issued = WorkOrderIssued(community="yaopo", unit="power", origin=origin, task="接通", due=AT)
    return issued, WorkOrderDeclined(by=OPERATOR, origin=origin, reason=REASON)


def assigned(assignee: Assignee, due: datetime = AT) -> ActionAssigned:
    return ActionAssigned(
        community="yaopo",
        by=SECRETARY,
        action=ACTION,
        consultation=CONSULTATION,
        assignee=assignee,
        task="接通",
        due=due,
    )


HELD = (
    ConsultationProposed(community="yaopo", matter="楼道灯", issues=(ISSUE,)),
    ConsultationHeld(by=SECRETARY, attendance=12, way=Way.CONSENSUS, outcome="接通", minutes="接通"),
)
TO_POWER = (*HELD, assigned(ByUnit(unit="power")))
GIVEN_BACK = ActionReturned(action=ACTION, reason=REASON, given_back=True)
ANEW = {"by": SECRETARY, "id": CONSULTATION, "action": ACTION, "task": "接通", "due": LATER}


def test_what_was_ordered_for_an_action_gives_the_action_back_and_touches_no_issue() -> None:
    said = {"action": ACTION, "reason": REASON}
    assert follows(of_deliberation, *declined(OF_ACTION)) == [
        Do(consultations, CONSULTATION, consultation.give_back, said)
    ]
    assert follows(of_intake, *declined(OF_ACTION)) == []


def test_what_was_ordered_for_an_issue_returns_the_issue_and_touches_no_action() -> None:
    [returned] = follows(of_intake, *declined(OF_ISSUE))
    assert isinstance(returned, Do)
    assert (returned.aggregate, returned.id) == (issues, ISSUE)
    assert returned.arguments.items() >= {"command": issue.return_, "reason": REASON}.items()
    assert follows(of_deliberation, *declined(OF_ISSUE)) == []


def test_nobody_waits_any_longer_for_an_order_that_was_declined() -> None:
    assert follows(of_partner, *declined(OF_ISSUE)) == [Forget("work-order-overdue", str(STREAM))]


def test_an_action_is_given_back_with_the_reason_while_it_is_not_done() -> None:
    given(consultations, *TO_POWER).when(consultation.give_back, action=ACTION, reason=REASON).then(GIVEN_BACK)
    again = given(consultations, *TO_POWER, GIVEN_BACK)
    again.when(consultation.give_back, action=ACTION, reason=REASON).fails("action-not-there-yet")
    again.when(consultation.complete, action=ACTION, report="好了").fails("action-not-there-yet")


def test_only_an_action_that_was_given_back_is_assigned_anew_and_to_anybody() -> None:
    given(consultations, *TO_POWER).when(consultation.assign_anew, assignee=ByCommunity(), **ANEW).fails(
        "action-not-given-back"
    )
    for other in (ByUnit(unit="property"), ByCommunity()):
        given(consultations, *TO_POWER, GIVEN_BACK).when(consultation.assign_anew, assignee=other, **ANEW).then(
            assigned(other, LATER)
        )
    nothing = given(consultations, *HELD)
    nothing.when(consultation.assign_anew, assignee=ByCommunity(), **ANEW).fails("action-not-found")


def test_an_action_that_nobody_has_is_not_done_and_may_be_overdue() -> None:
    overdue = ActionOverdue(action=ACTION, due=AT)
    given(consultations, *TO_POWER, GIVEN_BACK).when(consultation.miss, action=ACTION, due=AT).then(overdue)


def referred(referral: Referral) -> tuple[IssueRaised, IssueAcknowledged, IssueReferred]:
    return (
        IssueRaised(community="yaopo", by=RAISER, channel=Channel.WEB, text="楼道灯不亮", where=Where()),
        IssueAcknowledged(by=SECRETARY),
        IssueReferred(community="yaopo", by=SECRETARY, matter="楼道灯不亮", category=None, referral=referral),
    )


RETURNED = IssueReturned(unit="power", reason=REASON)


def test_an_issue_that_went_straight_to_the_unit_is_returned_and_referred_anew() -> None:
    at_power = referred(ToUnit(unit="power"))
    given(issues, *at_power).when(issue.return_, reason=REASON).then(RETURNED)
    anew = referred(ToUnit(unit="property"))[-1]
    again = given(issues, *at_power, RETURNED)
    again.when(issue.refer, by=SECRETARY, referral=ToUnit(unit="property")).then(anew)
    again.when(issue.return_, reason=REASON).then()


def test_an_issue_that_is_elsewhere_by_now_stays_there() -> None:
    for stream in (
        referred(ToConsultation()),
        referred(ToCommunity()),
        (*referred(ToUnit(unit="power")), IssueClosed(outcome="灯亮了")),
    ):
        given(issues, *stream).when(issue.return_, reason=REASON).then()
