"""One service's views: kept up with the log, and rebuilt beside."""

import asyncio
from collections.abc import Sequence
from importlib.resources import files
from time import monotonic
from typing import Any

import structlog

from shared.eventlog.checkpoints import Overtaken
from shared.eventlog.connections import Connection, Pool
from shared.eventlog.database import Install
from shared.eventlog.leadership import Leadership
from shared.eventlog.log import POLL, Log, rest
from shared.eventlog.recorded import Recorded
from shared.projecting.build import BUILDS, Build
from shared.projecting.protecting import protection
from shared.projecting.view import Foldable, View

CATCH_UP = 4_000
"""Events a batch while a build catches up."""
QUIET = 1.0
"""Seconds after which a checkpoint is stored though nothing was to be folded."""
PATIENCE = 2.0
"""Seconds that a query waits for what it wants to see."""
PASSED = "select position from views.view_build where view = $1 and state = 'active'"

logger = structlog.get_logger()


class ViewBehind(Exception):
    """The view has not got there yet."""


class NotWritten(ValueError):
    """A query is to wait for a position that the log has not reached."""


async def install_views(connection: Connection, role: str) -> None:
    """The schema that builds live in."""
    sql = files("shared.projecting").joinpath("schema.sql").read_text()
    await connection.execute(sql.replace("{role}", role))


def install_finds(views: Sequence[type[View]]) -> Install:
    """The indexes that the views' events are found by in the log, one after the other."""
    indexes = [one.index for view in views for one in view.finds]

    async def install(connection: Connection, _: str) -> None:
        for index in indexes:
            await connection.execute(index)

    return install


async def request_rebuild(pool: Pool, view: type[View]) -> int:
    """Begins a build of a view beside the one in use; whoever leads the view goes on with it. Its number."""
    async with pool.acquire() as connection, connection.transaction():
        return (await Build.begin(connection, view())).build


class Ahead:
    """The events that a build catches up with: the next batch is read while one is folded."""

    def __init__(self, log: Log, view: View):
        self.log = log
        self._types = sorted({name for _, name in view.wanted})
        self._after = -1
        self._next: asyncio.Task[tuple[list[Recorded], int]] | None = None

    async def read(self, after: int) -> tuple[list[Recorded], int]:
        """At most CATCH_UP events, and the position up to which there are no others."""
        if self._next is None or self._after != after:
            self._begin(after)
        assert self._next is not None
        events, until = await self._next
        self._next = None
        if len(events) == CATCH_UP:
            self._begin(until)
        return events, until

    def _begin(self, after: int) -> None:
        if self._next is not None:
            self._next.cancel()
        self._after = after
        self._next = asyncio.create_task(self._read(after))

    async def _read(self, after: int) -> tuple[list[Recorded], int]:
        head = await self.log.head()  # asked first: what comes after it may be missing from the batch
        events = await self.log.read(after, limit=CATCH_UP, types=self._types)
        last = events[-1].position if events else after
        return events, last if len(events) == CATCH_UP else max(head, last)


class Views:
    """The views of one service."""

    def __init__(self, log: Log, views: Sequence[type[View]]):
        self.log = log
        self._roots = views
        self._passed: dict[str, int] = {}
        self._moved = asyncio.Condition()

    async def run(self, leadership: Leadership) -> None:
        """For ever: keeps up those views that no other process does."""
        await asyncio.gather(
            *(leadership.lead(f"view:{view.table()}:{view.number}", self._lead(view)) for view in self._roots)
        )

    async def wait(self, view: type[Foldable], position: int | None) -> None:
        """Returns when the view has passed a position, if there is one. Raises ViewBehind, NotWritten."""
        if position is None:
            return
        root = getattr(view, "of", view).table()
        until = monotonic() + PATIENCE
        while await self._position(root) < position:
            if position > self.log.newest and position > await self.log.head():
                raise NotWritten(position)
            left = until - monotonic()
            if left <= 0:
                raise ViewBehind(root)
            try:
                async with asyncio.timeout(min(left, POLL)), self._moved:
                    await self._moved.wait()
            except TimeoutError:
                pass

    def behind(self) -> dict[str, int]:
        """How many positions each view that this process leads is behind what it has seen of the log."""
        head = max([self.log.newest, *self._passed.values()])
        return {view: head - passed for view, passed in self._passed.items()}

    def _lead(self, view: type[View]) -> Any:
        async def work() -> None:
            try:
                await self._keep_up(view())
            finally:
                self._passed.pop(view.table(), None)

        return work

    async def _keep_up(self, view: View) -> None:
        active: Build | None = None
        building: Build | None = None
        ahead = Ahead(self.log, view)
        looked = -QUIET
        while True:
            try:
                if monotonic() - looked > QUIET or (active is None and building is None):
                    active, building = await self._builds(view, active, building)
                    looked = monotonic()
                    if active:
                        await active.store_position(self.log.pool)
                if building and await self._catch_up(building, ahead):
                    active, building = building, None
                if active:
                    await self._follow(active, wait=building is None)
                elif building is None:
                    await asyncio.sleep(QUIET)  # a newer number is in use: its own process keeps it up
            except Overtaken:
                active = building = None

    async def _builds(
        self, view: View, active: Build | None, building: Build | None
    ) -> tuple[Build | None, Build | None]:
        rows = await self.log.pool.fetch(BUILDS, view.table())
        ours = {row["build"]: row for row in rows if row["number"] == view.number}
        known = {one.build: one for one in (active, building) if one}
        declared = protection(view.tables())
        found = [known.get(b) or Build(view, b, row["position"], row["state"]) for b, row in sorted(ours.items())]
        for one in found:
            if ours[one.build]["protection"] != declared:
                await one.protect(self.log.pool)
        if not found and not any(row["number"] > view.number for row in rows):
            async with self.log.pool.acquire() as connection, connection.transaction():
                found = [await Build.begin(connection, view)]
        by_state = {one.state: one for one in found}
        return by_state.get("active"), by_state.get("building")

    async def _catch_up(self, build: Build, ahead: Ahead) -> bool:
        """Folds one big batch; whether that was the last, and the build is now in use."""
        events, until = await ahead.read(build.position)
        await build.fold_on(self.log, events, until)
        done = len(events) < CATCH_UP
        if done:
            await build.written()
            await build.activate(self.log.pool)
            await self._announce(build)
            logger.info("view-built", view=build.view.table(), build=build.build, position=build.position)
        return done

    async def _follow(self, build: Build, *, wait: bool) -> None:
        began = monotonic()
        events = await self.log.tail.read(build.position)
        if not events:
            if wait:
                await self.log.wait(build.position, POLL)
            return
        last = events[-1].position
        if any((event.source, event.type) in build.view.wanted for event in events):
            await build.fold(self.log, events, last)
        build.position = last
        await self._announce(build)
        if wait:
            await rest(began)

    async def _announce(self, build: Build) -> None:
        self._passed[build.view.table()] = build.position
        async with self._moved:
            self._moved.notify_all()

    async def _position(self, root: str) -> int:
        if root in self._passed:
            return self._passed[root]
        position = await self.log.pool.fetchval(PASSED, root)
        return -1 if position is None else position
