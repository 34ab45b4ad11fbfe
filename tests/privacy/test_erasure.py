"""Somebody is erased: nothing that was ever written of them can be read again, and history and figures stay whole."""

import asyncio
import os
import re
import subprocess
import sys
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import orjson
from aiokafka import AIOKafkaConsumer, TopicPartition

from shared.contracts.words import PersonId, Role
from shared.eventlog.database import database_uri
from shared.privacy.keks import KekAway, keks_of
from shared.privacy.keyring import Wrapped, about
from shared.privacy.topic import KEYS, from_value
from tests.privacy.conftest import Deployment
from tests.town import COMMUNITY

DIRECTORY, VOLUNTEER = "/api/directory/v1", "/api/volunteer/v1"
NAME, PHONE, ADDRESS = "居民甲乙丙", "13800000000", "示例小区九十九号楼"
FOR_WHOM = "居民甲乙丙，行动不便，住示例小区九十九号楼"
MARKS = (NAME, PHONE, "8613800000000", ADDRESS, FOR_WHOM, "行动不便")
SERVICES = ("directory", "volunteer", "portal")
VIEWS = ("directory.people", "directory.contacts", "volunteer.wishes", "volunteer.beneficiaries", "portal.stories")


@dataclass
class Somebody:
    """Who is registered with all their data, has changed their address, and for whom there is a wish."""

    id: PersonId
    wish: str
    headers: dict[str, str]


async def somebody(there: Deployment) -> Somebody:
    worker = there.headers(Role.GRID_WORKER, PersonId(uuid.uuid4()))

    async def post(path: str, body: Any) -> dict[str, Any]:
        answer = await there.http.post(there.at(path), json=body, headers=worker)
        assert answer.status_code == 202, answer.text
        return answer.json()

    known = {"community": COMMUNITY, "label": "resident~1", "name": NAME, "phone": PHONE}
    person = (await post(f"{DIRECTORY}/people", known))["id"]
    await post(f"{DIRECTORY}/people/{person}/contact", {"address": ADDRESS})
    wish = {"community": COMMUNITY, "beneficiary": person, "item": "拐杖", "for_whom": FOR_WHOM}
    made = await until(lambda: volunteered(there, wish, worker))
    id = PersonId(uuid.UUID(person))
    return Somebody(id, made, there.headers(Role.RESIDENT, id))


async def volunteered(there: Deployment, wish: dict[str, str], worker: dict[str, str]) -> str | None:
    """The wish's id, once the person's key has come."""
    answer = await there.http.post(there.at(f"{VOLUNTEER}/wishes"), json=wish, headers=worker)
    return answer.json()["id"] if answer.is_success else None


async def until(ask: Callable[[], Awaitable[Any]], seconds: float = 30) -> Any:
    async with asyncio.timeout(seconds):
        while not (found := await ask()):
            await asyncio.sleep(0.1)
    return found


async def ask(there: Deployment, service: str, sql: str, *values: Any) -> list[Any]:
    connection = await asyncpg.connect(database_uri(there.settings.postgres or "", f"shangliang_{service}"))
    try:
        return await connection.fetch(sql, *values)
    finally:
        await connection.close()


def command(there: Deployment, *words: str) -> Any:
    """What `shangliang … --json` answers."""
    environment = {
        **os.environ,
        "SHANGLIANG_DATA": str(there.data),
        "SHANGLIANG_POSTGRES": there.settings.postgres or "",
        "SHANGLIANG_KAFKA": there.settings.kafka or "",
    }
    run = [sys.executable, "-m", "shangliang", *words, "--json"]
    done = subprocess.run(run, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return orjson.loads(done.stdout)


async def everything_stored(there: Deployment) -> dict[str, str]:
    """All rows of all tables of all databases, by the table's name."""
    stored: dict[str, str] = {}
    for service in SERVICES:
        tables = "select schemaname, tablename from pg_tables where schemaname in ('public', 'views')"
        for schema, table in await ask(there, service, tables):
            rows = await ask(there, service, f'select t::text as row from {schema}."{table}" t')
            stored[f"{service} {schema}.{table}"] = "\n".join(row["row"] for row in rows)
    return stored


def on_disk(folder: Path, *marks: bytes) -> list[str]:
    """The files under a folder that hold one of the marks."""
    return [
        f"{path}: {mark!r}"
        for path in folder.rglob("*")
        if path.is_file()
        for content in (path.read_bytes(),)
        for mark in marks
        if mark in content
    ]


async def documents(there: Deployment, view: str) -> list[tuple[str, str]]:
    service, _, table = view.partition(".")
    rows = await ask(there, service, f"select key, document::text from views.{table} order by key")
    return [(row["key"], row["document"]) for row in rows]


async def keys_told(there: Deployment) -> list[tuple[uuid.UUID, Wrapped | None]]:
    """All that the topic of keys still holds."""
    consumer: AIOKafkaConsumer = AIOKafkaConsumer(bootstrap_servers=there.settings.kafka or "")
    await consumer.start()
    try:
        partition = TopicPartition(KEYS, 0)
        consumer.assign([partition])
        await consumer.seek_to_beginning(partition)
        messages: list[Any] = []
        while fetched := await consumer.getmany(timeout_ms=1000):
            messages += fetched.get(partition, [])
    finally:
        await consumer.stop()
    return [(uuid.UUID(one.key.decode()), one.value and from_value(one.value)) for one in messages]


async def still_opens(there: Deployment, person: uuid.UUID) -> bool:
    """Whether any wrapped key of theirs that the topic holds can still be unwrapped."""
    keks = keks_of(there.settings)
    for whose, key in await keys_told(there):
        if whose == person and key:
            try:
                await keks.named(key.kek).unwrap(key.wrapped, about(person, key.key_id))
            except KekAway:
                continue
            return True
    return False


async def erased(there: Deployment, who: Somebody) -> dict[str, Any]:
    """Erases them; the receipt, once every service has destroyed their key."""
    answer = await there.http.post(there.at(f"{DIRECTORY}/me/erase"), headers=who.headers)
    assert answer.status_code == 202, answer.text
    asked = "select 1 from person_key where person = $1"

    async def gone() -> bool:
        return not any([await ask(there, service, asked, who.id) for service in SERVICES])

    await until(gone)
    return answer.json()


async def settled(there: Deployment, *wishes: str) -> dict[str, list[tuple[str, str]]]:
    """The views once the wishes' stories have come to portal, too, and nothing moves any more."""
    seen: dict[str, list[tuple[str, str]]] = {}
    async with asyncio.timeout(60):
        while True:
            now = {view: await documents(there, view) for view in VIEWS}
            if now == seen and set(wishes) <= {key for key, _ in now["portal.stories"]}:
                return now
            seen = now
            await asyncio.sleep(1)


async def rebuilt(there: Deployment) -> dict[str, list[tuple[str, str]]]:
    """Every view, built anew."""
    for view in VIEWS:
        await asyncio.to_thread(command, there, "rebuild", view)
    return {view: await documents(there, view) for view in VIEWS}


async def test_after_an_erasure_the_text_is_nowhere_and_all_else_is_as_it_was(deployment: Deployment) -> None:
    there = deployment
    who, neighbour = await somebody(there), await somebody(there)
    worker = there.headers(Role.GRID_WORKER, PersonId(uuid.uuid4()))
    at = there.at(f"{DIRECTORY}/people/{who.id}/contact")
    await until(lambda: shown(there, at, worker))
    assert (await there.http.get(at, headers=worker)).json()["address"] == {"text": ADDRESS}
    counts = await ask(there, "volunteer", "select type, count(*) from log group by type order by type")

    await erased(there, who)
    before = await settled(there, who.wish, neighbour.wish)
    assert await rebuilt(there) == before
    assert await ask(there, "volunteer", "select type, count(*) from log group by type order by type") == counts
    said = (await there.http.get(at, headers=worker)).json()
    assert said["name"] == said["phone"] == said["address"] == {"erased": True}
    wish = await there.http.get(there.at(f"{VOLUNTEER}/wishes/{who.wish}/beneficiary"), headers=worker)
    assert wish.json()["for_whom"] == {"erased": True}
    theirs = await there.http.get(there.at(f"{VOLUNTEER}/wishes/{neighbour.wish}/beneficiary"), headers=worker)
    assert theirs.json()["for_whom"] == {"text": FOR_WHOM}

    stored = await everything_stored(there)
    assert {"directory public.log", "volunteer public.log", "portal public.log", "portal public.parked"} <= set(stored)
    assert any("p1." in rows for rows in stored.values())
    hits = [f"{table}: {mark}" for table, rows in stored.items() for mark in MARKS if mark in rows]
    hits += [f"{table}: escaped" for table, rows in stored.items() if orjson.dumps(NAME).decode()[1:-1] in rows]
    assert not hits
    logs = there.directory.log.read_text() + there.others.log.read_text()
    assert not [mark for mark in MARKS if mark in logs]
    await ask(there, "directory", "checkpoint")  # so that what PostgreSQL holds in memory is on the disk, too
    assert not on_disk(there.data, *(mark.encode() for mark in MARKS))
    found = on_disk(there.data, "拐杖".encode())  # what is not private can be found by the same search
    assert any("postgres" in one for one in found)
    assert any("kafka" in one for one in found)


async def shown(there: Deployment, at: str, headers: dict[str, str]) -> bool:
    """Whether a person's contact shows by now."""
    answer = await there.http.get(at, headers=headers)
    return answer.is_success and answer.json()["address"] is not None


async def test_keys_are_wrapped_anew_while_the_system_runs_and_the_log_stays_as_it_is(deployment: Deployment) -> None:
    there = deployment
    who, gone = await somebody(there), await somebody(there)
    await erased(there, gone)
    [*_, old] = await asyncio.to_thread(command, there, "keys", "list")
    log = await ask(there, "directory", "select data::text from log order by position")
    assert await still_opens(there, gone.id)  # the topic has its wrapped key until it is compacted

    added = await asyncio.to_thread(command, there, "keys", "add")
    during = await somebody(there)
    rotated = await asyncio.to_thread(command, there, "keys", "rotate")
    assert rotated["kek"] == added["kek"]
    assert rotated["rewrapped"] >= 1
    await until(lambda: asyncio.to_thread(followed, there, old["kek"]))
    await asyncio.to_thread(command, there, "keys", "retire", old["kek"])

    assert not await still_opens(there, gone.id)  # and with it none of any backup
    assert await still_opens(there, who.id)
    assert (await ask(there, "directory", "select data::text from log order by position"))[: len(log)] == log
    worker = there.headers(Role.GRID_WORKER, PersonId(uuid.uuid4()))
    for person in (who, during):
        at = there.at(f"{DIRECTORY}/people/{person.id}/contact")
        await until(lambda at=at: shown(there, at, worker))
        assert (await there.http.get(at, headers=worker)).json()["name"] == {"text": NAME}
        wish = await there.http.get(there.at(f"{VOLUNTEER}/wishes/{person.wish}/beneficiary"), headers=worker)
        assert wish.json()["for_whom"] == {"text": FOR_WHOM}


def followed(there: Deployment, kek: str) -> bool:
    """Whether no service holds a key wrapped with that one any more."""
    [row] = [one for one in command(there, "keys", "list") if one["kek"] == kek]
    return row["directory"] == row["volunteer"] == 0


async def test_a_key_that_still_wraps_cannot_be_retired(deployment: Deployment) -> None:
    there = deployment
    await somebody(there)
    [*_, newest] = await asyncio.to_thread(command, there, "keys", "list")
    for kek, why in ((newest["kek"], "is the newest"), ("kek-none", "There is no key")):
        run = [sys.executable, "-m", "shangliang", "keys", "retire", kek]
        environment = {**os.environ, "SHANGLIANG_DATA": str(there.data)}
        done = await asyncio.to_thread(subprocess.run, run, env=environment, capture_output=True, text=True)
        assert done.returncode == 1
        assert re.search(why, done.stderr)
    await asyncio.to_thread(command, there, "keys", "add")
    environment |= {"SHANGLIANG_POSTGRES": there.settings.postgres or ""}
    run = [sys.executable, "-m", "shangliang", "keys", "retire", newest["kek"]]
    done = await asyncio.to_thread(subprocess.run, run, env=environment, capture_output=True, text=True)
    assert "still wraps keys" in done.stderr
