"""Who is told what, when something happens. The same event tells nobody twice."""

from collections.abc import Iterable
from typing import Any
from uuid import uuid5

from services.notify import message
from services.notify.message import inbox_of, messages
from shared.contracts.deliberation import ActionAssigned, ActionReturned, InvitedPerson, ParticipantInvited
from shared.contracts.intake import (
    DeadlineNear,
    IssueAcknowledged,
    IssueAnswered,
    IssueClosed,
    IssueEscalated,
    IssueMerged,
    IssueOverdue,
    IssueRaised,
    IssueReferred,
    IssueReturned,
    IssueSeconded,
    IssueSplit,
    IssueSplitOff,
    Step,
)
from shared.contracts.notify import Recipient, ToOperators, ToPerson, ToRole
from shared.contracts.partner import WorkOrderIssued, WorkReturned
from shared.contracts.volunteer import WishClaimed, WishConfirmed, WishRegistered
from shared.contracts.words import PersonId, Role
from shared.eventlog.recorded import Recorded
from shared.reacting.reactions import Do, Reactions, newest

reactions = Reactions()


def _tell(event: Recorded, recipient: Recipient, template: str, text: str) -> Do:
    whom = inbox_of(recipient)
    said: dict[str, Any] = {
        "community": event.community,
        "recipient": recipient,
        "template": template,
        "matter": event.correlation,
        "text": text,
    }
    return Do(messages, uuid5(event.id, f"{template}/{whom}"), message.queue, said, event.community)


def _tell_the_raiser(event: Recorded, issue: list[Recorded], template: str, text: str) -> Iterable[Do]:
    """Nobody, where it was skipped who that is."""
    if raised := newest(IssueRaised, issue):
        yield _tell(event, ToPerson(person=raised.by), template, text)


@reactions.on(IssueAcknowledged)
def tell_the_raiser_it_is_taken_up(_: IssueAcknowledged, event: Recorded, issue: list[Recorded]) -> Iterable[Do]:
    """受理"""
    return _tell_the_raiser(event, issue, "issue-acknowledged", "您提出的诉求已受理。")


@reactions.on(IssueMerged)
def tell_the_raiser_where_it_goes_on(_: IssueMerged, event: Recorded, issue: list[Recorded]) -> Iterable[Do]:
    """合并"""
    text = "您提出的诉求与邻居的同一事项合并办理，您已计入附议。"
    return _tell_the_raiser(event, issue, "issue-merged", text)


@reactions.on(IssueSplit)
def tell_the_raiser_it_goes_on_alone(_: IssueSplit, event: Recorded, issue: list[Recorded]) -> Iterable[Do]:
    """拆分"""
    return _tell_the_raiser(event, issue, "issue-split", "您提出的诉求已从合并事项中拆出，单独办理。")


@reactions.on(IssueReferred)
def tell_the_raiser_who_has_it(_: IssueReferred, event: Recorded, issue: list[Recorded]) -> Iterable[Do]:
    """转办"""
    return _tell_the_raiser(event, issue, "issue-referred", "您提出的诉求已转办。")


@reactions.on(IssueReturned)
def tell_who_referred_it(returned: IssueReturned, event: Recorded, issue: list[Recorded]) -> Iterable[Do]:
    """拒单: the secretary refers it anew."""
    text = f"共建单位未接单，请重新转办：{returned.reason}"[:200]
    if referred := newest(IssueReferred, issue):
        yield _tell(event, ToPerson(person=referred.by), "issue-returned", text)


@reactions.on(ActionReturned)
def tell_who_assigned_it(returned: ActionReturned, event: Recorded, consultation: list[Recorded]) -> Iterable[Do]:
    """拒单: the secretary assigns it anew. What was only not well done, its unit hears by its work order."""
    assigned = newest(ActionAssigned, consultation, lambda one: one.action == returned.action)
    if returned.given_back and assigned:
        text = f"共建单位未接单，请另行分派：{returned.reason}"[:200]
        yield _tell(event, ToPerson(person=assigned.by), "action-returned", text)


@reactions.on(IssueAnswered)
def tell_the_raiser_the_answer(answered: IssueAnswered, event: Recorded, issue: list[Recorded]) -> Iterable[Do]:
    """答复"""
    return _tell_the_raiser(event, issue, "issue-answered", f"社区答复：{answered.answer}"[:200])


@reactions.on(IssueClosed)
def ask_the_raiser_to_rate(_: IssueClosed, event: Recorded, issue: list[Recorded]) -> Iterable[Do]:
    """办结: the raiser is asked, all others who wanted it hear of it."""
    yield from _tell_the_raiser(event, issue, "rate-please", "您提出的诉求已办结，问题解决了吗？请评价。")
    raised = newest(IssueRaised, issue)
    for voice in _seconds(issue):
        if raised is None or voice != raised.by:
            yield _tell(event, ToPerson(person=voice), "issue-closed", "您附议的事项已办结。")


def _seconds(issue: list[Recorded]) -> Iterable[PersonId]:
    """Who has seconded it, each once, but those who have left it with an issue that was split off."""
    seconds: dict[PersonId, None] = {}
    for one in issue:
        match one.data:
            case IssueSeconded(by=by):
                seconds[by] = None
            case IssueSplitOff(voices=voices):
                for voice in voices:
                    seconds.pop(voice, None)
            case _:
                pass
    return seconds


STEPS = {
    Step.ACKNOWLEDGE: "受理",
    Step.REFER: "转办",
    Step.ACCEPT: "接办",
    Step.FINISH: "办结",
    Step.FOLLOW_UP: "回访",
}


@reactions.on(DeadlineNear)
def warn_who_sees_to_it(near: DeadlineNear, event: Recorded, issue: list[Recorded]) -> Iterable[Do]:
    """临期: who took it up; as long as nobody has, the secretary."""
    taken = newest(IssueAcknowledged, issue)
    recipient = ToPerson(person=taken.by) if taken else ToRole(role=Role.SECRETARY, community=event.community)
    yield _tell(event, recipient, "deadline-near", f"诉求将到{STEPS[near.step]}时限，请尽快办理。")


@reactions.on(IssueOverdue)
def tell_the_secretary_it_is_overdue(overdue: IssueOverdue, event: Recorded, _: Any) -> Iterable[Do]:
    """超期"""
    secretary = ToRole(role=Role.SECRETARY, community=event.community)
    yield _tell(event, secretary, "issue-overdue", f"诉求{STEPS[overdue.step]}已超期，请督办。")


@reactions.on(IssueEscalated)
def tell_the_sub_district(escalated: IssueEscalated, event: Recorded, _: Any) -> Iterable[Do]:
    """上报街道"""
    officer = ToRole(role=Role.OFFICER, community=event.community)
    yield _tell(event, officer, "issue-escalated", f"诉求已上报街道：{escalated.reason}"[:200])


@reactions.on(ParticipantInvited)
def invite(invited: ParticipantInvited, event: Recorded, _: Any) -> Iterable[Do]:
    """邀请"""
    text = f"请您参加协商会：{invited.matter}"[:200]
    match invited.invitee:
        case InvitedPerson(person=person):
            yield _tell(event, ToPerson(person=person), "invitation", text)
        case unit:
            yield _tell(event, ToOperators(unit=unit.unit), "invitation", text)


@reactions.on(WorkOrderIssued)
def tell_the_unit_of_its_order(issued: WorkOrderIssued, event: Recorded, _: Any) -> Iterable[Do]:
    """派单"""
    yield _tell(event, ToOperators(unit=issued.unit), "work-order", f"新工单：{issued.task}"[:200])


@reactions.on(WorkReturned)
def tell_the_unit_it_came_back(returned: WorkReturned, event: Recorded, order: list[Recorded]) -> Iterable[Do]:
    """退回"""
    if issued := newest(WorkOrderIssued, order):
        yield _tell(event, ToOperators(unit=issued.unit), "work-returned", f"工单退回：{returned.reason}"[:200])


@reactions.on(WishClaimed)
def tell_who_registered_it(_: WishClaimed, event: Recorded, wish: list[Recorded]) -> Iterable[Do]:
    """认领"""
    if registered := newest(WishRegistered, wish):
        text = f"微心愿“{registered.item}”有人认领了。"[:200]
        yield _tell(event, ToPerson(person=registered.by), "wish-claimed", text)


@reactions.on(WishConfirmed)
def thank_who_fulfilled_it(confirmed: WishConfirmed, event: Recorded, wish: list[Recorded]) -> Iterable[Do]:
    """确认"""
    if claimed := newest(WishClaimed, wish, lambda one: one.claim == confirmed.claim):
        yield _tell(event, ToPerson(person=claimed.by), "wish-confirmed", "您送达的微心愿已确认，谢谢您！")
