"""A service, declared; and a service that runs: its log and all that derives from it."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Concatenate, ParamSpec, TypeVar

import asyncpg
import structlog
from fastapi import APIRouter, FastAPI

from shared.audit import Heads, Sealer, Signer, Trail, install_audit
from shared.deciding.act import Act
from shared.deciding.aggregate import Aggregate
from shared.deciding.answers import Accepted, Answers
from shared.deciding.lookups import Lookup, Lookups
from shared.deciding.repository import Events, Repository
from shared.eventlog.database import Install, install_log, open_pool, open_readers, prepare
from shared.eventlog.leadership import Leadership
from shared.eventlog.log import Log
from shared.identity.signing import SigningKeys
from shared.messaging import Inbox, Relay, install_inbox, parked_count
from shared.privacy.following import KeyFollower
from shared.privacy.keks import keks_of
from shared.privacy.keyring import KeyRing, install_privacy
from shared.privacy.passing import sweep_passing
from shared.projecting import Reader, View, Views, install_finds, install_views
from shared.reacting.reactions import Reactions
from shared.reacting.reactor import Reactor
from shared.settings import Settings
from shared.telemetry import observe

S = TypeVar("S")
P = ParamSpec("P")


@dataclass(frozen=True)
class Service:
    """What a service is made of. `about` is what its API says of itself. `follows`: whose topics it takes in, and of
    them which kinds of streams. `keeps_keys`: it seals or opens what is private, with the keys that directory makes;
    `makes_keys`: with keys of its own, for what is kept for a while only.
    `standards`: the APIs of others' making that it answers, too, each at an address of its own.
    `installs` and `leads`: tables of its own, and work of its own that one process does at a time."""

    name: str
    router: APIRouter
    about: str | None = None
    aggregates: tuple[Aggregate[Any], ...] = ()
    views: tuple[type[View], ...] = ()
    reactions: Reactions = field(default_factory=Reactions)
    follows: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    keeps_keys: bool = False
    makes_keys: bool = False
    standards: Mapping[str, Callable[[], FastAPI]] = field(default_factory=dict[str, Callable[[], FastAPI]])
    installs: tuple[Install, ...] = ()
    leads: Mapping[str, "Lead"] = field(default_factory=dict[str, "Lead"])

    @property
    def prefix(self) -> str:
        return f"/api/{self.name}/v1"

    @property
    def sources(self) -> tuple[str, ...]:
        """Whose events its log holds."""
        return (self.name, *self.follows)

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of streams that its log holds."""
        own = (one.kind for one in self.aggregates)
        return tuple(dict.fromkeys((*own, *(kind for kinds in self.follows.values() for kind in kinds))))


class Running:
    """One service in this process. `start` it, then it takes commands; what follows the log runs in the background."""

    def __init__(
        self,
        service: Service,
        settings: Settings,
        log: Log,
        views: Views,
        reader: Reader,
        leadership: Leadership,
        relay: Relay,
        inbox: Inbox,
        sealer: Sealer,
        heads: Heads,
    ):
        self.service, self.settings, self.log, self.views, self.reader = service, settings, log, views, reader
        self.leadership, self.relay, self.inbox = leadership, relay, inbox
        self.sealer, self.heads = sealer, heads
        self.trail = Trail(log, service.sources)
        self.keyring = KeyRing(service.name, log.pool, keks_of(settings))
        answers = Answers(log)
        self.repositories = {a.kind: Repository(a, log, answers, self.keyring) for a in service.aggregates}
        self.lookups = Lookups(log, settings)
        self.reactor = Reactor(log, service.reactions, self.repositories, self.lookups)
        self.parked = 0
        self._tasks: list[asyncio.Task[None]] = []

    async def create(
        self,
        act: Act,
        aggregate: Aggregate[S],
        id: object,
        community: str,
        command: Callable[P, Events],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> Accepted:
        """Starts a stream of the aggregate; see Repository.create."""
        return await self._repository(aggregate).create(act, id, community, command, *args, **kwargs)

    async def execute(
        self,
        act: Act,
        aggregate: Aggregate[S],
        id: object,
        command: Callable[Concatenate[S, P], Events],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> Accepted:
        """Goes on with a stream of the aggregate; see Repository.execute."""
        return await self._repository(aggregate).execute(act, id, command, *args, **kwargs)

    async def execute_across(
        self,
        act: Act,
        aggregate: Aggregate[S],
        ids: tuple[object, object],
        command: Callable[Concatenate[S, S, P], tuple[Events, Events]],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> Accepted:
        """Goes on with two streams at once; see Repository.execute_across."""
        return await self._repository(aggregate).execute_across(act, ids, command, *args, **kwargs)

    async def state(self, aggregate: Aggregate[S], id: object) -> S:
        """An aggregate as it stands. Raises NotFound."""
        return await self._repository(aggregate).get(id)

    async def newest(self, aggregate: Aggregate[S], id: object) -> tuple[S, int]:
        """An aggregate as the log has it now, whichever process went on with it, and its version. Raises NotFound."""
        return await self._repository(aggregate).newest(id)

    async def find(self, aggregate: Aggregate[S], id: object) -> S | None:
        """An aggregate as it stands, None where there is none."""
        return (await self._repository(aggregate).load(id)).state

    async def look_up(self, lookup: Lookup[S], key: str) -> S:
        """What a command has to know besides its stream; see Lookups."""
        return await self.lookups.get(lookup, key)

    def start(self) -> None:
        """Begins to follow the log, as far as no other process does."""
        self.log.writer.start()
        leads: dict[str, Callable[[], Coroutine[Any, Any, None]]] = {
            "relay": self.relay.run,
            "inbox": self.inbox.run,
            "reactions": self.reactor.follow,
            "timers": self.reactor.keep_time,
            "audit": self._seal,
            **{name: partial(work, self) for name, work in self.service.leads.items()},
        }
        if self.service.keeps_keys:
            leads["keys"] = KeyFollower(self.keyring, self.settings.kafka or "").run
        if self.service.makes_keys:
            leads["passing keys"] = partial(sweep_passing, self.log.pool)
        own = self.service.name
        with structlog.contextvars.bound_contextvars(service=own):  # for whatever these tasks log
            self._tasks = [
                asyncio.create_task(self.leadership.lead(name, work), name=f"{own} {name}")
                for name, work in leads.items()
            ]
            self._tasks.append(asyncio.create_task(self.views.run(self.leadership), name=f"{own} views"))
            self._tasks.append(asyncio.create_task(self._count_parked(), name=f"{own} parked"))

    async def stop(self) -> None:
        """Ends it all; what was accepted is in the log."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.log.writer.stop()
        await self.leadership.close()
        self.log.pool.terminate()
        self.reader.pool.terminate()

    def _repository(self, aggregate: Aggregate[S]) -> Repository[S]:
        return self.repositories[aggregate.kind]

    async def _seal(self) -> None:
        """Seals the log and publishes the heads; signs none until what is published has been looked at."""
        publishing = asyncio.create_task(self.heads.run(), name=f"{self.service.name} heads")
        try:
            await self.sealer.run(self.heads.consistent.is_set)
        finally:
            publishing.cancel()
            await asyncio.gather(publishing, return_exceptions=True)

    async def _count_parked(self) -> None:
        while True:
            with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                self.parked = await parked_count(self.log.pool)
            await asyncio.sleep(5)


Lead = Callable[[Running], Coroutine[Any, Any, None]]
"""Work of a service's own, for ever, by whichever of its processes leads it."""


async def install(settings: Settings, service: Service) -> str:
    """Creates the service's database and all that is in it; its URI."""
    assert settings.postgres is not None
    finds = install_finds(service.views)
    installs = (install_log, install_inbox, install_views, finds, install_audit, install_privacy, *service.installs)
    return await prepare(settings.postgres, service.name, installs)


async def build(settings: Settings, service: Service) -> Running:
    """The service on the servers that the settings name, ready to start."""
    uri = await install(settings, service)
    pool = await open_pool(uri, service.name)
    log = Log(service.name, pool)
    views = Views(log, service.views)
    assert settings.kafka is not None
    keys, origin = SigningKeys(settings.signing_key), f"{settings.name}/{service.name}"
    running = Running(
        service,
        settings,
        log,
        views,
        Reader(views, await open_readers(uri, service.name), service.kinds),
        Leadership(lambda: asyncpg.connect(uri, server_settings={"role": f"shangliang_{service.name}"})),
        Relay(log, settings.kafka),
        Inbox(log, settings.kafka, service.follows),
        Sealer(log, Signer(keys.signing, origin)),
        Heads(log, settings.kafka, keys.ever, origin),
    )
    _export(running)
    return running


def _export(running: Running) -> None:
    of = {"service": running.service.name}
    observe("shangliang.relay.lag", "Own events not yet on Kafka", lambda: [(running.relay.lag, of)])
    observe("shangliang.inbox.lag", "Others' events on Kafka, not yet in the log", lambda: [(running.inbox.lag, of)])
    observe("shangliang.seal.lag", "Events that are not sealed yet", lambda: [(running.sealer.lag, of)])
    observe("shangliang.parked", "Others' events that can't be taken in", lambda: [(running.parked, of)])
    observe(
        "shangliang.view.lag",
        "Events that a view has not folded yet",
        lambda: [(behind, of | {"view": view}) for view, behind in running.views.behind().items()],
    )
