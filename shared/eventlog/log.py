"""One service's log: append, read on from a position, read a stream, and hear of what is new."""

import asyncio
from collections.abc import Collection, Sequence
from datetime import datetime
from time import monotonic
from typing import Any, cast

from shared.eventlog.connections import Pool
from shared.eventlog.recorded import COLUMNS, NewEvent, Recorded, recorded
from shared.eventlog.tail import MOST, Tail
from shared.eventlog.writer import GROUPED, Answer, Conflict, Writer, event_row

READ_ON = f"select {COLUMNS} from log where position > $1 order by position limit $2"
READ_ON_SOME = f"select {COLUMNS} from log where position > $1 and type = any($2::text[]) order by position limit $3"
READ_STREAM = f"""
select {COLUMNS} from log where source = $1 and stream = $2 and version > $3 and position <= $4 order by version
"""
POSITION_AT = "select position_at($1)"
HEAD = "select coalesce(max(position), 0) from log"
ANSWERED = "select fingerprint, answer, position from answered where caller = $1 and key = $2"

POLL = 0.25
"""Seconds until a follower looks for what other processes have appended."""
LONGEST_REST = 0.02
END = 2**63 - 1


class NotPast(ValueError):
    """No time, or one that is not over: what is recorded by then is not known."""


class Log:
    """The log of the service `own`, over a pool of its own database."""

    def __init__(self, own: str, pool: Pool):
        self.own, self.pool = own, pool
        self.tail = Tail(self._read_on)
        self.writer = Writer(own, pool, self._appended)
        self._waiting: list[asyncio.Future[None]] = []
        self.newest = 0
        """The newest position that this process has heard of."""

    async def append(self, events: Sequence[NewEvent], answer: Answer | None = None) -> int:
        """Appends with others' events in one commit, and wakes who follows. The position of the last event; raises
        Conflict, KeyAnswered, or the connection's error."""
        return await self.writer.append(tuple(events), answer)

    async def append_in(self, connection: Any, events: Sequence[NewEvent]) -> int:
        """Appends within the caller's transaction; `announce` the position once that has committed. Raises Conflict."""
        rows = [(0, *event_row(event)) for event in events]
        columns = [list(column) for column in zip(*rows, strict=True)]
        outcome = await connection.fetchrow(GROUPED, self.own, *columns, [], [], [], [], [])
        if outcome["outcome"] != "appended":
            raise Conflict
        return outcome["at"]

    async def answered(self, caller: str, key: str) -> tuple[str, str, int] | None:
        """The fingerprint, answer and position of a key that has been used."""
        row = await self.pool.fetchrow(ANSWERED, caller, key)
        return cast("tuple[str, str, int]", tuple(row)) if row else None

    async def read(self, after: int, *, limit: int, types: Collection[str] | None = None) -> list[Recorded]:
        """At most `limit` events after a position, in order; of some types only, where they are given."""
        if types is None:
            return [recorded(row) for row in await self.pool.fetch(READ_ON, after, limit)]
        return [recorded(row) for row in await self.pool.fetch(READ_ON_SOME, after, list(types), limit)]

    async def next(self, after: int, types: Collection[str], *, limit: int) -> tuple[list[Recorded], int]:
        """The events of some types that come next, at most `limit` where there are many, and the position up to which
        there are no others."""
        head = await self.head_past(after)
        if head <= after:
            return [], after
        if head - after <= MOST:
            events = await self.tail.read(after)
            return [event for event in events if event.type in types], events[-1].position if events else head
        events = await self.read(after, limit=limit, types=types)
        return events, events[-1].position if len(events) == limit else head

    async def stream(
        self, stream: str, *, source: str | None = None, after: int = 0, until: int = END
    ) -> list[Recorded]:
        """A stream's events after the version `after`, up to the position `until`."""
        rows = await self.pool.fetch(READ_STREAM, source or self.own, stream, after, until)
        return [recorded(row) for row in rows]

    async def head(self) -> int:
        """The newest position, 0 for an empty log."""
        return await self.pool.fetchval(HEAD)

    async def position_at(self, at: datetime) -> int:
        """The last position that was recorded at a time or before, 0 where there is none: the same for ever. Raises
        NotPast."""
        position = await self.pool.fetchval(POSITION_AT, at)
        if position is None:
            raise NotPast(at.isoformat())
        return position

    async def head_past(self, position: int) -> int:
        """A head that this process has heard of, if it is past a position; else the one there is."""
        return self.newest if self.newest > position else await self.head()

    def announce(self, position: int) -> None:
        """Wakes who waits for events, in this process: others poll."""
        if position > self.newest:
            self.newest = position
            waiting, self._waiting = self._waiting, []
            for one in waiting:
                if not one.done():
                    one.set_result(None)

    async def wait(self, after: int, seconds: float = POLL) -> None:
        """Returns when this process has announced something past `after`, or the time is up."""
        if self.newest > after:
            return
        news: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(news)
        await asyncio.wait((news,), timeout=seconds)
        if not news.done():
            self._waiting.remove(news)

    async def _read_on(self, after: int, limit: int) -> list[Recorded]:
        return await self.read(after, limit=limit)

    def _appended(self, events: Sequence[Recorded], position: int) -> None:
        if events:
            self.tail.grow(events)
        self.announce(position)


async def rest(began: float) -> None:
    """Lets others have their turn for as long as a step that began then (monotonic, seconds) has taken: the busier the
    machine, the more events the next step takes in at once."""
    await asyncio.sleep(min(monotonic() - began, LONGEST_REST))
