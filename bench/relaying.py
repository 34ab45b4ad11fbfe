"""Publishing a log to Kafka: the relay against a plain loop of `producer.send`."""

import statistics

from aiokafka import AIOKafkaProducer

from bench.filling import fill
from bench.logs import database_for
from bench.measuring import seconds
from bench.result import Result
from shangliang.embedded import Servers
from shared.eventlog.database import open_pool
from shared.eventlog.log import Log
from shared.messaging import Relay, create_topics, kept_for
from shared.messaging.cloudevents import to_message

PARTITIONS = 6
BATCH = 1_000


async def relay_vs_send(servers: Servers, events: int, rounds: int) -> list[Result]:
    """Events a second from the log to Kafka's acknowledgement, over a loop that sends the same messages one by one
    through a producer with the same settings; reading them from the log is on both sides."""
    async with database_for(servers.postgres, "relaying") as (uri, own):
        await fill(uri, events)
        log = Log("intake", await open_pool(uri, own))
        relay = Relay(log, servers.kafka)
        await create_topics(servers.kafka, [relay.topic], partitions=PARTITIONS, replication=1, settings=kept_for(1))
        ours, theirs = (
            relay.producer(),
            AIOKafkaProducer(bootstrap_servers=servers.kafka, acks="all", enable_idempotence=True),
        )
        await ours.start()
        await theirs.start()

        async def relayed() -> None:
            async for _ in relay.publish_on(ours, 0, events):
                pass

        async def sent() -> None:
            for after in range(0, events, BATCH):
                for event in await log.read(after, limit=BATCH):
                    key, value, headers = to_message(event)
                    await theirs.send(relay.topic, value, key=key, headers=headers)
            await theirs.flush()

        pairs = [(events / await seconds(relayed), events / await seconds(sent)) for _ in range(rounds + 1)][1:]
        await ours.stop()
        await theirs.stop()
        log.pool.terminate()
    relaying, sending = (statistics.median(figures) for figures in zip(*pairs, strict=True))
    return [
        Result("relay_vs_send", relaying / sending, 1.5, "higher", {"events/s": relaying, "send events/s": sending})
    ]
