"""The index of issues: the words of each, and the marks by which the ledger says who sees it."""

from services.intake.issues.views import Ledger
from services.intake.searching.words import tsvector, words
from shared.contracts.intake import IssueRaised
from shared.deciding.scope import EVERYTHING
from shared.eventlog.recorded import Recorded
from shared.projecting import Row, View


class IssueWords(
    View,
    number=1,
    scope=Ledger.scope,
    events=(IssueRaised,),
    columns={
        "community": "text",
        "place": "text",
        "raised_by": "text",
        "raised_at": "timestamptz",
        "words": "tsvector",
    },
    order="raised_at",
    lists=((), ("community",)),
):
    """One row an issue, written once: what changes of it is the ledger's. `words`: what it and the description of its
    place say, and its marks."""

    def fold(self, row: Row | None, event: Recorded) -> Row | None:
        match event.data:
            case IssueRaised(community=community, by=by, text=text, where=where):
                row = {"community": community, "place": where.place, "raised_by": by, "raised_at": event.at}
                marks = {mark for mark in self.scope.marks(row) if mark != EVERYTHING}
                return row | {"words": tsvector(words((text, where.detail)) | marks)}
            case _:
                return row
