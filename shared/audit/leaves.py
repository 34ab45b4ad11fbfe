"""A row of the log as a leaf of the tree, and where the tree's hashes are kept.

A leaf is the row's twelve columns, from `position` to `recorded_at` in the order of the table, as PostgreSQL's
`record_send` writes a composite value in its binary format. All integers are big-endian:

    int32 12                                 the number of columns
    then for each column
        int32 type                           its type's number in pg_type (20 int8, 2950 uuid, 25 text, 23 int4,
                                             21 int2, 114 json, 1184 timestamptz)
        int32 length                         of what follows, in bytes
        position     int64
        event_id     16 bytes
        source, stream, type, community      UTF-8
        version      int32
        schema       int16
        data, metadata                       the JSON's bytes as they were written, UTF-8
        occurred_at, recorded_at             int64, microseconds since 2000-01-01T00:00:00Z

Lengths and types are told, so two rows that differ anywhere have different leaves. What is sealed of `data` are its
stored bytes: where it holds something encrypted, the key may be destroyed and the leaf stays what it was."""

from collections import defaultdict
from collections.abc import Sequence
from importlib.resources import files
from typing import Any

from shared.audit.tree import BLOCK, BLOCK_LEVEL, Node, Span, folded, levels, parts, split
from shared.eventlog.connections import Connection

LEAF = """record_send(row(position, event_id, source, stream, version, type, schema, data, metadata, community,
                          occurred_at, recorded_at))"""
POSITION = slice(12, 20)
"""Where a leaf has its position."""
SEALED = "select coalesce((select first + octet_length(leaves) / 32 from audit.sealed order by first desc limit 1), 0)"
SUBTREES = """
select level, place, hash from audit.subtree join unnest($1::smallint[], $2::bigint[]) as w(level, place)
using (level, place)
"""
LEAVES = "select first, leaves from audit.sealed where first >= $1 and first < $2 order by first"


async def install_audit(connection: Connection, role: str) -> None:
    """The schema of the seal."""
    sql = files("shared.audit").joinpath("schema.sql").read_text()
    await connection.execute(sql.replace("{role}", role))


async def sealed_size(connection: Any) -> int:
    """How many leaves the tree has."""
    return await connection.fetchval(SEALED)


async def leaves_of(connection: Any, block: int) -> list[bytes]:
    """The leaves' hashes that a block has so far."""
    rows = await connection.fetch(LEAVES, block * BLOCK, (block + 1) * BLOCK)
    return split(b"".join(row["leaves"] for row in rows))


async def subtrees(connection: Any, nodes: Sequence[Node]) -> dict[Node, bytes]:
    """Their hashes, of a block at least each."""
    rows = await connection.fetch(SUBTREES, [level for level, _ in nodes], [place for _, place in nodes])
    return {(row["level"], row["place"]): row["hash"] for row in rows}


async def hashes_of(connection: Any, spans: Sequence[Span]) -> list[bytes]:
    """The hash of each span, of a proof or a root: from some subtrees' and the leaves of at most a few blocks."""
    wanted = [parts(span) for span in spans]
    known = await subtrees(connection, [node for nodes in wanted for node in nodes if node[0] >= BLOCK_LEVEL])
    within: dict[int, list[Node]] = defaultdict(list)
    for nodes in wanted:
        for level, place in nodes:
            if level < BLOCK_LEVEL:
                within[place >> (BLOCK_LEVEL - level)].append((level, place))
    for block, nodes in within.items():
        rows = levels(await leaves_of(connection, block))
        known |= {(level, place): rows[level][place - (block << (BLOCK_LEVEL - level))] for level, place in nodes}
    return [folded([known[node] for node in nodes]) for nodes in wanted]


async def root_of(connection: Any, size: int) -> bytes:
    """The root of the tree of the first so many leaves."""
    [root] = await hashes_of(connection, [(0, size)])
    return root


def positions_of(positions: bytes) -> list[int]:
    """Positions that stand one after the other."""
    return [int.from_bytes(positions[at : at + 8], "big", signed=True) for at in range(0, len(positions), 8)]
