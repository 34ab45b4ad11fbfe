"""Events that could not be taken in: seen, tried again, or skipped with a reason."""

from typing import Any
from uuid import UUID

import orjson
from uuid_utils.compat import uuid7

from shared.contracts.event import Unreadable
from shared.eventlog.connections import Pool
from shared.messaging.cloudevents import Arrived, from_message

LIST = """
select id, source, stream, version, reason, topic, "partition", "offset", parked_at from parked order by id limit $1
"""
SHOW = "select * from parked where id = $1"
OF_STREAM = "select * from parked where source = $1 and stream = $2 order by version nulls first, id"
WHY = "update parked set reason = $2 where id = $1 and reason <> $2"
GONE = "delete from parked where id = $1"
COUNT = "select count(*) from parked"
NEWEST = "select coalesce(max(version), 0) from log where source = $1 and stream = $2"
TAKE = """
insert into log (event_id, source, stream, version, type, schema, data, metadata, community, occurred_at, recorded_at)
values ($1, $2, $3, $4, $5, $6, $7::json, $8::json, $9, $10, recorded_now()) returning position
"""
LAST = (
    "select metadata, community, occurred_at from log where source = $1 and stream = $2 order by version desc limit 1"
)
SKIPPED = "skipped"
"""The type of what stands in the log for an event that was skipped: no view wants it."""


class NotParked(LookupError):
    """There is no parked event of that id."""


class NotNext(ValueError):
    """Events of its stream that come before it are not in the log yet."""


async def parked_count(pool: Pool) -> int:
    """How many events are parked."""
    return await pool.fetchval(COUNT)


async def list_parked(pool: Pool, limit: int = 100) -> list[dict[str, Any]]:
    """Those that came first, first: all but what they hold."""
    return [dict(row) for row in await pool.fetch(LIST, limit)]


async def show_parked(pool: Pool, id: int) -> dict[str, Any]:
    """One, with its headers and body. Raises NotParked."""
    row = await pool.fetchrow(SHOW, id)
    if row is None:
        raise NotParked(id)
    headers = {name: value.decode(errors="replace") for name, value in _headers(row)}
    return {**dict(row), "headers": headers, "body": row["body"].decode(errors="replace")}


async def replay_parked(pool: Pool, source: str, stream: str) -> int:
    """Takes in what a stream has parked, in order, up to the first event that can't be yet, which gets its reason anew.
    The newest position, 0 where nothing went in."""
    arrived = [(row, _read(row)) for row in await pool.fetch(OF_STREAM, source, stream)]
    position = 0
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("select pg_advisory_xact_lock(1)")
        newest: int = await connection.fetchval(NEWEST, source, stream)
        for row, event in arrived:
            if isinstance(event, str):
                await connection.execute(WHY, row["id"], event)
                break
            if event.version > newest + 1:
                await connection.execute(WHY, row["id"], f"waits: version {newest + 1} has not come")
                break
            if event.version == newest + 1:
                position = await _append(connection, event)
                newest += 1
            await connection.execute(GONE, row["id"])
    return position


async def skip_parked(pool: Pool, id: int, reason: str) -> int:
    """Gives an event up: in its place the log gets one that says why, so that its stream goes on. The newest position,
    0 where the log needed nothing in its place. Raises NotParked, NotNext."""
    row = await pool.fetchrow(SHOW, id)
    if row is None:
        raise NotParked(id)
    source, stream, version = row["source"], row["stream"], row["version"]
    position = 0
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("select pg_advisory_xact_lock(1)")
        newest: int = await connection.fetchval(NEWEST, source, stream)
        if stream and (version or 0) > newest + 1:
            raise NotNext(f"version {newest + 1} of {stream} comes before it")
        if stream and version in (None, newest + 1):
            last = await connection.fetchrow(LAST, source, stream)
            position = await _append(connection, _placeholder(row, newest + 1, last, reason))
        await connection.execute(GONE, id)
    return max(position, await replay_parked(pool, source, stream))


def _placeholder(row: Any, version: int, last: Any, reason: str) -> Arrived:
    headers = dict(_headers(row))
    community = headers.get("ce_partitionkey", b"").decode(errors="replace").replace("\x00", "")
    return Arrived(
        id=uuid7(),
        source=row["source"],
        stream=row["stream"],
        version=version,
        type=SKIPPED,
        schema=1,
        data=orjson.dumps({"reason": reason}).decode(),
        metadata=last["metadata"] if last else orjson.dumps({"correlation": str(UUID(int=0))}).decode(),
        community=last["community"] if last else community,
        occurred_at=row["parked_at"],
    )


async def _append(connection: Any, event: Arrived) -> int:
    return await connection.fetchval(
        TAKE,
        event.id,
        event.source,
        event.stream,
        event.version,
        event.type,
        event.schema,
        event.data,
        event.metadata,
        event.community,
        event.occurred_at,
    )


def _headers(row: Any) -> list[tuple[str, bytes]]:
    return [(name, bytes.fromhex(value)) for name, value in orjson.loads(row["headers"])]


def _read(row: Any) -> Arrived | str:
    """The event, or why it can't be read."""
    try:
        return from_message(_headers(row), row["body"])
    except Unreadable as error:
        return str(error)
