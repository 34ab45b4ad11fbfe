"""What a view is: a pure fold from events to documents, and the columns that its lists are read by."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, NamedTuple

from shared.contracts.event import Event
from shared.eventlog.recorded import Recorded
from shared.projecting.scoped import Seen
from shared.projecting.slices import Index, OfCommunities, OfStream, Slice, Whole, several

Row = dict[str, Any]
"""A document, of what orjson writes. What fold gets has been through JSON: times and ids in it are strings."""


class Foldable:
    """What View and Figure have in common: a table of documents, one of its builds in use at a time."""

    number: ClassVar[int]
    columns: ClassVar[Mapping[str, str]]
    order: ClassVar[str | None]
    lists: ClassVar[tuple[tuple[str, ...], ...]]
    scope: ClassVar[Seen]

    @classmethod
    def behind(cls, key: str) -> Sequence[Slice]:
        """Slices of the log with all events that touch one document; what else is in them does no harm."""
        raise NotImplementedError

    @classmethod
    def behind_list(cls, where: Mapping[str, Any]) -> Sequence[Slice]:
        """The same for all documents of a list."""
        raise NotImplementedError

    @classmethod
    def table(cls) -> str:
        """The view's name in SQL and on the command line: `problem_lists` of `ProblemLists`."""
        return re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()


class View(Foldable):
    """A read model over the log: `class Ledger(View, number=1, scope=…, events=(…), columns={…}, order="raised_at")`.

    `number` is raised whenever fold, keys or columns change; the new table is then built beside the old one.
    `scope` says who may see which rows: by columns of theirs, `Scoped(community="community")`, or all, `PUBLIC`.
    `columns` (name to SQL type) are taken from the document to filter and order by; `lists` are the filters that
    pages are asked for with, each of which gets an index. Lists are read newest first where `order` is a time. A
    `tsvector`, written as PostgreSQL reads one, gets an index of its words.
    `finds`: what `behind` and `behind_list` find events by besides stream and community, each an index of the log."""

    events: ClassVar[tuple[type[Event], ...]]
    wanted: ClassVar[frozenset[tuple[str, str]]]
    finds: ClassVar[tuple[Index, ...]]
    figures: ClassVar[list[type["Figure"]]]

    def __init_subclass__(
        cls,
        *,
        number: int,
        scope: Seen,
        events: tuple[type[Event], ...],
        columns: Mapping[str, str],
        order: str,
        lists: tuple[tuple[str, ...], ...] | None = None,
        finds: tuple[Index, ...] = (),
    ) -> None:
        scope.check(columns)
        cls.number, cls.scope, cls.events, cls.columns, cls.order = number, scope, events, columns, order
        cls.lists = lists if lists is not None else tuple((column,) for column in columns if column != order)
        cls.wanted = frozenset((event.service, event.event_name) for event in events)
        cls.finds = finds
        cls.figures = []

    @classmethod
    def tables(cls) -> list[type[Foldable]]:
        """The view and its figures: each has a table of its own in a build."""
        return [cls, *cls.figures]

    def keys(self, event: Recorded) -> Sequence[str]:
        """The documents that an event touches. Where it is another than the stream's, say so in `behind`, too."""
        return (event.stream_id,)

    @classmethod
    def behind(cls, key: str) -> Sequence[Slice]:
        return (OfStream(key),)

    @classmethod
    def behind_list(cls, where: Mapping[str, Any]) -> Sequence[Slice]:
        """What stands under its community, where it names one: another's events never touch the document."""
        return (OfCommunities(several(where["community"])),) if "community" in where else (Whole(),)

    def fold(self, row: Row | None, event: Recorded) -> Row | None:
        """What an event makes of a document; None deletes it, or leaves it unmade."""
        raise NotImplementedError


class Change(NamedTuple):
    """What an event has made of one document of a view."""

    before: Row | None
    after: Row | None
    event: Recorded


class Figure(Foldable):
    """A view over another view's changes, in the same build and transaction: a count can't drift from its rows. It has
    columns only for its `scope`, and is read one document at a time."""

    of: ClassVar[type[View]]

    def __init_subclass__(
        cls, *, of: type[View], number: int, scope: Seen, columns: Mapping[str, str] | None = None
    ) -> None:
        scope.check(columns or {})
        cls.of, cls.number, cls.scope = of, number, scope
        cls.columns, cls.order, cls.lists = columns or {}, None, ()
        of.figures.append(cls)

    def keys(self, change: Change) -> Sequence[str]:
        """The documents that a change touches. By which rows they are found again, say in `behind`."""
        raise NotImplementedError

    @classmethod
    def behind(cls, key: str) -> Sequence[Slice]:
        return (Whole(),)

    def fold(self, row: Row | None, change: Change) -> Row | None:
        """What a change makes of a document."""
        raise NotImplementedError
