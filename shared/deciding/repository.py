"""From an aggregate's stream to a command's decision and back: read, decide, append, try again if overtaken."""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from random import random
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar
from uuid import UUID, uuid5
from weakref import WeakValueDictionary

from shared.contracts.event import Event
from shared.deciding.act import Act
from shared.deciding.aggregate import Aggregate
from shared.deciding.answers import Accepted, Answers
from shared.deciding.refusals import Contended, NotNow, Refusal, no_such
from shared.eventlog.log import Log
from shared.eventlog.recorded import Metadata, NewEvent
from shared.eventlog.writer import Conflict
from shared.privacy.keyring import KeyRing
from shared.telemetry import span_within

S = TypeVar("S")
P = ParamSpec("P")
Events = Event | Sequence[Event]
Decide = Callable[[Sequence[S]], tuple[Events, ...]]
TRIES = 20
PAUSE, LONGEST = 0.001, 0.1
"""Seconds of the first and the longest pause before another try: a burst in another process is over some time."""
REMEMBERED = 20_000
CODES = UUID("5b0f1c52-6a7e-5d5c-9d3b-3a1d5f0c7c11")
"""The name space of the correlation ids of what is named by a code and not a UUID."""


@dataclass(frozen=True, slots=True)
class Loaded(Generic[S]):
    """A stream as far as it was read: version 0 and no state where there is none. `since` are its last events, that the
    state does not know of yet."""

    state: S | None
    version: int = 0
    community: str = ""
    correlation: UUID | None = None
    since: tuple[Event, ...] = ()


class Repository(Generic[S]):
    """The streams of one aggregate in one service's log. States are remembered: a stale one costs a Conflict and is
    read again, never a wrong decision."""

    def __init__(self, aggregate: Aggregate[S], log: Log, answers: Answers, keyring: KeyRing | None = None):
        self.aggregate, self.log, self.answers, self.keyring = aggregate, log, answers, keyring
        self._remembered: OrderedDict[str, Loaded[S]] = OrderedDict()
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def create(
        self, act: Act, id: object, community: str, command: Callable[P, Events], /, *args: P.args, **kwargs: P.kwargs
    ) -> Accepted:
        """Starts a stream. Raises what the command raises, NotAllowed, or NotNow where the id is taken."""
        with self.answers.running(act):
            try:
                act.require(community)
                start: Loaded[S] = Loaded(None, 0, community)
                return await self._append(act, [(id, start, command(*args, **kwargs))])
            except Conflict:
                return await self.answers.refuse(act, self._taken(id))
            except Refusal as refusal:
                return await self.answers.refuse(act, refusal)

    async def execute(
        self, act: Act, id: object, command: Callable[Concatenate[S, P], Events], /, *args: P.args, **kwargs: P.kwargs
    ) -> Accepted:
        """Goes on with a stream. Raises what the command raises, NotFound, NotAllowed."""
        return await self._go_on(act, (id,), lambda states: (command(*states, *args, **kwargs),))

    async def execute_across(
        self,
        act: Act,
        ids: tuple[object, object],
        command: Callable[Concatenate[S, S, P], tuple[Events, Events]],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> Accepted:
        """Goes on with two streams at once, both or neither; answers for the first."""
        return await self._go_on(act, ids, lambda states: command(*states, *args, **kwargs))

    async def decide(
        self, act: Act, id: object, community: str | None, command: Callable[..., Events], /, **kwargs: Any
    ) -> list[NewEvent]:
        """What a command of the service's own would append now; the caller appends it. With a `community`, the stream
        is to start there: nothing is decided where it has."""
        if community is not None:
            loaded = await self.load(id)
            if loaded.version:
                return []
            return await self._sealed(self._new_events(act, id, Loaded(None, 0, community), command(**kwargs)))
        [loaded], (decided,) = await self._decided(act, (id,), lambda states: (command(*states, **kwargs),))
        return await self._sealed(self._new_events(act, id, loaded, decided))

    async def get(self, id: object) -> S:
        """The state as it stands. Raises NotFound."""
        return self._found((await self.load(id)).state, id)

    async def newest(self, id: object) -> tuple[S, int]:
        """The state as it stands in the log now, and its version: another process may have gone on with what is
        remembered. Raises NotFound."""
        await self._outdated((id,), [await self.load(id)])
        loaded = await self.load(id)
        return self._found(loaded.state, id), loaded.version

    async def load(self, id: object) -> Loaded[S]:
        """The remembered state, or the stream's events folded."""
        stream = self.aggregate.stream(id)
        if loaded := self._remembered.get(stream):
            return self._folded(stream, loaded) if loaded.since else loaded
        events = await self.log.stream(stream)
        if not events:
            return Loaded(None)
        state = self.aggregate.fold(event.data for event in events)
        loaded = Loaded(state, events[-1].version, events[0].community, events[0].correlation)
        self._remember(stream, loaded)
        return loaded

    def forget(self, stream: str) -> None:
        """Something else has appended to the stream, or may have."""
        self._remembered.pop(stream, None)

    async def _go_on(self, act: Act, ids: tuple[object, ...], decide: Decide[S]) -> Accepted:
        async with self._alone(act, *ids):
            try:
                for nth in range(TRIES):
                    loaded, decided = await self._decided(act, ids, decide)
                    try:
                        return await self._append(act, list(zip(ids, loaded, decided, strict=True)))
                    except Conflict:
                        await asyncio.sleep(random() * min(PAUSE * 2**nth, LONGEST))  # noqa: S311 - so others go first
                raise Contended(
                    "too-busy", "同时办理的人太多，请稍后再试。", "Too many change this at once: try again shortly."
                )
            except Refusal as refusal:
                return await self.answers.refuse(act, refusal)

    async def _decided(
        self, act: Act, ids: tuple[object, ...], decide: Decide[S]
    ) -> tuple[list[Loaded[S]], tuple[Events, ...]]:
        """The states and what the command makes of them. What is refused is refused on what stands in the log now."""
        while True:
            loaded = [await self.load(id) for id in ids]
            try:
                states = [self._found(one.state, id) for id, one in zip(ids, loaded, strict=True)]
                for state, one in zip(states, loaded, strict=True):
                    act.require(one.community, self.aggregate.unit(state), self.aggregate.place(state))
                return loaded, decide(states)
            except Refusal:
                if not await self._outdated(ids, loaded):
                    raise

    async def _outdated(self, ids: tuple[object, ...], loaded: list[Loaded[S]]) -> bool:
        """Whether another process has gone on with a stream since it was remembered."""
        streams = [self.aggregate.stream(id) for id in ids]
        newer = [await self.log.stream(s, after=one.version) for s, one in zip(streams, loaded, strict=True)]
        for stream, events in zip(streams, newer, strict=True):
            if events:
                self.forget(stream)
        return any(newer)

    async def _append(self, act: Act, decided: list[tuple[object, Loaded[S], Events]]) -> Accepted:
        with span_within(self.log.own, act.traceparent, f"append to {self.aggregate.name}") as traceparent:
            return await self._append_within(replace(act, traceparent=traceparent) if traceparent else act, decided)

    async def _append_within(self, act: Act, decided: list[tuple[object, Loaded[S], Events]]) -> Accepted:
        new = [(id, loaded, self._new_events(act, id, loaded, events)) for id, loaded, events in decided]
        if any(event.data.private_fields for *_, events in new for event in events):
            new = [(id, loaded, await self._sealed(events)) for id, loaded, events in new]
        id, loaded, events = new[0]
        version = loaded.version + len(events)
        try:
            accepted, now = await self.answers.append(
                act, [event for *_, events in new for event in events], id, version
            )
        except BaseException:
            for id, _, _ in new:  # a conflict, or nobody knows what became of it
                self.forget(self.aggregate.stream(id))
            raise
        for id, loaded, events in new:
            if now:
                self._advance(loaded, events)
            else:
                self.forget(self.aggregate.stream(id))
        return accepted

    @asynccontextmanager
    async def _alone(self, act: Act, *ids: object) -> AsyncGenerator[None]:
        """One command at a time on a stream in this process: between processes the log's versions see to it."""
        names = sorted({self.aggregate.stream(id) for id in ids})  # one may be named twice
        locks = [self._locks.setdefault(name, asyncio.Lock()) for name in names]
        with self.answers.running(act):
            async with AsyncExitStack() as held:
                for lock in locks:
                    await held.enter_async_context(lock)
                yield

    def _advance(self, loaded: Loaded[S], events: list[NewEvent]) -> None:
        if events:
            last, since = events[-1], tuple(event.data for event in events)
            self._remember(
                last.stream, Loaded(loaded.state, last.version, last.community, last.metadata.correlation, since)
            )

    def _folded(self, stream: str, loaded: Loaded[S]) -> Loaded[S]:
        """What most requests never ask for again is folded by the one that does."""
        folded = replace(loaded, state=self.aggregate.fold(loaded.since, loaded.state), since=())
        self._remember(stream, folded)
        return folded

    def _new_events(self, act: Act, id: object, loaded: Loaded[S], decided: Events) -> list[NewEvent]:
        stream = self.aggregate.stream(id)
        correlation = loaded.correlation or act.correlation or (id if isinstance(id, UUID) else uuid5(CODES, stream))
        metadata = Metadata(correlation, act.effect_of, act.actor, act.traceparent)
        events: Iterable[Event] = (decided,) if isinstance(decided, Event) else decided
        return [
            NewEvent(act.event_id(stream, version), stream, version, event, metadata, loaded.community, act.at)
            for version, event in enumerate(events, loaded.version + 1)
        ]

    async def _sealed(self, events: list[NewEvent]) -> list[NewEvent]:
        """With their private fields sealed: before the log, and so before any lock, has heard of them."""
        if any(event.data.private_fields for event in events):
            assert self.keyring is not None
            return await self.keyring.seal(events)
        return events

    def _remember(self, stream: str, loaded: Loaded[S]) -> None:
        self._remembered[stream] = loaded
        self._remembered.move_to_end(stream)
        if len(self._remembered) > REMEMBERED:
            self._remembered.popitem(last=False)

    def _found(self, state: S | None, id: object) -> S:
        if state is None:
            raise no_such(self.aggregate.name, id)
        return state

    def _taken(self, id: object) -> NotNow:
        return NotNow(
            f"{self.aggregate.name}-exists",
            "这个编号已被使用。",
            f"There is a {self.aggregate.name} of that id.",
            id=str(id),
        )
