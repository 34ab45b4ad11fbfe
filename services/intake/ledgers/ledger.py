"""A ledger 台账 that comes in: checked whole before anything is raised, then raised line by line, each line once."""

from dataclasses import dataclass, replace
from uuid import uuid5

from services.intake.ledgers.columns import Line
from shared.contracts.event import Event
from shared.contracts.intake import (
    IssueClassified,
    IssueClosed,
    IssueRaised,
    LedgerImported,
    LedgerRaised,
    Where,
)
from shared.contracts.words import PersonId
from shared.deciding.aggregate import Aggregate


@dataclass(frozen=True, slots=True)
class Ledger:
    """Whose it is, and whether all its lines are issues by now."""

    community: str
    by: PersonId
    lines: int
    raised: bool = False


def evolve(ledger: Ledger | None, event: Event) -> Ledger | None:
    """What an event makes of a ledger."""
    match ledger, event:
        case None, LedgerImported(community=community, by=by, lines=lines):
            return Ledger(community, by, lines)
        case Ledger(), LedgerRaised():
            return replace(ledger, raised=True)
        case _:
            return ledger


def import_(*, community: str, by: PersonId, lines: int) -> LedgerImported:
    """It has been checked, and its lines are kept to be raised."""
    return LedgerImported(community=community, by=by, lines=lines)


def finish(ledger: Ledger, *, raised: int, known: int) -> list[LedgerRaised]:
    """Said once."""
    return [] if ledger.raised else [LedgerRaised(raised=raised, known=known)]


def issue_of(imported: LedgerImported, line: Line) -> list[Event]:
    """What a line says of its issue. Who raised it, if no id says so, is somebody of whom nothing is known."""
    events: list[Event] = [
        IssueRaised(
            community=imported.community,
            by=PersonId(line.by or uuid5(line.id, "raiser")),
            recorded_by=imported.by,
            channel=line.channel,
            text=line.text,
            where=Where(place=line.place, detail=line.detail),
        )
    ]
    if line.category:
        events.append(IssueClassified(by=imported.by, category=line.category, urgency=line.urgency, kind=line.kind))
    if line.closed_at and line.outcome:
        events.append(IssueClosed(outcome=line.outcome))
    return events


ledgers = Aggregate("ledger", evolve)
