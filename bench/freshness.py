"""How long until what one service has accepted is to be seen in another: against a bare round trip through Kafka."""

import asyncio
from pathlib import Path
from time import perf_counter
from typing import Any

import asyncpg
import orjson
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from bench.load import Connections, at_a_rate
from bench.measuring import percentile
from bench.raising import BODY, raising
from bench.result import Result
from bench.serving import environment, services
from shangliang.embedded import Servers
from shared.eventlog.database import database_uri
from shared.messaging import create_topics, kept_for

COMMANDS = 300
"""A second."""
TOPIC = "bench.round-trip"
LOOK = 0.001
"""Seconds between looks at the other service's read model."""
SEEN = "select key from views.stories where key = any($1::text[])"


async def round_trips(bootstrap: str, number: int) -> list[float]:
    """What it takes to send one message to Kafka and get it back, by aiokafka as it comes, 50 a second; seconds."""
    await create_topics(bootstrap, [TOPIC], partitions=1, replication=1, settings=kept_for(1))
    consumer = AIOKafkaConsumer(TOPIC, bootstrap_servers=bootstrap)
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", enable_idempotence=True)
    await consumer.start()
    await producer.start()
    taken: list[float] = []
    for _ in range(number + number // 10):
        began = perf_counter()
        await producer.send_and_wait(TOPIC, BODY)
        await consumer.getone()
        taken.append(perf_counter() - began)
        await asyncio.sleep(0.02)
    await producer.stop()
    await consumer.stop()
    return taken[number // 10 :]


class Watch:
    """When each issue that was accepted is seen in portal's stories."""

    def __init__(self, connection: Any):
        self._connection = connection
        self._accepted: dict[str, float] = {}
        self.taken: list[float] = []

    def accepted(self, id: str) -> None:
        """From now on it is waited for."""
        self._accepted[id] = perf_counter()

    async def look(self) -> None:
        """For ever."""
        while True:
            for (key,) in await self._connection.fetch(SEEN, list(self._accepted)):
                self.taken.append(perf_counter() - self._accepted.pop(key))
            await asyncio.sleep(LOOK)


async def freshness(servers: Servers, data: Path, seconds: float) -> list[Result]:
    """Intake and portal, a process each; 300 issues a second are raised, and each is waited for. The round trips are
    taken while the services run and nothing is asked of them."""
    said = environment(servers, data)
    with services(["portal"], said), services(["intake"], said) as (port, _):
        connection = await asyncpg.connect(database_uri(servers.postgres, "shangliang_portal"))
        watch, connections, request = Watch(connection), Connections(port), raising(data)

        async def raise_one(number: int) -> None:
            answer = await connections.send(request(number))
            watch.accepted(orjson.loads(answer)["id"])

        bare = await round_trips(servers.kafka, int(seconds * 50))
        looking = asyncio.create_task(watch.look())
        warming = await at_a_rate(raise_one, range(COMMANDS), COMMANDS)
        wanted = warming + await at_a_rate(raise_one, range(COMMANDS, COMMANDS + int(COMMANDS * seconds)), COMMANDS)
        async with asyncio.timeout(60):
            while len(watch.taken) < wanted:
                await asyncio.sleep(0.1)
        looking.cancel()
        connections.close()
        await connection.close()
    taken = watch.taken[warming:]
    return [
        Result(
            f"freshness_p{share * 100:.0f}",
            percentile(taken, share) / percentile(bare, share),
            10,
            "lower",
            {
                "ms": percentile(taken, share) * 1e3,
                "bare round trip ms": percentile(bare, share) * 1e3,
                "commands": len(taken),
            },
        )
        for share in (0.5, 0.99)
    ]
