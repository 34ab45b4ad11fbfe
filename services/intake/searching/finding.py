"""Issues found by words and by what the ledger says of them, as far as who asks may see them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any

from services.intake.issues.views import Ledger
from services.intake.searching.views import IssueWords
from services.intake.searching.words import Sought, matches, tsquery, words
from shared.deciding.act import Act
from shared.deciding.refusals import NotValid
from shared.deciding.scope import COMMUNITY, PERSON, PLACE, place_of
from shared.eventlog.connections import Connection
from shared.projecting.reading import Between, cursor_values, page_of
from shared.projecting.view import Row
from shared.web.reading import Part, Reading

EVER = datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC)
FIND = """
select l.document, l.raised_at as at, l.key
from views.find_issues($1::text::tsquery, $2::text::tsquery, $3, $4, $5, $6, $7, $8, $9)
join views.ledger l on l.key = found
order by l.raised_at desc, l.key desc
"""


async def install_finding(connection: Connection, role: str) -> None:
    """The function that reads the index."""
    sql = files("services.intake.searching").joinpath("find.sql").read_text()
    await connection.execute(sql.replace("{role}", role))


@dataclass(frozen=True, slots=True)
class Asked:
    """The issues that are asked for: each field narrows them. A place is one of the community; `first` is included,
    `before` is not."""

    words: tuple[Sought, ...] = ()
    community: str | None = None
    place: str | None = None
    person: str | None = None
    status: str | None = None
    category: str | None = None
    first: datetime = EVER[0]
    before: datetime = EVER[1]

    @property
    def narrow(self) -> bool:
        """Whether it is about few issues, however many there are."""
        return self.community is not None or self.person is not None

    def tsqueries(self) -> tuple[str | None, str | None]:
        """What of it the index holds, and the beginnings of words."""
        marks: list[str] = []
        if self.community:
            marks.append(f"{COMMUNITY}{self.community}")
        if self.community and self.place:
            marks.append(f"{PLACE}{place_of(self.community, self.place)}")
        if self.person:
            marks.append(f"{PERSON}{self.person}")
        whole = tsquery((one for one in self.words if not one.begun), *marks)
        return whole, tsquery(one for one in self.words if one.begun)

    def where(self) -> Mapping[str, Any]:
        """All but the words, as conditions on the ledger's columns."""
        columns = {
            "community": self.community,
            "place": self.place,
            "raised_by": self.person,
            "status": self.status,
            "category": self.category,
        }
        said = {name: value for name, value in columns.items() if value is not None}
        return said if (self.first, self.before) == EVER else {**said, "raised_at": Between(self.first, self.before)}

    def matches(self, row: Row) -> bool:
        """Whether a row of the ledger has the words."""
        return matches(self.words, words((row["text"], row["where"]["detail"])))


async def find(read: Reading, act: Act, asked: Asked, part: Part) -> bytes:
    """A page of them, newest first, as the ledger's lists are. Raises NotValid, and what Reader.list raises."""
    reader, scope = read.reader, act.scope
    if scope.everything and not asked.narrow:
        raise NotValid(
            "search-where",
            "您能看全部社区，请写明在哪个社区（community）找，或找谁（person）提的。",
            "You see every community: say in which `community` to look, or for which `person`.",
        )
    if read.at is not None:

        def sees(row: Row) -> bool:
            return Ledger.scope.permits(scope, row) and asked.matches(row)

        return await reader.past.list(Ledger, asked.where(), read.at, sees, after=part.after, limit=part.limit)
    at, key = cursor_values(Ledger, part.after) or (EVER[1], "")
    values = [*asked.tsqueries(), asked.status, asked.category, asked.first, asked.before, at, key, part.limit + 1]
    rows = await reader.query(scope, (IssueWords, Ledger), FIND, values, read_after=read.read_after)
    return page_of(rows, part.limit)
