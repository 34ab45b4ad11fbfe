"""Folding in memory: what fold gets, and the documents that some events make."""

from collections.abc import Mapping
from itertools import compress
from operator import is_not
from typing import cast
from uuid import UUID

import orjson

from shared.eventlog.recorded import Recorded
from shared.projecting.view import Change, Figure, Foldable, Row, View

PLAIN = frozenset({str, int, bool, type(None)})
"""Types whose values JSON gives back as they were; of a float that is not so: NaN."""
EMPTY = frozenset({list, dict})


def plain(row: Row | None, before: Row | None) -> Row | None:
    """The row as it will come back from JSON, so that fold sees the same whether or not it was stored meanwhile. What
    it has kept of the row before is so already: each value that is the very one which stood in that place."""
    if row is None or row is before:
        return row
    if before is None or len(row) > len(before):
        names = list(row)
    else:
        names = list(compress(row, map(is_not, row.values(), before.values())))
    for name in names:
        value = row[name]
        kind = cast("type[object]", type(value))
        if kind in PLAIN:
            continue
        if kind is UUID:
            row[name] = str(value)
        elif value or kind not in EMPTY:
            row[name] = orjson.loads(orjson.dumps(value))
    return row


class Fold:
    """The documents of a view or figure, as they are after all events taken so far; only one of them, where a key is
    given."""

    def __init__(self, of: type[Foldable], key: str | None = None):
        self._view: View = root_of(of)()
        self._figure: Figure | None = of() if issubclass(of, Figure) else None
        self._key = key
        self._rows: dict[str, Row] = {}
        self._counted: dict[str, Row] = {}

    @property
    def documents(self) -> Mapping[str, Row]:
        """By their keys."""
        return self._rows if self._figure is None else self._counted

    def take(self, event: Recorded) -> None:
        """Goes on by one event. Raises Unreadable and what a fold raises."""
        if (event.source, event.type) not in self._view.wanted:
            return
        for key in self._view.keys(event):
            if self._figure is not None or self._key in (None, key):
                before = self._rows.get(key)
                after = plain(self._view.fold(before, event), before)
                if after is not before:
                    _put(self._rows, key, after)
                    self._count(Change(before, after, event))

    def _count(self, change: Change) -> None:
        if self._figure is None:
            return
        for key in self._figure.keys(change):
            if self._key in (None, key):
                before = self._counted.get(key)
                _put(self._counted, key, plain(self._figure.fold(before, change), before))


def root_of(kind: type[Foldable]) -> type[View]:
    """The view itself, or the one that a figure is of."""
    if issubclass(kind, Figure):
        return kind.of
    assert issubclass(kind, View)
    return kind


def _put(rows: dict[str, Row], key: str, row: Row | None) -> None:
    if row is None:
        rows.pop(key, None)
    else:
        rows[key] = row
