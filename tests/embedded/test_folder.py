"""Whatever the data folder is called and wherever it lies, what is in it is there again after the next start."""

from pathlib import Path

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from shangliang.embedded import EmbeddedError, servers
from shared.messaging import create_topics, kept_for


async def test_a_long_folder_name_in_chinese_with_spaces_and_signs_starts_twice_with_the_same_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "C")  # in which Java can't say a Chinese name
    data = tmp_path / "社区 议事, 数据" / ("很长的文件夹名" * 8) / "a'b\"c#d%e"
    with servers(data) as first:
        await create_topics(first.kafka, ["kept"], partitions=1, replication=1, settings=kept_for(1))
        producer = AIOKafkaProducer(bootstrap_servers=first.kafka)
        await producer.start()
        await producer.send_and_wait("kept", "灯亮了".encode())
        await producer.stop()
        connection = await asyncpg.connect(first.postgres)
        await connection.execute("create table kept as select '灯亮了' as word")
        await connection.close()
        with pytest.raises(EmbeddedError, match="stop it, or set SHANGLIANG_DATA"), servers(data):
            pass
    with servers(data) as second:
        connection = await asyncpg.connect(second.postgres)
        assert await connection.fetchval("select word from kept") == "灯亮了"
        await connection.close()
        consumer = AIOKafkaConsumer("kept", bootstrap_servers=second.kafka, auto_offset_reset="earliest")
        await consumer.start()
        assert (await consumer.getone()).value == "灯亮了".encode()
        await consumer.stop()
    assert {one.name for one in (data / "kafka").iterdir()} >= {"data", "kafka.log", "kafka.log.1"}
