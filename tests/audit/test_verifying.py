"""Verifying: whoever changes the history, with whatever rights, is found, and so is the place."""

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from joserfc.jwk import OKPKey

from shangliang.embedded import Servers
from shared.audit import Heads, Sealer, Signer, heads_topic, verifying
from shared.audit.heads import Contradiction, published_heads
from shared.audit.tree import BLOCK, leaf_hash
from shared.audit.verifying import Verdict, What, verify
from shared.eventlog.log import Log
from shared.messaging import create_topics, kept_for
from tests.conftest import uri_of
from tests.garden import Planted, Watered, new

KEY = OKPKey.generate_key("Ed25519", auto_kid=True)
ORIGIN = "shangliang.example/garden"
STREAMS, VERSIONS = 700, 4
SQUEEZE = """
insert into log (position, event_id, source, stream, version, type, schema, data, metadata, community, occurred_at)
select position + 1, $2, source, stream, version + 100, type, schema, data, metadata, community, occurred_at
from log where position = $1
"""


@pytest.fixture
async def superuser(log: Log) -> AsyncIterator[Any]:
    """Somebody who may do anything to the log's database, and has left room in it: every other position is free."""
    connection = await asyncpg.connect(uri_of(log))
    await connection.execute("alter table log alter position set increment by 2")
    yield connection
    await connection.close()


async def sealed_log(log: Log) -> list[int]:
    """Seals a log of some thousand events, under three heads; the positions."""
    sealer = Sealer(log, Signer(KEY, ORIGIN))
    for part in range(3):
        streams = [f"plant-{part}-{n}" for n in range(STREAMS // 3)]
        await asyncio.gather(*(log.append(story(stream)) for stream in streams))
        await sealer.seal()
    return [row[0] for row in await log.pool.fetch("select position from log order by position")]


def story(stream: str) -> list[Any]:
    """Some events of one stream."""
    return [new(stream, 1, Planted(bed="北")), *(new(stream, n, Watered(litres=n)) for n in range(2, VERSIONS + 1))]


async def stored(log: Log) -> list[tuple[str, str]]:
    """The heads in the database."""
    return [("stored", row["note"]) for row in await log.pool.fetch("select note from audit.head order by number")]


async def verdict(log: Log, published: Sequence[str] = ()) -> Verdict:
    """What verifying the log says."""
    return await verify(log.pool, [*await stored(log), *(("published", note) for note in published)], [KEY], ORIGIN)


def places(said: Verdict, *kinds: What) -> set[int]:
    """Every position that is named, for one of the kinds."""
    return {at for one in said.broken if one.what in kinds for at in range(one.first, one.last + 1)}


async def test_a_log_that_nobody_touched_is_whole(log: Log) -> None:
    positions = await sealed_log(log)
    await log.append([new("plant-late", 1, Planted(bed="north"))])
    said = await verdict(log)
    assert (said.events, said.unsealed, said.heads, said.broken) == (len(positions), 1, 3, [])


async def test_heads_of_before_the_key_changed_hold_for_who_knows_that_key(log: Log) -> None:
    keys = [OKPKey.generate_key("Ed25519", auto_kid=True)]
    sealer = Sealer(log, Signer(lambda: keys[-1], ORIGIN))
    for number in range(3):
        await log.append([new(f"plant-{number}", 1, Planted(bed="north"))])
        await sealer.seal()
        keys.append(OKPKey.generate_key("Ed25519", auto_kid=True))
    notes = await stored(log)
    said = await verify(log.pool, notes, keys, ORIGIN)
    assert (said.heads, said.broken) == (3, [])
    said = await verify(log.pool, notes, keys[1:], ORIGIN)
    assert [one.what for one in said.broken] == [What.UNSIGNED]


async def test_heads_of_any_size_hold(log: Log) -> None:
    sealer, size = Sealer(log, Signer(KEY, ORIGIN)), 0
    for head in (1, 255, 256, 257, 511, 512, 513, 768, 1024, 1025, 1280):
        await asyncio.gather(*(log.append([new(f"plant-{n}", 1, Planted(bed="north"))]) for n in range(size, head)))
        size = head
        await sealer.seal()
    said = await verdict(log)
    assert (said.events, said.heads, said.broken) == (1280, 11, [])


async def test_of_fifty_rows_meddled_with_all_are_found_where_they_are(log: Log, superuser: Any) -> None:
    positions = await sealed_log(log)
    chosen = random.Random(7).sample(positions[:-1], 50)
    edited, deleted, swapped, followed, dated = (chosen[n : n + 10] for n in range(0, 50, 10))
    await superuser.execute(
        "update log set data = replace(data::text, '北', '南')::json, community = 'south' where position = any($1)",
        edited,
    )
    await superuser.execute("delete from log where position = any($1)", deleted)
    await superuser.execute("alter table log alter position drop identity")
    for one, other in zip(swapped[::2], swapped[1::2], strict=True):
        for before, after in ((one, -1), (other, one), (-1, other)):
            await superuser.execute("update log set position = $2 where position = $1", before, after)
    added = [await squeezed_in(superuser, position) for position in followed]
    await superuser.execute(
        "update log set recorded_at = recorded_at - interval '1 day' where position = any($1)", dated[:5]
    )
    await superuser.execute(
        "update log set occurred_at = occurred_at - interval '1 second' where position = any($1)", dated[5:]
    )
    said = await verdict(log)
    assert places(said, What.CHANGED) == {*edited, *swapped, *dated}
    assert places(said, What.MISSING) == set(deleted)
    assert places(said, What.ADDED) == set(added)
    assert {one.what for one in said.broken} == {What.CHANGED, What.MISSING, What.ADDED}
    assert sum(one.last - one.first + 1 for one in said.broken) == 50


async def squeezed_in(superuser: Any, position: int) -> int:
    """Inserts a copy of an event right behind it, where its log leaves room: the position that it got."""
    await superuser.execute(SQUEEZE, position, uuid4())
    return position + 1


async def test_a_tail_that_was_cut_off_is_found_by_the_head_that_was_published(log: Log, superuser: Any) -> None:
    positions = await sealed_log(log)
    published = [note for _, note in await stored(log)]
    cut = positions[-700]
    await superuser.execute("delete from log where position >= $1", cut)
    said = await verdict(log)
    assert places(said, What.MISSING) == set(positions[-700:])
    first = await superuser.fetchval("select min(first) from audit.sealed where last >= $1", cut)
    await superuser.execute("delete from audit.sealed where first >= $1", first)
    await superuser.execute("delete from audit.subtree where ((place + 1) << level) > $1", first)
    await superuser.execute("delete from audit.head where size > $1", first)
    last = await superuser.fetchval("select max(last) from audit.sealed")
    await superuser.execute("delete from log where position > $1", last)
    assert (await verdict(log)).broken == []
    [found] = (await verdict(log, published)).broken
    assert (found.what, found.first) == (What.CUT_OFF, last + 1)


async def test_who_seals_anew_what_they_changed_is_found_by_the_heads(log: Log, superuser: Any) -> None:
    positions = await sealed_log(log)
    published = [note for _, note in await stored(log)]
    sizes = [row[0] for row in await log.pool.fetch("select size from audit.head order by number")]
    at = sizes[0] + 100
    await superuser.execute("update log set community = 'south' where position = $1", positions[at])
    await superuser.execute("truncate audit.sealed, audit.subtree")
    await superuser.execute("update checkpoint set position = 0 where follower = 'audit'")
    await Sealer(log, Signer(KEY, ORIGIN)).seal()
    found = (await verdict(log, published)).broken
    assert found
    assert {one.what for one in found} == {What.HEAD}
    assert (found[0].first, found[0].last) == (positions[sizes[0] - 1] + 1, positions[sizes[1] - 1])
    assert found[0].first <= positions[at] <= found[0].last


async def test_a_leaf_that_was_changed_is_found(log: Log, superuser: Any) -> None:
    positions = await sealed_log(log)
    await superuser.execute(
        "update audit.sealed set leaves = set_byte(leaves, 6, get_byte(leaves, 6) # 255) where first = 256"
    )
    said = await verdict(log)
    assert places(said, What.CHANGED) == {positions[256]}
    assert What.SEAL in {one.what for one in said.broken}
    assert What.HEAD in {one.what for one in said.broken}


async def test_leaves_that_are_gone_are_found(log: Log, superuser: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verifying, "PAGE", BLOCK)
    positions = await sealed_log(log)
    await superuser.execute("delete from audit.sealed where first = 256")
    said = await verdict(log)
    assert set(positions[256:512]) <= places(said, What.ADDED)
    assert {one.what for one in said.broken} == {What.ADDED, What.SEAL, What.HEAD}


async def test_a_head_that_another_key_signed_is_found(log: Log) -> None:
    await sealed_log(log)
    _, note = Signer(OKPKey.generate_key("Ed25519"), ORIGIN).sign(1, leaf_hash(b""), datetime.now(UTC))
    assert [one.what for one in (await verdict(log, [note])).broken] == [What.UNSIGNED]


async def test_heads_are_published_and_never_contradict_what_was(log: Log, servers: Servers, superuser: Any) -> None:
    log.own = f"garden-{uuid4().hex[:8]}"  # a topic of its own
    await create_topics(servers.kafka, [heads_topic(log.own)], partitions=1, replication=1, settings=kept_for(None))
    heads = Heads(log, servers.kafka, lambda: [KEY], ORIGIN)
    await sealed_log(log)
    running = asyncio.create_task(heads.run())
    notes = [note for _, note in await stored(log)]
    async with asyncio.timeout(30):
        while await published_heads(servers.kafka, log.own) != notes[-1:]:
            await asyncio.sleep(0.1)
        await log.append([new("plant-late", 1, Planted(bed="north"))])
        await Sealer(log, Signer(KEY, ORIGIN)).seal()
        while len(published := await published_heads(servers.kafka, log.own)) < 2:
            await asyncio.sleep(0.1)
    running.cancel()
    assert (await verdict(log, published)).broken == []
    await heads.require_consistent()
    await superuser.execute("delete from audit.sealed where first > 256")
    with pytest.raises(Contradiction):
        await heads.require_consistent()
