"""Slices of the log: where the events behind a view's documents stand, so that not all of it has to be folded."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from shared.contracts.event import Event
from shared.eventlog.recorded import COLUMNS

CORRELATION = "text_in(metadata, 'correlation')"


@dataclass
class Question:
    """A query on its way: of which services' events and kinds of streams, and the values that it takes."""

    sources: Sequence[str]
    kinds: Sequence[str]
    values: list[Any] = field(default_factory=list[Any])

    def put(self, value: Any, kind: str) -> str:
        """What stands for a value of that SQL type."""
        self.values.append(value)
        return f"${len(self.values)}::{kind}"


class Index(Protocol):
    """What finds a slice."""

    @property
    def index(self) -> str:
        """Creates it; safe to run again."""
        ...


class Slice(Protocol):
    """Some of the log's events."""

    def test(self, question: Question) -> str:
        """Which, as an SQL condition over the log's columns."""
        ...


@dataclass(frozen=True)
class Whole:
    """All of it: where there is little of what is asked for."""

    def test(self, question: Question) -> str:
        return "true"


@dataclass(frozen=True)
class OfCommunities:
    """What stands under one community's code, or several's."""

    codes: tuple[str, ...]

    def test(self, question: Question) -> str:
        if len(self.codes) == 1:  # read in the order of its index, nothing to sort
            return f"community = {question.put(self.codes[0], 'text')}"
        return f"community = any({question.put(list(self.codes), 'text[]')})"


@dataclass(frozen=True)
class OfStream:
    """The stream of an id, of whichever kind."""

    id: str

    def test(self, question: Question) -> str:
        names = [f"{kind}-{self.id}" for kind in question.kinds]
        return (
            f"source = any({question.put(list(question.sources), 'text[]')})"
            f" and stream = any({question.put(names, 'text[]')})"
        )


@dataclass(frozen=True)
class OfMatter:
    """What carries a correlation id; found by MATTERS."""

    correlation: str

    def test(self, question: Question) -> str:
        return f"{CORRELATION} = {question.put(self.correlation, 'text')}"


@dataclass(frozen=True)
class Matters:
    """What correlation ids are found by."""

    index: str = f"create index if not exists log_correlation on log ({CORRELATION})"


MATTERS = Matters()


@dataclass(frozen=True)
class Said:
    """What events say in one field, `("recipient", "person")` where it is inside another: a text, or where it is
    `listed`, texts. They are one service's, and have it in every version. It gets an index in the log of a service
    whose views ask for it (`View.finds`)."""

    events: tuple[type[Event], ...]
    path: tuple[str, ...]
    listed: bool = False

    def naming(self, *values: str) -> "Naming":
        """The events that say one of the values."""
        return Naming(self, values)

    def naming_matters_of(self, *communities: str) -> "NamingMatters":
        """The events that say a correlation id of these communities."""
        return NamingMatters(self, communities)

    def streams(self, *values: str) -> "StreamsNaming":
        """All of the streams that have such an event."""
        return StreamsNaming(self.naming(*values))

    @property
    def kind(self) -> str:
        """Which events they are."""
        types = ", ".join(f"'{event.event_name}'" for event in self.events)
        return f"source = '{self.events[0].service}' and type in ({types})"

    @property
    def field(self) -> str:
        """What they say."""
        path = ", ".join(f"'{name}'" for name in self.path)
        return f"{'texts_in' if self.listed else 'text_in'}(data, {path})"

    def says(self, values: str) -> str:
        """An SQL condition: they say one of the values, a text[]."""
        return f"{self.kind} and " + (f"{self.field} && {values}" if self.listed else f"{self.field} = any({values})")

    @property
    def index(self) -> str:
        name = "_".join(("log", self.events[0].service, self.events[0].event_name, *self.path)).replace("-", "_")
        using = "using gin " if self.listed else ""
        return f"create index if not exists {name} on log {using}({self.field}) where {self.kind}"


@dataclass(frozen=True)
class Naming:
    """Events that say one of some values."""

    said: Said
    values: tuple[str, ...]

    def test(self, question: Question) -> str:
        return self.said.says(question.put(list(self.values), "text[]"))


@dataclass(frozen=True)
class NamingMatters:
    """Events that name a matter of some communities, wherever they stand themselves."""

    said: Said
    communities: tuple[str, ...]

    def test(self, question: Question) -> str:
        communities = OfCommunities(self.communities).test(question)
        return self.said.says(f"array(select distinct {CORRELATION} from log where {communities})")


@dataclass(frozen=True)
class StreamsNaming:
    """Streams with an event that says one of some values."""

    naming: Naming

    def test(self, question: Question) -> str:
        return f"(source, stream) in (select source, stream from log where {self.naming.test(question)})"


def slices_sql(
    slices: Iterable[Slice], wanted: Iterable[tuple[str, str]], kinds: Sequence[str], until: int
) -> tuple[str, list[Any]]:
    """The query for the events of the slices, each once, in order, up to a position. `wanted`: their sources and types;
    `kinds`: those of streams that the log holds."""
    wanted = sorted(wanted)
    question = Question(sorted({source for source, _ in wanted}), kinds)
    bound = f"position <= {question.put(until, 'bigint')}"
    types = f"type = any({question.put(sorted({name for _, name in wanted}), 'text[]')})"
    found = [f"select {COLUMNS} from log where {bound} and {types} and {one.test(question)}" for one in slices]
    if len(found) == 1:
        return f"{found[0]} order by position", question.values
    every = " union all ".join(found)
    return f"select distinct on (position) {COLUMNS} from ({every}) as found order by position", question.values


def several(value: Any) -> tuple[str, ...]:
    """The values of a column that a list is asked for with: one, or any of several."""
    values: tuple[Any, ...] = value if isinstance(value, tuple) else (value,)  # pyright: ignore[reportUnknownVariableType]
    return tuple(str(one) for one in values)
