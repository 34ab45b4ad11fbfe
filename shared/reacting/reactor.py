"""Carries out reactions: an event's effects, its timers and the checkpoint commit together, so once in effect."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any
from uuid import UUID, uuid5

import structlog

from shared.contracts.event import event_class
from shared.deciding.act import Act
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
TICK = 0.5
QUIET = 1.0
"""Seconds after which a checkpoint is moved past events that nothing follows from."""
GRACE = timedelta(minutes=10)
"""A time that is up when it is first heard of, as in paper records typed in one after the other, waits this long."""

SET = """
insert into timer (name, due, cause, position) values ($1, $2, $3, $4)
on conflict (name) do update set due = excluded.due, cause = excluded.cause, position = excluded.position
"""
UNSET = "delete from timer where name = $1"
DUE = """
select name, due, cause, position from timer
where due <= $1 and split_part(name, ':', 1) = any($2::text[]) order by due limit 100
"""
TAKE = "delete from timer where name = $1 and due = $2 returning 1"

logger = structlog.get_logger()


@dataclass
class Reactor:
    """One service's reactions at work. At most one process leads it; a second one would only lose its transactions."""

    log: Log
    reactions: Reactions
    repositories: Mapping[str, Repository[Any]]
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    position: int = 0

    async def follow(self) -> None:
        """For ever: takes each event that something follows from, in the log's order."""
        types = self.reactions.types()
        self.position = stored = await read_checkpoint(self.log.pool, FOLLOWER)
        moved_at = monotonic()
        while True:
            head = await self.log.head_past(self.position)
            events = await self.log.read(self.position, limit=BATCH, types=types) if head > self.position else []
            for event in events:
                stored = await self._take(event, stored)
                self.position = event.position
            self.position = max(self.position, head if len(events) < BATCH else 0)
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

    async def _take(self, event: Recorded, stored: int) -> int:
        stream = await self.log.stream(event.stream, source=event.source, until=event.position)
        known = [one for one in stream if event_class(one.source, one.type)]  # not what was skipped, or is too new
        effects = self.reactions.effects(event, known)
        if not effects:
            return stored
        with span_within(self.log.own, event.traceparent, f"react to {event.type}") as traceparent:
            while not await self._commit(event, effects, stored, traceparent):
                await asyncio.sleep(0)
        return event.position

    async def _commit(self, event: Recorded, effects: list[Effect], stored: int, traceparent: str | None) -> bool:
        new = await self._decide(event.id, event.correlation, event.at, effects, traceparent)
        try:
            async with self.log.pool.acquire() as connection, connection.transaction():
                await move_checkpoint(connection, FOLLOWER, stored, event.position)
                for effect in effects:
                    match effect:
                        case Await(what, id, due):
                            at = max(due, self.now() + GRACE) if due < self.now() else due
                            await connection.execute(SET, f"{what}:{id}", at, event.id, event.position)
                        case Forget(what, id):
                            await connection.execute(UNSET, f"{what}:{id}")
                        case Do():
                            pass
                position = await self.log.append_in(connection, new) if new else 0
        except Conflict:
            self._forget(new)
            return False
        self._forget(new)
        await self.log.announce(position)
        return True

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
            await self.log.announce(at)
            return

    async def _decide(
        self, cause: UUID, correlation: UUID, at: datetime, effects: list[Effect], traceparent: str | None
    ) -> list[NewEvent]:
        new: list[NewEvent] = []
        for effect in effects:
            if isinstance(effect, Do):
                act = Act("reaction", at, None, correlation=correlation, effect_of=cause, traceparent=traceparent)
                repository = self.repositories[effect.aggregate.kind]
                try:
                    new += await repository.decide(act, effect.id, effect.community, effect.command, **effect.arguments)
                except Refusal as refusal:
                    logger.info("reaction-refused", code=refusal.code, cause=str(cause))
        return new

    def _forget(self, events: list[NewEvent]) -> None:
        for event in events:
            self.repositories[event.kind].forget(event.stream)
