"""Who is told what, when something happens. The same event tells nobody twice."""

from collections.abc import Iterable
from typing import Any
from uuid import uuid5

from services.notify import message
from services.notify.message import messages
from shared.contracts.deliberation import ActionAssigned, ActionReturned, InvitedPerson, ParticipantInvited
from shared.contracts.intake import (
    IssueAcknowledged,
    IssueAnswered,
    IssueClosed,
    IssueMerged,
    IssueRaised,
    IssueReferred,
    IssueReturned,
    IssueSeconded,
)
from shared.contracts.notify import Recipient, ToOperators, ToPerson
from shared.contracts.partner import WorkOrderIssued, WorkReturned
from shared.contracts.volunteer import WishClaimed, WishConfirmed, WishRegistered
from shared.eventlog.recorded import Recorded
from shared.reacting.reactions import Do, Reactions, newest

reactions = Reactions()


def _tell(event: Recorded, recipient: Recipient, template: str, text: str) -> Do:
    whom = recipient.person if isinstance(recipient, ToPerson) else recipient.unit
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
    seconds = [one.data.by for one in issue if isinstance(one.data, IssueSeconded)]
    for voice in dict.fromkeys(seconds):
        if raised is None or voice != raised.by:
            yield _tell(event, ToPerson(person=voice), "issue-closed", "您附议的事项已办结。")


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
