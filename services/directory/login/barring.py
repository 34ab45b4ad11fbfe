"""Whose tokens no longer count: of who lost a role, as it stands in the log, and of who was erased.

A token says which version of its person's stream it is made of; one that has not seen the revocation is barred. So no
clock decides, and none has to be right."""

from datetime import timedelta
from time import time
from uuid import UUID

from services.directory.login.outbox import put
from shared.contracts.directory import PersonErased, RoleRevoked
from shared.eventlog.connections import Borrowed
from shared.eventlog.following import follow_own
from shared.eventlog.recorded import Recorded
from shared.identity.tokens import CLOCKS_APART, LIFETIME, LONGEST
from shared.identity.trust import TRUST, person_barred, session_ended
from shared.service import Running
from shared.settings import Environment, Settings

AGE = "select extract(epoch from clock_timestamp() - recorded_at)::float8 from log where position = $1"
END_ALL = "delete from session where person = $1 returning id"
FORGET = (
    "delete from password where person = $1",
    "delete from invitation where person = $1",
    "delete from outside_identity where person = $1",
)


def life(settings: Settings) -> float:
    """Seconds that a token may be good for here, whoever's clock says so."""
    longest: timedelta = LONGEST if settings.environment is Environment.DEVELOPMENT else LIFETIME
    return longest.total_seconds() + CLOCKS_APART


async def end_sessions(directory: Running, connection: Borrowed, person: UUID) -> None:
    """Ends the person's sessions, and bars their tokens."""
    for row in await connection.fetch(END_ALL, person):
        await put(connection, TRUST, session_ended(row["id"], time() + life(directory.settings)))


async def follow(directory: Running) -> None:
    """For ever."""

    async def take(event: Recorded) -> None:
        person, longest = UUID(event.stream_id), life(directory.settings)
        async with directory.log.pool.acquire() as connection, connection.transaction():
            if isinstance(event.data, PersonErased):
                await end_sessions(directory, connection, person)
                for statement in FORGET:
                    await connection.execute(statement, person)
            if await connection.fetchval(AGE, event.position) < longest:
                await put(connection, TRUST, person_barred(person, event.version, time() + longest))

    await follow_own(directory.log, "bars", (RoleRevoked, PersonErased), take)
