"""Who may see a view's rows: declared once, from it the database's policy and the same rule for a row at hand."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from shared.deciding.scope import (
    ANYONE,
    COMMUNITY,
    EVERYTHING,
    MEMBER,
    OVERSEEN,
    PART,
    PERSON,
    PLACE,
    UNIT,
    Scope,
    place_of,
)

SETTING = "shangliang.scope"
"""The marks of who reads, a text[], set for one transaction. Unset it is null, or empty where it has been set before:
no row carries a mark of none."""
MARKS = f"(select nullif(current_setting('{SETTING}', true), '')::text[])::text[]"
"""Evaluated once a query, because it depends on no row; the cast outside makes of it an array for ANY, not a set."""


class Seen(Protocol):
    """Who sees which rows."""

    def check(self, columns: Mapping[str, str]) -> None:
        """Raises TypeError where it names what is no column of the view, or one of another type."""
        ...

    def marks(self, row: Mapping[str, Any]) -> Iterator[str]:
        """What the row carries: it is seen by who carries one of these."""
        ...

    def permits(self, scope: Scope, row: Mapping[str, Any]) -> bool:
        """Whether the scope sees the row."""
        ...

    def policy(self) -> str:
        """The same as an SQL condition over the view's columns."""
        ...


@dataclass(frozen=True)
class Scoped:
    """The columns that say whose a row is. It is seen by the workers of its `community`, of whom those who reach some
    places only see what is about none or about one of these (`place`); by the officers whose sub-district the community
    `overseen` is in; by everybody who belongs to the community `member_of`; by the operators of its `unit`; by its
    `person`; and by all where `public` is true. Where no column is named, a steward and the service itself see it."""

    community: str | None = None
    place: str | None = None
    overseen: str | None = None
    member_of: str | None = None
    unit: str | None = None
    person: str | None = None
    public: str | None = None

    def check(self, columns: Mapping[str, str]) -> None:
        if self.place and not self.community:
            raise TypeError("a place is one of a community: name the column of that, too")
        wanted = {name: "text" for _, name in self._marked()}
        wanted |= {self.place: "text"} if self.place else {}
        wanted |= {self.public: "bool"} if self.public else {}
        for name, kind in wanted.items():
            if columns.get(name) != kind:
                raise TypeError(f"the scope's {name} is to be a column of type {kind}")

    def marks(self, row: Mapping[str, Any]) -> Iterator[str]:
        yield EVERYTHING
        for mark, name in self._marked():
            if row[name] is not None:
                yield f"{mark}{row[name]}"
        if self.community and (community := row[self.community]) is not None:
            place = row[self.place] if self.place else None
            yield f"{PART}{community}" if place is None else f"{PLACE}{place_of(community, place)}"
        if self.public and row[self.public]:
            yield ANYONE

    def permits(self, scope: Scope, row: Mapping[str, Any]) -> bool:
        return not scope.marks.isdisjoint(self.marks(row))

    def policy(self) -> str:
        tests = [f"'{EVERYTHING}' = any({MARKS})"]
        tests += [f"'{mark}' || \"{name}\" = any({MARKS})" for mark, name in self._marked()]
        if self.community:
            part = f"'{PART}' || \"{self.community}\" = any({MARKS})"
            if self.place:
                tests.append(f"'{PLACE}' || \"{self.community}\" || '/' || \"{self.place}\" = any({MARKS})")
                part = f'"{self.place}" is null and {part}'
            tests.append(part)
        if self.public:
            tests.append(f"\"{self.public}\" and '{ANYONE}' = any({MARKS})")
        return " or ".join(tests)

    def _marked(self) -> Iterator[tuple[str, str]]:
        """The columns that are a mark by themselves, and how it begins."""
        for mark, name in (
            (COMMUNITY, self.community),
            (OVERSEEN, self.overseen),
            (MEMBER, self.member_of),
            (UNIT, self.unit),
            (PERSON, self.person),
        ):
            if name:
                yield mark, name


@dataclass(frozen=True)
class Published:
    """Rows that all may see, signed in or not."""

    def check(self, columns: Mapping[str, str]) -> None:
        pass

    def marks(self, row: Mapping[str, Any]) -> Iterator[str]:
        yield ANYONE

    def permits(self, scope: Scope, row: Mapping[str, Any]) -> bool:
        return ANYONE in scope.marks

    def policy(self) -> str:
        return f"'{ANYONE}' = any({MARKS})"


PUBLIC = Published()
