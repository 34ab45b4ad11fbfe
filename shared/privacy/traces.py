"""Who read whose personal data: written before the reader gets it, for the person to see."""

from collections.abc import Sequence
from uuid import UUID

from typing_extensions import TypedDict

from shared.deciding.act import Act
from shared.eventlog.connections import Pool

WRITE = "insert into read_trace (person, reader, role, fields) values ($1, $2, $3, $4)"
READ = "select reader, role, fields, at from read_trace where person = $1 order by id desc limit 1000"


class ReadTrace(TypedDict):
    """Somebody, in a role, read some fields at a time (RFC 3339)."""

    by: str
    role: str
    fields: list[str]
    at: str


async def trace_read(pool: Pool, act: Act, person: UUID, fields: Sequence[str]) -> None:
    """Leaves the trace; none where people read what is their own."""
    if act.caller != person:
        role, _, _ = act.actor.partition(":")
        await pool.execute(WRITE, person, act.person, role, list(fields))


async def reads_of(pool: Pool, person: UUID) -> list[ReadTrace]:
    """The newest thousand, newest first."""
    rows = await pool.fetch(READ, person)
    return [
        ReadTrace(by=str(row["reader"]), role=row["role"], fields=row["fields"], at=row["at"].isoformat())
        for row in rows
    ]
