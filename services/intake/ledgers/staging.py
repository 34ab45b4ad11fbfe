"""The lines of ledgers on their way to become issues: kept in a table, raised in batches, each of which deletes its
lines in the transaction that appends what they say. Stopped anywhere, it goes on with the lines that are left."""

import asyncio
from collections.abc import Iterable, Sequence
from functools import partial
from importlib.resources import files
from typing import Any
from uuid import UUID, uuid5

from services.intake.issues.issue import issues
from services.intake.ledgers import ledger, sheet
from services.intake.ledgers.columns import Line
from services.intake.ledgers.ledger import ledgers
from shared.contracts.event import Event
from shared.contracts.intake import IssueClosed, LedgerImported
from shared.deciding.act import Act
from shared.eventlog.connections import Connection, Pool
from shared.eventlog.following import follow_own
from shared.eventlog.recorded import Metadata, NewEvent, Recorded
from shared.eventlog.writer import Conflict
from shared.service import Running

PATIENCE = 120.0
"""Seconds that keeping them may take."""
TOGETHER = 200
"""Lines at most that are raised in one commit."""
GRANTS = 'grant select, insert, update, delete on ledger_line, ledger_progress to "{role}"'
NEXT = "select line, said from ledger_line where ledger = $1 order by line limit $2"
TAKE = "delete from ledger_line where ledger = $1 and line = any($2::int[]) returning line"
STARTED = "select stream from log where source = $1 and stream = any($2::text[]) and version = 1"
COUNT = """
insert into ledger_progress (ledger, raised, known) values ($1, $2, $3)
on conflict (ledger) do update
set raised = ledger_progress.raised + excluded.raised, known = ledger_progress.known + excluded.known
"""
PROGRESS = "select raised, known from ledger_progress where ledger = $1"
UNSTAGE = "delete from ledger_line where ledger = $1"
SWEEP = """
delete from ledger_line l where l.staged_at < now() - interval '1 day'
and not exists (select from log where source = $1 and stream = 'ledger-' || l.ledger)
"""


class Overtaken(Exception):
    """Another process has raised these lines meanwhile."""


async def install_ledgers(connection: Connection, role: str) -> None:
    """Intake's own tables."""
    await connection.execute(files("services.intake.ledgers").joinpath("schema.sql").read_text())
    await connection.execute(GRANTS.format(role=role))


async def stage(pool: Pool, id: UUID, lines: Iterable[bytes]) -> None:
    """Keeps the lines until they are issues."""
    records = ((id, number, line.decode()) for number, line in enumerate(lines, 1))
    columns = ["ledger", "line", "said"]
    await pool.copy_records_to_table("ledger_line", records=records, columns=columns, timeout=PATIENCE)


async def unstage(pool: Pool, id: UUID) -> None:
    """Nothing comes of it."""
    await pool.execute(UNSTAGE, id)


async def progress(pool: Pool, id: UUID) -> tuple[int, int]:
    """How many of its lines were raised, and how many were issues before."""
    row = await pool.fetchrow(PROGRESS, id)
    return (row["raised"], row["known"]) if row else (0, 0)


async def follow(intake: Running) -> None:
    """For ever: raises the lines of each ledger that is taken in, one ledger after the other."""
    await intake.log.pool.execute(SWEEP, intake.log.own)
    await follow_own(intake.log, "ledgers", (LedgerImported,), partial(_raise_all, intake))


async def _raise_all(intake: Running, event: Recorded) -> None:
    id = UUID(event.stream_id)
    while rows := await intake.log.pool.fetch(NEXT, id, TOGETHER):
        try:
            await _raise(intake, event, id, rows)
        except (Conflict, Overtaken):  # somebody else has raised one of them: look again
            await asyncio.sleep(0.01)
    raised, known = await progress(intake.log.pool, id)
    act = Act("reaction", event.at, None, correlation=event.correlation, effect_of=event.id)
    await intake.execute(act, ledgers, id, ledger.finish, raised=raised, known=known)


async def _raise(intake: Running, event: Recorded, id: UUID, rows: Sequence[Any]) -> None:
    assert isinstance(event.data, LedgerImported)
    lines = [sheet.line_of(row["said"]) for row in rows]
    started = await intake.log.pool.fetch(STARTED, intake.log.own, [issues.stream(line.id) for line in lines])
    there = {row["stream"] for row in started}
    new = [line for line in lines if issues.stream(line.id) not in there]
    events = [one for line in new for one in _events(event, event.data, line)]
    position = 0
    async with intake.log.pool.acquire() as connection, connection.transaction():
        taken = await connection.fetch(TAKE, id, [row["line"] for row in rows])
        if len(taken) != len(rows):
            raise Overtaken
        await connection.execute(COUNT, id, len(new), len(lines) - len(new))
        if events:
            position = await intake.log.append_in(connection, events)
    intake.log.announce(position)


def _events(event: Recorded, imported: LedgerImported, line: Line) -> list[NewEvent]:
    """With ids that follow from the import's: whatever is tried again is the same."""
    stream, metadata = issues.stream(line.id), Metadata(line.id, event.id, event.metadata.get("actor"))
    return [
        NewEvent(
            uuid5(event.id, f"{stream}/{version}"),
            stream,
            version,
            said,
            metadata,
            imported.community,
            _at(said, line),
        )
        for version, said in enumerate(ledger.issue_of(imported, line), 1)
    ]


def _at(said: Event, line: Line) -> Any:
    return line.closed_at if isinstance(said, IssueClosed) else line.raised_at
