"""Who is told what."""

from uuid import UUID

from services.notify.reactions import reactions
from shared.contracts.event import Event
from shared.contracts.intake import IssueAnswered, IssueRaised, Where
from shared.contracts.notify import Recipient, ToPerson
from shared.contracts.words import Channel, PersonId
from shared.reacting.reactions import Do
from tests.given import follows

RAISER, WORKER = PersonId(UUID(int=11)), PersonId(UUID(int=13))
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
