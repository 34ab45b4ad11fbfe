"""Work that one process of a service does at a time: whoever holds its name as a session advisory lock."""

import asyncio
from collections.abc import Awaitable, Callable

import asyncpg
import structlog

from shared.eventlog.connections import AWAY, Connection
from shared.eventlog.log import POLL

LEADERS = 7219
"""The lock space of these names; the append lock is in another."""
HEARTBEAT = 2.0
"""Seconds between signs of life; PostgreSQL ends the session, and frees its names, after IDLE without one."""
IDLE = "10s"

Connect = Callable[[], Awaitable[Connection]]
log = structlog.get_logger()


class Leadership:
    """Holds names on one connection of its own. A process that is stopped loses them after IDLE; what it still does
    when it wakes up is harmless, because every checkpoint moves only from the value it was read at."""

    def __init__(self, connect: Connect):
        self._connect = connect
        self._connection: Connection | None = None
        self._lost = asyncio.Event()
        self._turn = asyncio.Lock()
        self._heart: asyncio.Task[None] | None = None

    async def lead(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        """For ever: waits until `name` is this process's, then works until it is lost or the work fails."""
        while True:
            try:
                if await self._acquire(name):
                    await self._while_held(name, work)
            except (*AWAY, asyncpg.PostgresError) as error:
                log.warning("leadership-lost", name=name, error=type(error).__name__)
            await asyncio.sleep(POLL)

    async def close(self) -> None:
        if self._heart:
            self._heart.cancel()
        if self._connection:
            self._connection.terminate()

    async def _acquire(self, name: str) -> bool:
        async with self._turn:
            if self._connection is None or self._connection.is_closed():
                self._connection = await self._connect()
                await self._connection.execute(f"set idle_session_timeout = '{IDLE}'")
                self._lost = asyncio.Event()
                if self._heart:
                    self._heart.cancel()
                self._heart = asyncio.create_task(self._beat(self._connection, self._lost), name="leadership")
            return await self._connection.fetchval("select pg_try_advisory_lock($1, hashtext($2))", LEADERS, name)

    async def _release(self, name: str) -> None:
        async with self._turn:
            if self._connection and not self._connection.is_closed():
                await self._connection.execute("select pg_advisory_unlock($1, hashtext($2))", LEADERS, name)

    async def _while_held(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        working = asyncio.ensure_future(work())
        losing = asyncio.create_task(self._lost.wait())
        try:
            await asyncio.wait((working, losing), return_when=asyncio.FIRST_COMPLETED)
            if working.cancelled():  # by something within it
                log.error("work-cancelled", name=name)
            elif working.done():
                working.result()
        except Exception as error:
            if isinstance(error, (*AWAY, asyncpg.PostgresError)):
                raise
            log.exception("work-failed", name=name)
        finally:
            for task in (working, losing):
                task.cancel()
            await asyncio.gather(working, losing, return_exceptions=True)
        await self._release(name)

    async def _beat(self, connection: Connection, lost: asyncio.Event) -> None:
        try:
            while not connection.is_closed():
                await asyncio.sleep(HEARTBEAT)
                async with self._turn:
                    await connection.execute("select 1", timeout=HEARTBEAT)
        except Exception as error:
            log.warning("leadership-connection-lost", error=type(error).__name__)
        finally:
            connection.terminate()
            lost.set()
