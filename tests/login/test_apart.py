"""Every service a process of its own, in production: what ends somewhere ends everywhere, and soon."""

import asyncio
import os
import signal
import sys
import uuid
from base64 import urlsafe_b64decode
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

import httpx
import orjson
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from joserfc import jwt
from joserfc.jwk import KeySet

from shangliang.embedded import Servers
from shangliang.embedded import servers as embedded_servers
from shangliang.services import SERVICES
from shared.contracts.words import PersonId, Role
from shared.deciding.act import Grant
from shared.identity.codes import CODES
from shared.identity.tokens import ALGORITHMS, load_or_make_key, mint
from shared.identity.trust import TRUST
from shared.messaging.topics import partitions_of
from shared.settings import Settings
from tests.faults.processes import Process
from tests.login.people import DIRECTORY, LOGIN, PASSWORD, bearer, new_phone, until
from tests.login.sms import newest_code
from tests.town import COMMUNITY

WITHIN = 60.0
"""Seconds that the domain gives a revoked role everywhere."""
SIGNED_IN = {
    "directory": f"/people?community={COMMUNITY}",
    "intake": f"/visits?community={COMMUNITY}",
    "deliberation": f"/consultations?community={COMMUNITY}",
    "partner": f"/communities/{COMMUNITY}/work-orders",
    "volunteer": "/me/reads",
    "notify": "/messages",
    "portal": f"/stories?community={COMMUNITY}",
}
"""Of each service something that a secretary of the community may read."""


@dataclass
class City:
    """Seven processes, and what they share."""

    servers: Servers
    data: Path
    texts: Path
    processes: dict[str, Process]
    http: httpx.AsyncClient

    @property
    def steward(self) -> dict[str, str]:
        """The headers of who holds the key that signs now."""
        key = load_or_make_key(Settings(data=self.data).signing_key)
        return {"authorization": f"Bearer {mint(key, PersonId(uuid.uuid4()), [Grant(Role.STEWARD)])}"}

    def at(self, path: str) -> str:
        """The address that a path is answered at."""
        return f"{self.processes[path.split('/')[2]].origin}{path}"

    async def post(self, path: str, body: Any, headers: dict[str, str] | None = None) -> dict[str, Any]:
        """A command that is accepted."""
        answer = await self.http.post(self.at(path), json=body, headers=headers)
        assert answer.is_success, answer.text
        return answer.json()

    async def statuses(self, signed: dict[str, Any]) -> dict[str, int]:
        """What each service says to who is signed in."""
        names = list(SIGNED_IN)
        paths = [f"{SERVICES[name].prefix}{SIGNED_IN[name]}" for name in names]
        answers = await asyncio.gather(*(self.http.get(self.at(path), headers=bearer(signed)) for path in paths))
        return {name: answer.status_code for name, answer in zip(names, answers, strict=True)}

    async def refused_everywhere(self, signed: dict[str, Any]) -> float:
        """Waits until each service refuses the token; how many seconds that took."""
        began = monotonic()

        async def ask() -> bool:
            return set((await self.statuses(signed)).values()) == {401}

        await until(ask, WITHIN)
        return monotonic() - began

    async def secretary(self) -> tuple[str, dict[str, Any]]:
        """Somebody who is a secretary and has signed in by what their phone got and a password; their id."""
        phone = new_phone()
        body = {"community": COMMUNITY, "label": "secretary~1", "phone": phone}
        person = (await self.post(f"{DIRECTORY}/people", body, self.steward))["id"]
        role = {"role": "secretary", "scope": {"community": COMMUNITY}}
        await self.post(f"{DIRECTORY}/people/{person}/grant", role, self.steward)
        invited = await self.http.put(self.at(f"{DIRECTORY}/people/{person}/invitation"), headers=self.steward)
        invitation = invited.json()["invitation"]
        await self.post(f"{LOGIN}/invitation", {"invitation": invitation, "password": PASSWORD})
        said = await self.post(f"{LOGIN}/code", {"phone": phone})
        assert said["code"] is None

        async def text() -> str | None:
            return newest_code(self.texts, phone)

        code = await until(text)
        body = {"phone": phone, "code": code, "password": PASSWORD}
        signed = await self.post(f"{LOGIN}/password", body)
        assert set((await self.statuses(signed)).values()) == {200}
        return person, signed

    async def refreshed(self, signed: dict[str, Any]) -> dict[str, Any]:
        """Goes on with a session."""
        return await self.post(f"{LOGIN}/refresh", {"refresh_token": signed["refresh_token"]})

    async def command(self, *words: str) -> Any:
        """What a command that succeeds says."""
        env = {**os.environ, "SHANGLIANG_DATA": str(self.data)}
        pipe = asyncio.subprocess.PIPE
        run = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "shangliang", *words, "--json", env=env, stdout=pipe, stderr=pipe
        )
        out, err = await run.communicate()
        assert run.returncode == 0, err.decode()
        return orjson.loads(out)


@pytest.fixture(scope="module")
async def city(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[City]:
    data = tmp_path_factory.mktemp("apart")
    texts = data / "texts"
    os.environ["SHANGLIANG_TEST_SMS"] = str(texts)
    settings = {"sms": "tests.login.sms:send", "environment": "production"}
    with embedded_servers(data) as running:
        processes = {name: Process(running, data, name, **settings) for name in SERVICES}
        try:
            await asyncio.gather(*(one.start() for one in processes.values()))
            async with httpx.AsyncClient(timeout=30, limits=httpx.Limits(max_keepalive_connections=0)) as http:
                made = City(running, data, texts, processes, http)
                await made.post(
                    f"{DIRECTORY}/sub-districts/shangzhan", {"name": "上站", "district": "城区"}, made.steward
                )
                community = {"sub_district": "shangzhan", "name": "窑坡社区"}
                await made.post(f"{DIRECTORY}/communities/{COMMUNITY}", community, made.steward)
                yield made
        finally:
            for one in processes.values():
                one.end()


async def test_a_role_that_is_revoked_ends_everywhere_and_what_is_left_is_had_by_going_on(city: City) -> None:
    person, signed = await city.secretary()
    role = {"role": "secretary", "scope": {"community": COMMUNITY}}
    await city.post(f"{DIRECTORY}/people/{person}/revoke", role, city.steward)
    assert await city.refused_everywhere(signed) < WITHIN
    again = await city.refreshed(signed)
    told = await city.statuses(again)
    assert {told[name] for name in SIGNED_IN} == {403}, told


async def test_a_session_that_is_ended_is_over_everywhere_and_others_go_on(city: City) -> None:
    _, signed = await city.secretary()
    _, other = await city.secretary()
    await city.post(f"{LOGIN}/out", {"refresh_token": signed["refresh_token"]})
    assert await city.refused_everywhere(signed) < WITHIN
    assert set((await city.statuses(other)).values()) == {200}


async def test_who_is_erased_is_signed_in_nowhere_any_more(city: City) -> None:
    _, signed = await city.secretary()
    await city.post(f"{DIRECTORY}/me/erase", {}, bearer(signed))
    assert await city.refused_everywhere(signed) < WITHIN
    path = city.at(f"{LOGIN}/refresh")
    assert (await city.http.post(path, json={"refresh_token": signed["refresh_token"]})).status_code == 401


async def test_the_first_steward_is_invited_by_who_holds_the_key(city: City) -> None:
    phone, origin = new_phone(), city.processes["directory"].origin
    made = await city.command("steward", phone, "--community", COMMUNITY, "--origin", origin)
    await city.post(f"{LOGIN}/invitation", {"invitation": made["invitation"], "password": PASSWORD})
    await city.post(f"{LOGIN}/code", {"phone": phone})

    async def text() -> str | None:
        return newest_code(city.texts, phone)

    body = {"phone": phone, "code": await until(text), "password": PASSWORD}
    signed = await city.post(f"{LOGIN}/password", body)
    assert signed["person"] == made["person"]
    opened = {"name": "下站", "district": "城区"}
    await city.post(f"{DIRECTORY}/sub-districts/xiazhan", opened, bearer(signed))


async def test_while_kafka_stands_still_going_on_gets_less_at_once_and_the_rest_follows_it(city: City) -> None:
    person, signed = await city.secretary()
    os.kill(city.servers.kafka_server.pid, signal.SIGSTOP)
    try:
        role = {"role": "secretary", "scope": {"community": COMMUNITY}}
        await city.post(f"{DIRECTORY}/people/{person}/revoke", role, city.steward)
        again = await city.refreshed(signed)
        assert set((await city.statuses(again)).values()) == {403}
        await asyncio.sleep(3)  # ten times as long as the news takes otherwise
        assert set((await city.statuses(signed)).values()) == {200}  # until it expires, or the news comes
    finally:
        os.kill(city.servers.kafka_server.pid, signal.SIGCONT)
    assert await city.refused_everywhere(signed) < WITHIN


async def test_the_signing_key_changes_while_everything_runs_and_nobody_notices(city: City) -> None:
    person, signed = await city.secretary()
    old = _kid(signed)
    added = await city.command("signing", "add", "--after", "4")
    assert added["key"] != old
    stop, refused = asyncio.Event(), list[dict[str, int]]()

    async def keep_asking() -> None:
        nonlocal signed
        while not stop.is_set():
            signed = await city.refreshed(signed)
            told = await city.statuses(signed)
            if set(told.values()) != {200}:
                refused.append(told)

    asking = asyncio.create_task(keep_asking())

    async def published() -> bool:
        sets = [(await city.http.get(f"{one.origin}/.well-known/jwks.json")).json() for one in city.processes.values()]
        return all({old, added["key"]} <= {key["kid"] for key in one["keys"]} for one in sets)

    async def used() -> bool:
        return _kid(signed) == added["key"]

    before = signed
    await until(published, 4)
    await until(used)
    assert set((await city.statuses(before)).values()) == {200}
    await city.command("signing", "retire", old, "--now")
    assert await city.refused_everywhere(before) < WITHIN
    stop.set()
    await asking
    assert refused == []
    listed = {one["key"]: one["state"] for one in await city.command("signing", "list")}
    assert (listed[old], listed[added["key"]]) == ("retired", "signs")
    keys = (await city.http.get(city.at(f"{DIRECTORY}/jwks"))).json()
    assert [key["kid"] for key in keys["keys"]] == [added["key"]]
    jwt.decode(signed["access_token"], KeySet.import_key_set(keys), algorithms=ALGORITHMS)
    past = (await city.http.get(city.at(f"{DIRECTORY}/audit/keys"))).json()["keys"]
    assert {old, added["key"]} <= {key["kid"] for key in past}
    assert not any("d" in key for key in [*past, *keys["keys"]])
    assert person


async def test_a_process_that_starts_later_learns_who_is_barred(city: City) -> None:
    person, signed = await city.secretary()
    role = {"role": "secretary", "scope": {"community": COMMUNITY}}
    await city.post(f"{DIRECTORY}/people/{person}/revoke", role, city.steward)
    await city.refused_everywhere(signed)
    city.processes["intake"].kill()
    await city.processes["intake"].start()
    assert await city.refused_everywhere(signed) < WITHIN


async def test_neither_a_code_nor_a_number_can_be_read_on_kafka(city: City) -> None:
    await city.secretary()
    texts = [orjson.loads(line) for line in city.texts.read_text().splitlines()]
    topics = [CODES, TRUST, "directory.events", "notify.events"]
    said = b"".join([part or b"" for one in topics for part in await everything_on(city.servers.kafka, one)])
    assert said
    for text in texts:
        assert text["phone"].encode() not in said
    logs = "".join(one.log.read_text() for one in city.processes.values())
    for text in texts:
        assert text["phone"] not in logs
        assert text["text"] not in logs


async def everything_on(kafka: str, topic: str) -> list[bytes | None]:
    """Keys and values of all that a topic holds."""
    consumer: Any = AIOKafkaConsumer(bootstrap_servers=kafka, enable_auto_commit=False, auto_offset_reset="earliest")
    await consumer.start()
    try:
        partitions = [TopicPartition(*one) for one in await partitions_of(kafka, [topic])]
        consumer.assign(partitions)
        await consumer.seek_to_beginning(*partitions)
        ends = await consumer.end_offsets(partitions)
        found: list[bytes | None] = []
        while [one for one in partitions if await consumer.position(one) < ends[one]]:
            for messages in (await consumer.getmany(timeout_ms=500)).values():
                found += [part for message in messages for part in (message.key, message.value)]
        return found
    finally:
        await consumer.stop()


def _kid(signed: dict[str, Any]) -> str:
    header = signed["access_token"].split(".")[0]
    return orjson.loads(urlsafe_b64decode(header + "=" * (-len(header) % 4)))["kid"]
