"""Who is told what."""

from datetime import UTC, datetime
from uuid import UUID

from services.notify.reactions import reactions
from shared.contracts.deliberation import ActionAssigned, ActionReturned, ByUnit
from shared.contracts.event import Event
from shared.contracts.intake import IssueAnswered, IssueRaised, IssueReferred, IssueReturned, ToUnit, Where
from shared.contracts.notify import Recipient, ToPerson
from shared.contracts.words import ActionId, Channel, ConsultationId, PersonId
from shared.reacting.reactions import Do
from tests.given import follows

RAISER, WORKER, SECRETARY = PersonId(UUID(int=11)), PersonId(UUID(int=13)), PersonId(UUID(int=14))
ACTION, OTHER = ActionId(UUID(int=5)), ActionId(UUID(int=6))
RAISED = IssueRaised(community="yaopo", by=RAISER, channel=Channel.WEB, text="楼道灯不亮", where=Where())


def told(*stream: Event) -> list[tuple[Recipient, str, str]]:
    """Whom, by which template, in which words."""
    return [
        (effect.arguments["recipient"], effect.arguments["template"], effect.arguments["text"])
        for effect in follows(reactions, *stream)
        if isinstance(effect, Do)
    ]


def test_the_raiser_reads_what_the_community_answers() -> None:
    answered = IssueAnswered(by=WORKER, answer="网格员换了灯泡")
    assert told(RAISED, answered) == [(ToPerson(person=RAISER), "issue-answered", "社区答复：网格员换了灯泡")]


def test_whoever_referred_an_issue_hears_that_the_unit_declined() -> None:
    to = ToUnit(unit="power")
    before, after = (
        IssueReferred(community="yaopo", by=by, matter="楼道灯不亮", category=None, referral=to)
        for by in (WORKER, SECRETARY)
    )
    returned = IssueReturned(unit="power", reason="线路不归我们管")
    assert told(RAISED, before, returned, after, returned) == [
        (ToPerson(person=SECRETARY), "issue-returned", "共建单位未接单，请重新转办：线路不归我们管")
    ]


def assigned(action: ActionId, by: PersonId) -> ActionAssigned:
    return ActionAssigned(
        community="yaopo",
        by=by,
        action=action,
        consultation=ConsultationId(UUID(int=7)),
        assignee=ByUnit(unit="power"),
        task="接通",
        due=datetime(2023, 11, 24, 7, tzinfo=UTC),
    )


def test_whoever_assigned_an_action_hears_that_the_unit_declined_and_not_that_work_was_returned() -> None:
    stream = assigned(ACTION, SECRETARY), assigned(OTHER, WORKER)
    given_back = ActionReturned(action=ACTION, reason="线路不归我们管", given_back=True)
    assert told(*stream, given_back) == [
        (ToPerson(person=SECRETARY), "action-returned", "共建单位未接单，请另行分派：线路不归我们管")
    ]
    assert told(*stream, ActionReturned(action=ACTION, reason="还有一层不亮")) == []
