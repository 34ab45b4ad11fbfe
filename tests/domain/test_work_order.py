"""The rules of a work order, and of who may be granted what."""

from datetime import UTC, datetime
from uuid import UUID

from services.directory import person
from services.directory.person import people
from services.partner import work_order
from services.partner.work_order import work_orders
from shared.contracts.directory import PersonRegistered, RoleGranted, RoleRevoked, Scope
from shared.contracts.partner import FromIssue, WorkCompleted, WorkOrderAccepted, WorkOrderIssued, WorkReturned
from shared.contracts.words import IssueId, PersonId, Role
from shared.deciding.act import Grant
from tests.given import given

AT = datetime(2023, 11, 24, 7, tzinfo=UTC)
OPERATOR = PersonId(UUID(int=1))
ORIGIN = FromIssue(issue=IssueId(UUID(int=2)))
ISSUED = WorkOrderIssued(community="yaopo", unit="power", origin=ORIGIN, task="接通", due=AT)
ACCEPTED = WorkOrderAccepted(by=OPERATOR)
COMPLETED = WorkCompleted(by=OPERATOR, origin=ORIGIN, report="接通了")


def test_an_order_is_accepted_before_it_is_worked_on() -> None:
    given(work_orders, ISSUED).when(work_order.complete, by=OPERATOR, report="接通了").fails("work-order-not-there")
    given(work_orders, ISSUED, ACCEPTED).when(work_order.complete, by=OPERATOR, report="接通了").then(COMPLETED)


def test_returned_work_is_completed_again() -> None:
    returned = WorkReturned(by=OPERATOR, origin=ORIGIN, reason="还有一层不亮")
    given(work_orders, ISSUED, ACCEPTED, COMPLETED).when(work_order.return_, by=OPERATOR, reason="还有一层不亮").then(
        returned
    )
    again = given(work_orders, ISSUED, ACCEPTED, COMPLETED, returned)
    again.when(work_order.complete, by=OPERATOR, report="接通了").then(COMPLETED)


def test_done_work_is_not_overdue() -> None:
    given(work_orders, ISSUED, ACCEPTED, COMPLETED).when(work_order.miss, due=AT).then()


def test_a_role_needs_a_scope_that_fits() -> None:
    registered = PersonRegistered(community="yaopo", label="resident~1")
    wrong = {"role": Role.OPERATOR, "scope": Scope(community="yaopo")}
    given(people, registered).when(person.grant, **wrong).fails("scope-does-not-fit")
    right = RoleGranted(role=Role.OPERATOR, scope=Scope(unit="power"))
    given(people, registered).when(person.grant, role=Role.OPERATOR, scope=Scope(unit="power")).then(right)


def test_a_revoked_or_ended_role_is_in_no_token_and_an_officer_covers_the_sub_district() -> None:
    registered = PersonRegistered(community="yaopo", label="resident~1")
    secretary = Scope(community="yaopo")
    officer = Scope(sub_district="shangzhan")
    state = people.fold(
        [
            registered,
            RoleGranted(role=Role.SECRETARY, scope=secretary),
            RoleRevoked(role=Role.SECRETARY, scope=secretary),
            RoleGranted(role=Role.VOLUNTEER, scope=secretary, until=AT),
            RoleGranted(role=Role.OFFICER, scope=officer),
        ]
    )
    assert state is not None
    assert state.grants(AT, {"shangzhan": ["yaopo"]}, {}) == [
        Grant(Role.OFFICER, None, None, "shangzhan"),
        Grant(Role.OFFICER, "yaopo", None, "shangzhan"),
    ]
