"""Sealing: the tree over a log's rows, its signed heads, and what anybody may ask of them."""

import asyncio
import struct
from base64 import b64decode
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import asyncpg
import orjson
import pytest
from joserfc.jwk import OKPKey

from shared.audit import Sealer, Signer, Trail
from shared.audit.leaves import LEAF
from shared.audit.note import BadNote, opened
from shared.audit.tree import folded, leaf_hash, node_hash
from shared.deciding.refusals import NotFound, NotNow, NotValid
from shared.eventlog.log import Log
from tests.audit.script import said, script
from tests.conftest import Again
from tests.garden import Planted, new

KEY = OKPKey.generate_key("Ed25519", auto_kid=True)
ORIGIN = "shangliang.example/garden"
VERIFY = script()
HEADS = "select count(*) from audit.head"
SINCE = datetime(2000, 1, 1, tzinfo=UTC)
RAW = [b64decode(str(KEY.as_dict(private=False)["x"]) + "=", altchars=b"-_")]


def sealer(log: Log) -> Sealer:
    """One that signs with this module's key."""
    return Sealer(log, Signer(KEY, ORIGIN))


async def plant(log: Log, number: int) -> None:
    """So many new events, a stream each."""
    await asyncio.gather(*(log.append([new(f"plant-{uuid4()}", 1, Planted(bed="north"))]) for _ in range(number)))


async def leaves(log: Log) -> list[bytes]:
    """The leaves that the log's rows are, by their definition."""
    return [row[0] for row in await log.pool.fetch(f"select {LEAF} from log order by position")]


def root(hashes: list[bytes]) -> bytes:
    """MTH, as RFC 9162 defines it."""
    if len(hashes) < 2:
        return hashes[0] if hashes else folded([])
    left = 1 << ((len(hashes) - 1).bit_length() - 1)
    return node_hash(root(hashes[:left]), root(hashes[left:]))


async def test_a_leaf_is_the_row_as_the_page_says(log: Log) -> None:
    await log.append([new("plant-1", 1, Planted(bed="北"))])
    row = await log.pool.fetchrow(f"select *, {LEAF} as leaf from log")
    assert row

    def time(at: datetime) -> bytes:
        return struct.pack("!q", (at - SINCE) // timedelta(microseconds=1))

    columns = [
        (20, struct.pack("!q", row["position"])),
        (2950, row["event_id"].bytes),
        (25, b"garden"),
        (25, b"plant-1"),
        (23, struct.pack("!i", 1)),
        (25, b"planted"),
        (21, struct.pack("!h", 1)),
        (114, row["data"].encode()),
        (114, row["metadata"].encode()),
        (25, b"north"),
        (1184, time(row["occurred_at"])),
        (1184, time(row["recorded_at"])),
    ]
    said = b"".join(struct.pack("!ii", kind, len(value)) + value for kind, value in columns)
    assert row["leaf"] == struct.pack("!i", 12) + said


async def test_a_head_is_the_root_over_all_rows_however_often_one_was_signed(log: Log) -> None:
    sealing = sealer(log)
    assert await sealing.seal() is None
    for number in (1, 2, 252, 1, 300, 5_000, 3):
        await plant(log, number)
        head = await sealing.seal()
        assert head
        hashes = [leaf_hash(leaf) for leaf in await leaves(log)]
        assert (head.size, head.root) == (len(hashes), root(hashes))
        assert sealing.lag == 0


async def test_anybody_can_check_each_event_and_that_the_log_only_grew(log: Log) -> None:
    trail, heads = Trail(log, ["garden"]), list[tuple[int, bytes]]()
    for number in (3, 300, 700):
        await plant(log, number)
        await sealer(log).seal()
        _, size, top, at = VERIFY.opened(await trail.head(), RAW)
        assert abs(datetime.fromtimestamp(at, UTC) - datetime.now(UTC)) < timedelta(minutes=1)
        heads.append((size, top))
    rows = await log.pool.fetch(f"select event_id, {LEAF} as leaf from log order by position")
    for size, top in heads:
        for index in {0, 1, 2, 255, 256, 302, 511, 512, size - 1} & set(range(size)):
            proof = await trail.prove(rows[index]["event_id"], size)
            path = [b64decode(hash) for hash in proof.path]
            assert proof.index == index
            assert b64decode(proof.leaf) == leaf_hash(rows[index]["leaf"])
            assert VERIFY.included(b64decode(proof.leaf), index, size, path, top)
    for before, old in heads:
        for size, top in heads:
            if before <= size:
                path = [b64decode(hash) for hash in await trail.grew(before, size)]
                assert VERIFY.grew(before, size, path, old, top)


async def test_what_is_not_sealed_is_not_proved(log: Log) -> None:
    trail = Trail(log, ["garden"])
    with pytest.raises(NotFound):
        await trail.head()
    await plant(log, 2)
    await sealer(log).seal()
    late = new("plant-late", 1, Planted(bed="north"))
    await log.append([late])
    with pytest.raises(NotNow, match="not-sealed-yet"):
        await trail.prove(late.id)
    await sealer(log).seal()
    assert (await trail.prove(late.id)).index == 2
    with pytest.raises(NotNow, match="not-sealed-yet"):
        await trail.prove(late.id, 2)
    with pytest.raises(NotFound, match="event-not-found"):
        await trail.prove(uuid4())
    with pytest.raises(NotFound, match="head-not-found"):
        await trail.prove(late.id, 1)
    for first, second in ((0, 2), (3, 2), (2, 4)):
        with pytest.raises(NotValid):
            await trail.grew(first, second)


async def test_two_at_once_seal_every_event_once(log: Log, as_another_process: Again) -> None:
    await plant(log, 6_000)
    heads = await asyncio.gather(sealer(log).seal(), sealer(await as_another_process(log)).seal())
    expected = root([leaf_hash(leaf) for leaf in await leaves(log)])
    assert [head and (head.size, head.root) for head in heads] == [(6_000, expected)] * 2


async def test_the_service_may_add_to_its_seal_but_never_change_it(log: Log) -> None:
    await plant(log, 300)
    await sealer(log).seal()
    for table, column in (("sealed", "leaves"), ("subtree", "hash"), ("head", "note")):
        for sql in (f"update audit.{table} set {column} = {column}", f"delete from audit.{table}"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await log.pool.execute(sql)


def test_a_note_that_was_meddled_with_is_not_opened() -> None:
    at = datetime(2026, 5, 1, 9, tzinfo=UTC)
    head, note = Signer(KEY, ORIGIN).sign(7, leaf_hash(b"x"), at)
    assert opened(note, [KEY], ORIGIN) == head
    assert head.at == at
    for bad in (note.replace("\n7\n", "\n8\n"), note.replace("example", "another"), note[:-10], "", "\n\n"):
        with pytest.raises(BadNote):
            opened(bad, [KEY], ORIGIN)
    with pytest.raises(BadNote):
        opened(note, [OKPKey.generate_key("Ed25519")], ORIGIN)
    with pytest.raises(BadNote):
        opened(note, [KEY], "shangliang.example/another")


async def test_the_script_says_what_holds_and_what_does_not(log: Log, tmp_path: Path) -> None:
    trail = Trail(log, ["garden"])

    def file(name: str, content: object) -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else orjson.dumps(content))
        return path

    keys = file("keys", {"keys": [KEY.as_dict(private=False)]})
    await plant(log, 5)
    await sealer(log).seal()
    old = file("old", {"note": await trail.head()})
    await plant(log, 300)
    await sealer(log).seal()
    new_ = file("new", {"note": await trail.head()})
    grown = {"path": await trail.grew(5, 305)}
    [row] = await log.pool.fetch(f"select event_id, {LEAF} as leaf from log order by position offset 77 limit 1")
    proof, leaf = orjson.loads(orjson.dumps(await trail.prove(row["event_id"]))), row["leaf"]
    for status, arguments in (
        (0, ("head", keys, new_)),
        (0, ("grew", keys, old, new_, file("grown", grown))),
        (0, ("proof", keys, file("proof", proof))),
        (0, ("proof", keys, file("proof", proof), file("leaf", leaf))),
        (1, ("proof", keys, file("proof", proof), file("longer", leaf + b" "))),
        (1, ("proof", keys, file("another", {**proof, "index": 76}))),
        (1, ("grew", keys, new_, old, file("grown", grown))),
        (1, ("grew", keys, old, new_, file("shorter", {"path": grown["path"][1:]}))),
        (1, ("heads", keys, new_)),
        (1, ("head", file("others", {"keys": [OKPKey.generate_key("Ed25519").as_dict(private=False)]}), new_)),
    ):
        assert said(*arguments)[0] == status, (arguments, said(*arguments))
    assert said("head", keys, new_)[1].startswith(f"OK: {ORIGIN} of 305 events at 20")


async def test_none_is_signed_before_what_was_published_has_been_looked_at(log: Log) -> None:
    sealing, looked = sealer(log), asyncio.Event()
    await plant(log, 3)
    running = asyncio.create_task(sealing.run(looked.is_set))
    async with asyncio.timeout(20):
        while sealing.position < await log.head():
            await asyncio.sleep(0.05)
        assert await log.pool.fetchval(HEADS) == 0
        looked.set()
        while await log.pool.fetchval(HEADS) == 0:
            await asyncio.sleep(0.05)
    running.cancel()
    assert opened(await Trail(log, ["garden"]).head(), [KEY], ORIGIN).size == 3
