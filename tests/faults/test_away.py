"""Kafka or PostgreSQL is away for a while: who calls is told the truth, and nobody has to restart a service."""

import asyncio
from pathlib import Path
from time import monotonic
from typing import Any

from shangliang.embedded import Servers
from shared.contracts.words import Role
from tests.faults.calling import Callers, Person, calling
from tests.faults.conftest import NewProcess
from tests.faults.evidence import (
    acknowledged_once,
    delivered_once,
    events_of,
    happened_once,
    nothing_parked,
    settled,
)
from tests.faults.wire import Answer

SERVICES = ("intake", "notify", "partner")
COMMUNITIES = ("yaopo", "xishan")
AWAY = 5.0
COMMANDS = 100
SOON = 5.0
"""Seconds within which a caller is answered, whatever is away."""
BODY = {"community": "nongji", "channel": "web", "text": "楼道灯不亮"}


async def test_without_kafka_commands_are_accepted_and_afterwards_everything_catches_up(
    servers: Servers, data: Path, new_process: NewProcess
) -> None:
    intake, followers = new_process("intake"), new_process("notify", "partner")
    await asyncio.gather(intake.start(), followers.start())
    async with calling(data, intake.origin) as callers:
        matters = await callers.keep_going_for(1, COMMUNITIES, COMMANDS)
        before = await settled(servers, SERVICES, COMMUNITIES)
        servers.kafka_server.kill()
        matters += await callers.keep_going_for(AWAY, COMMUNITIES, COMMANDS)
        assert callers.failed == 0
        assert len(await events_of(servers, "notify")) == len(before["notify"])
    intake.kill()
    await intake.start()  # also a service that starts without Kafka takes commands
    async with calling(data, intake.origin) as callers:
        matters += await callers.keep_going_for(1, COMMUNITIES, COMMANDS)
        assert callers.failed == 0
    servers.kafka_server.start()
    logs = await settled(servers, SERVICES, COMMUNITIES)
    acknowledged_once(logs["intake"], matters)
    delivered_once(logs)
    happened_once(logs, matters)
    await nothing_parked(servers, SERVICES)


async def test_without_postgresql_callers_are_told_to_come_back_and_the_same_process_serves_them_then(
    servers: Servers, data: Path, new_process: NewProcess
) -> None:
    one = new_process(*SERVICES)
    await one.start()
    async with calling(data, one.origin) as callers:
        resident = callers.person(Role.RESIDENT, "nongji")
        first = await raised(callers, resident, "before")
        assert first.status == 202
        servers.postgres_server.kill()
        for number in range(10):
            asked = monotonic()
            told_to_come_back(await raised(callers, resident, f"meanwhile-{number}"))
            told_to_come_back(await shown(callers, resident, first.json()))
            assert monotonic() - asked < SOON
        assert (await callers.wire.get(f"{one.origin}/healthz")).status == 200
        assert (await callers.wire.get(f"{one.origin}/readyz")).status == 503
        servers.postgres_server.start()
        async with asyncio.timeout(SOON):
            while (await callers.wire.get(f"{one.origin}/readyz")).status != 200:
                await asyncio.sleep(0.1)
        for number in range(10):
            assert (await raised(callers, resident, f"meanwhile-{number}")).status == 202
        assert (await raised(callers, resident, "before")).json() == first.json()
        assert (await shown(callers, resident, first.json())).status == 200
        matters = await callers.keep_going_for(1, ["desheng"], COMMANDS)
    assert len((await settled(servers, SERVICES, ["nongji"]))["intake"]) == 11
    logs = await settled(servers, SERVICES, ["desheng"])
    acknowledged_once(logs["intake"], matters)
    delivered_once(logs)
    happened_once(logs, matters)


async def raised(callers: Callers, who: Person, key: str) -> Answer:
    """An issue under a key, sent once."""
    headers = {**who.headers, "idempotency-key": key}
    return await callers.wire.post(f"{callers.origins[0]}/api/intake/v1/issues", BODY, headers)


async def shown(callers: Callers, who: Person, made: dict[str, Any]) -> Answer:
    """What a view shows of it."""
    headers = {**who.headers, "read-after": str(made["position"])}
    return await callers.wire.get(f"{callers.origins[0]}/api/intake/v1/issues/{made['id']}", headers)


def told_to_come_back(answer: Answer) -> None:
    """A problem as RFC 9457 has it, with the seconds to wait as RFC 9110 has them."""
    assert answer.status == 503, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert int(answer.headers["retry-after"]) > 0
    said = answer.json()
    assert (said["status"], said["code"], said["type"]) == (503, "store-away", "/problems/store-away")
    assert "Idempotency-Key" in said["detail"]
