"""An event that can't be read, on a real topic between real services: its own stream waits, and nothing else does."""

import asyncio
import os
import sys
import uuid
from dataclasses import replace
from pathlib import Path

import orjson
from aiokafka import AIOKafkaProducer

from shangliang.embedded import Servers
from shared.eventlog.log import Log
from shared.eventlog.recorded import Recorded
from shared.messaging import topic_of
from shared.messaging.cloudevents import to_message
from shared.messaging.parking import list_parked
from tests.faults.calling import GONE_THROUGH, calling
from tests.faults.conftest import NewProcess
from tests.faults.evidence import events_of, happened_once, log_of

SERVICES = ("intake", "notify", "partner")
COMMANDS = 100
STRANGE = "nongji"
UNREADABLE = b'{"by":"nobody"}'
MESSAGES = 2
"""What the raiser is told of a matter that its community deals with."""


async def test_an_unreadable_event_is_parked_with_its_reason_and_holds_back_only_its_own_stream(
    servers: Servers, data: Path, new_process: NewProcess
) -> None:
    one = new_process(*SERVICES)
    await one.start()
    async with calling(data, one.origin) as callers:
        models = await callers.keep_going_for(1, ["xishan"], COMMANDS)
        [model, *_] = [matter for matter in models if matter.referral["to"] == "community"]
        stream = f"issue-{uuid.uuid4()}"
        copied = [
            replace(event, id=uuid.uuid4(), stream=stream, community=STRANGE)
            for event in await events_of(servers, "intake")
            if event.stream == f"issue-{model.id}"
        ]
        await publish(servers, copied)
        matters = await callers.keep_going_for(1, ["xishan", STRANGE], COMMANDS)
    async with log_of(servers, "notify") as log:
        async with asyncio.timeout(30):
            while len(parked := await list_parked(log.pool)) < len(copied) - 1:
                await asyncio.sleep(0.1)
        bad, *behind = parked
        assert (bad["stream"], bad["version"], bad["topic"]) == (stream, 2, topic_of("intake"))
        assert bad["reason"].startswith("intake.issue-seconded v1: by: Input should be a valid UUID")
        assert {one["reason"] for one in behind} == {"waits behind a parked event of its stream"}
        assert {one["stream"] for one in parked} == {stream}

        # all others go on, those of its community and partition, too
        async with asyncio.timeout(30):
            while len(held := await issues(servers, "notify")) < 1 + len(await issues(servers, "intake")):
                await asyncio.sleep(0.25)
        assert len(held) == 1 + len(GONE_THROUGH) * len(models + matters)
        assert [event.version for event in held if event.stream == stream] == [1]

        await skip(servers, bad["id"], "nobody is no person")
        assert await list_parked(log.pool) == []
        [_, second, *others] = await log.stream(stream, source="intake")
        assert (second.type, second.json) == ("skipped", '{"reason":"nobody is no person"}')
        assert [event.id for event in others] == [event.id for event in copied[2:]]
        await reacted(log)
    events = await events_of(servers, "notify")
    told = [event for event in events if of_the_copy(event, copied)]
    assert len(told) == MESSAGES
    happened_once({"notify": [event for event in events if event not in told]}, models + matters)


async def publish(servers: Servers, events: list[Recorded]) -> None:
    """To intake's topic, as the relay would, but that the second can't be read."""
    producer = AIOKafkaProducer(bootstrap_servers=servers.kafka)
    await producer.start()
    for event in events:
        key, value, headers = to_message(event)
        value = UNREADABLE if event.version == 2 else value
        await producer.send_and_wait(topic_of("intake"), value, key, headers=headers)
    await producer.stop()


async def issues(servers: Servers, service: str) -> list[Recorded]:
    """What a service's log holds of intake."""
    return [event for event in await events_of(servers, service) if event.source == "intake"]


async def skip(servers: Servers, id: int, reason: str) -> None:
    """As an operator does it."""
    command = ("park", "skip", "notify", str(id), "--reason", reason, "--json")
    environment = {**os.environ, "SHANGLIANG_POSTGRES": servers.postgres}
    asked = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "shangliang", *command, env=environment, stdout=asyncio.subprocess.PIPE
    )
    said, _ = await asyncio.wait_for(asked.communicate(), 60)
    assert orjson.loads(said)["position"] > 0


async def reacted(log: Log) -> None:
    """Returns when all that the log holds has been reacted to."""
    head = await log.head()
    async with asyncio.timeout(30):
        while await log.pool.fetchval("select position from checkpoint where follower = 'reactions'") < head:
            await asyncio.sleep(0.1)


def of_the_copy(event: Recorded, copied: list[Recorded]) -> bool:
    """Whether it is a message about one of the events that were copied."""
    return event.source == "notify" and event.metadata.get("causation") in {str(one.id) for one in copied}
