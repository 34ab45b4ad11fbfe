"""Carries out reactions: events' effects, their timers and the checkpoint commit together, so once in effect."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any
from uuid import UUID, uuid5

import structlog

from shared.contracts.event import event_class
from shared.deciding.act import Act
from shared.deciding.lookups import Lookups
from shared.deciding.refusals import Refusal
from shared.deciding.repository import Repository
from shared.eventlog.checkpoints import move_checkpoint, read_checkpoint
from shared.eventlog.log import Log
from shared.eventlog.recorded import NewEvent, Recorded
from shared.eventlog.writer import Conflict
from shared.reacting.reactions import Await, Do, Effect, Forget, Reactions
from shared.telemetry import span_within

FOLLOWER = "reactions"
BATCH = 500
TOGETHER = 100
"""Events at most whose effects are committed at once."""
TICK = 0.5
QUIET = 1.0
"""Seconds after which a checkpoint is moved past events that nothing follows from."""
GRACE = timedelta(minutes=10)
"""A time that is up when it is first heard of, as in paper records typed in one after the other, waits this long."""

SET = """
insert into timer (name, due, cause, position)
select * from unnest($1::text[], $2::timestamptz[], $3::uuid[], $4::bigint[])
on conflict (name) do update set due = excluded.due, cause = excluded.cause, position = excluded.position
"""
UNSET = "delete from timer where name = any($1::text[])"
DUE = """
select name, due, cause, position from timer
where due <= $1 and split_part(name, ':', 1) = any($2::text[]) order by due limit 100
"""
TAKE = "delete from timer where name = $1 and due = $2 returning 1"

logger = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Taken:
    """An event, and all that follows from it."""

    event: Recorded
    effects: list[Effect]

    @property
    def touches(self) -> set[str]:
        """The streams that may grow."""
        return {effect.aggregate.stream(effect.id) for effect in self.effects if isinstance(effect, Do)}


@dataclass
class Reactor:
    """One service's reactions at work. At most one process leads it; a second one would only lose its transactions."""

    log: Log
    reactions: Reactions
    repositories: Mapping[str, Repository[Any]]
    lookups: Lookups
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    position: int = 0

    async def follow(self) -> None:
        """For ever: takes each event that something follows from, in the log's order."""
        types = self.reactions.types()
        self.position = stored = await read_checkpoint(self.log.pool, FOLLOWER)
        moved_at = monotonic()
        while True:
            events, reached = await self.log.next(self.position, types, limit=BATCH)
            stored = await self._take(events, stored)
            self.position = max(stored, reached)
            if self.position > stored and monotonic() - moved_at > QUIET:
                await move_checkpoint(self.log.pool, FOLLOWER, stored, self.position)
                stored, moved_at = self.position, monotonic()
            if not events:
                await self.log.wait(self.position)

    async def keep_time(self) -> None:
        """For ever: fires the timers whose time is up. What this code has no word for is left to one that has."""
        while True:
            for name, due, cause, position in await self.log.pool.fetch(DUE, self.now(), list(self.reactions.due)):
                await self._fire(name, due, cause, position)
            await asyncio.sleep(TICK)  # time itself is what is waited for

    async def _take(self, events: Sequence[Recorded], stored: int) -> int:
        """Carries out what follows from events, as many in one commit as touch streams of their own; where the
        checkpoint is then."""
        together: list[Taken] = []
        touched: set[str] = set()
        for event in events:
            one = await self._taken(event)
            if one.effects:
                if len(together) == TOGETHER or not touched.isdisjoint(one.touches):
                    stored = await self._commit(together, stored)
                    together, touched = [], set()
                together.append(one)
                touched |= one.touches
        return await self._commit(together, stored) if together else stored

    async def _taken(self, event: Recorded) -> Taken:
        first = event.version == 1
        stream = [event] if first else await self.log.stream(event.stream, source=event.source, until=event.position)
        known = [one for one in stream if event_class(one.source, one.type)]  # not what was skipped, or is too new
        return Taken(event, self.reactions.effects(event, known))

    async def _commit(self, together: list[Taken], stored: int) -> int:
        while not await self._committed(together, stored):
            if len(together) > 1:  # the one that was overtaken must not keep the others from going in
                for one in together:
                    stored = await self._commit([one], stored)
                return stored
            await asyncio.sleep(0)
        return together[-1].event.position

    async def _committed(self, together: list[Taken], stored: int) -> bool:
        """Decides and commits; not, where somebody else has changed a stream meanwhile."""
        new: list[NewEvent] = []
        for one in together:
            event = one.event
            with span_within(self.log.own, event.traceparent, f"react to {event.type}") as traceparent:
                new += await self._decide(event.id, event.correlation, event.at, one.effects, traceparent)
        try:
            async with self.log.pool.acquire() as connection, connection.transaction():
                await move_checkpoint(connection, FOLLOWER, stored, together[-1].event.position)
                await self._set_timers(connection, together)
                position = await self.log.append_in(connection, new) if new else 0
        except Conflict:
            return False
        finally:
            self._forget(new)
        self.log.announce(position)
        return True

    async def _set_timers(self, connection: Any, together: list[Taken]) -> None:
        """The last word on each timer is what counts."""
        timers: dict[str, tuple[datetime, UUID, int] | None] = {}
        for one in together:
            for effect in one.effects:
                match effect:
                    case Await(what, id, due):
                        at = max(due, self.now() + GRACE) if due < self.now() else due
                        timers[f"{what}:{id}"] = (at, one.event.id, one.event.position)
                    case Forget(what, id):
                        timers[f"{what}:{id}"] = None
                    case Do():
                        pass
        if gone := [name for name, timer in timers.items() if timer is None]:
            await connection.execute(UNSET, gone)
        if awaited := [(name, *timer) for name, timer in timers.items() if timer is not None]:
            await connection.execute(SET, *map(list, zip(*awaited, strict=True)))

    async def _fire(self, name: str, due: datetime, cause: UUID, position: int) -> None:
        what, _, id = name.partition(":")
        [event] = await self.log.read(position - 1, limit=1)
        while True:
            effect = self.reactions.due[what](id, due)
            new = await self._decide(uuid5(cause, name), event.correlation, self.now(), [effect], None)
            try:
                async with self.log.pool.acquire() as connection, connection.transaction():
                    if not await connection.fetchval(TAKE, name, due):
                        return
                    at = await self.log.append_in(connection, new) if new else 0
            except Conflict:
                self._forget(new)
                continue
            self._forget(new)
            self.log.announce(at)
            return

    async def _decide(
        self, cause: UUID, correlation: UUID, at: datetime, effects: list[Effect], traceparent: str | None
    ) -> list[NewEvent]:
        new: list[NewEvent] = []
        for effect in effects:
            if isinstance(effect, Do):
                matter = None if effect.matter else correlation
                act = Act("reaction", at, None, correlation=matter, effect_of=cause, traceparent=traceparent)
                repository = self.repositories[effect.aggregate.kind]
                found = {name: await self.lookups.get(*asked) for name, asked in effect.looked_up.items()}
                arguments = effect.arguments | found
                try:
                    new += await repository.decide(act, effect.id, effect.community, effect.command, **arguments)
                except Refusal as refusal:
                    logger.info("reaction-refused", code=refusal.code, cause=str(cause))
        return new

    def _forget(self, events: list[NewEvent]) -> None:
        for event in events:
            self.repositories[event.kind].forget(event.stream)
