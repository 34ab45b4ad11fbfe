"""Group commit: what concurrent requests want appended goes to PostgreSQL as one call."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import asyncpg

from shared.eventlog.connections import Pool
from shared.eventlog.recorded import NewEvent, Recorded, appended
from shared.telemetry import append_batch, append_seconds

GROUPED = """
select append_no, outcome, at from append_events(
    $1, $2::int[], $3::uuid[], $4::text[], $5::int[], $6::text[], $7::smallint[], $8::text[], $9::text[], $10::text[],
    $11::timestamptz[], $12::int[], $13::text[], $14::text[], $15::text[], $16::text[])
"""
ALONE = "select append_event($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)"
MOST_EVENTS = 512
WRITERS = 2  # one commits while the other gathers


class Conflict(Exception):
    """Another request changed a stream first: read it again and decide again."""


class KeyAnswered(Exception):
    """The request's Idempotency-Key has been answered before."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request's Idempotency-Key is to be answered with from now on."""

    caller: str
    key: str
    fingerprint: str
    answer: str


@dataclass(frozen=True, slots=True, eq=False)
class Append:
    """One request's events, and as rows, all or none of which go in; `done` gets the position of the last."""

    events: tuple[NewEvent, ...]
    rows: list[tuple[Any, ...]]
    answer: Answer | None
    done: asyncio.Future[int]


def event_row(event: NewEvent) -> tuple[Any, ...]:
    """An event as the append functions take it."""
    data = event.data
    return (
        event.id,
        event.stream,
        event.version,
        data.event_name,
        data.event_version,
        data.__pydantic_serializer__.to_json(data).decode(),
        event.metadata.to_json(),
        event.community,
        event.occurred_at,
    )


def answer_row(answer: Answer) -> tuple[str, str, str, str]:
    """A key as the append functions take it."""
    return answer.caller, answer.key, answer.fingerprint, answer.answer


async def append_grouped(connection: Any, own: str, batch: list[Append]) -> dict[int, tuple[str, int]]:
    """Appends a batch in one call: for each, by its place in the batch, the outcome and position."""
    rows = [(number, *row) for number, append in enumerate(batch) for row in append.rows]
    keys = [(number, *answer_row(append.answer)) for number, append in enumerate(batch) if append.answer]
    columns = [list(column) for column in zip(*rows, strict=True)] or [[] for _ in range(10)]
    key_columns = [list(column) for column in zip(*keys, strict=True)] or [[] for _ in range(5)]
    outcomes = await connection.fetch(GROUPED, own, *columns, *key_columns)
    return {number: (outcome, at) for number, outcome, at in outcomes}


async def append_alone(connection: Any, own: str, append: Append) -> int:
    """Appends one request of one event the shorter way."""
    key = answer_row(append.answer) if append.answer else (None, None, None, None)
    try:
        return await connection.fetchval(ALONE, own, *append.rows[0], *key)
    except asyncpg.UniqueViolationError as error:
        raise (KeyAnswered if error.table_name == "answered" else Conflict) from None


class Writer:
    """Gathers appends while an earlier batch is on its way. A stream is in one batch once: the next waits its turn."""

    def __init__(self, own: str, pool: Pool, appended: Callable[[Sequence[Recorded], int], None]):
        self.own, self.pool, self._appended = own, pool, appended
        self._waiting: list[Append] = []
        self._wake = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        self._tasks = [asyncio.create_task(self._write(), name=f"writer of {self.own}") for _ in range(WRITERS)]

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def append(self, events: tuple[NewEvent, ...], answer: Answer | None = None) -> int:
        """The position of the last event. Raises Conflict, KeyAnswered, or the connection's error: then the outcome
        is unknown, and only a retry under the same key is safe."""
        done: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._waiting.append(Append(events, [event_row(event) for event in events], answer, done))
        self._wake.set()
        return await done

    def _gather(self) -> list[Append]:
        batch: list[Append] = []
        left: list[Append] = []
        streams: set[str] = set()
        keys: set[tuple[str, str]] = set()
        room = MOST_EVENTS
        for append in self._waiting:
            touched = {event.stream for event in append.events}
            key = (append.answer.caller, append.answer.key) if append.answer else None
            if room > 0 and streams.isdisjoint(touched) and key not in keys:
                batch.append(append)
                room -= len(append.events)
            else:
                left.append(append)
            streams |= touched  # also of one that is left: what comes after it must not overtake it
            if key:
                keys.add(key)
        self._waiting = left
        if not left:
            self._wake.clear()
        return batch

    async def _write(self) -> None:
        while True:
            await self._wake.wait()
            batch = self._gather()
            if not batch:
                continue
            append_batch.record(sum(len(append.events) for append in batch), {"service": self.own})
            began = perf_counter()
            try:
                await self._commit(batch)
                append_seconds.record(perf_counter() - began, {"service": self.own})
            except Exception as error:
                for append in batch:
                    if not append.done.done():
                        append.done.set_exception(error)
            except asyncio.CancelledError:
                for append in batch:
                    append.done.cancel()
                raise

    async def _commit(self, batch: list[Append]) -> None:
        async with self.pool.acquire() as connection:
            if len(batch) == 1 and len(batch[0].events) == 1:
                outcomes = {0: ("appended", await append_alone(connection, self.own, batch[0]))}
            else:
                outcomes = await append_grouped(connection, self.own, batch)
        for number, append in enumerate(batch):
            # a key remembered for a refusal appends nothing, and so has no row of its own
            _settle(append, *outcomes.get(number, ("appended", 0)))
        head = max((position for _, position in outcomes.values()), default=0)
        self._appended(_as_recorded(self.own, batch, outcomes), head)


def _as_recorded(own: str, batch: list[Append], outcomes: dict[int, tuple[str, int]]) -> list[Recorded]:
    """What went in, as it would be read: in one call, under the append lock, and so without a gap."""
    events: list[Recorded] = []
    for number, (_, last) in sorted(outcomes.items(), key=lambda one: one[1][1]):
        append = batch[number]
        if last:  # else it did not go in
            first = last - len(append.rows) + 1
            its = enumerate(zip(append.rows, append.events, strict=True), first)
            events += [appended(position, own, row, event) for position, (row, event) in its]
    return events


def _settle(append: Append, outcome: str, position: int) -> None:
    if not append.done.done():  # whoever waited may have gone
        match outcome:
            case "conflict":
                append.done.set_exception(Conflict())
            case "answered":
                append.done.set_exception(KeyAnswered())
            case _:
                append.done.set_result(position)
