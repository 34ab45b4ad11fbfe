"""What runs, looked at from the console: the log, the lag, a view built anew, events that could not be taken in."""

import asyncio
import signal
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest
from aiokafka import AIOKafkaProducer

from services.intake.issues.views import Ledger
from shangliang.services import SERVICES
from shared.eventlog.connections import Pool
from shared.eventlog.database import database_uri
from shared.eventlog.log import Log
from shared.eventlog.recorded import Recorded
from shared.messaging.cloudevents import to_message
from tests.commands.conftest import Raised, Up


async def test_the_log_is_told_a_line_an_event(up: Up, raised: Raised) -> None:
    person, program = await asyncio.gather(
        up.console("log", "tail", "intake", "-n", "1000"), up.console("log", "tail", "intake", "-n", "1000", "--json")
    )
    [line] = [line for line in person.out.splitlines() if str(raised.id) in line]
    assert "issue-raised" in line
    assert len(person.out.splitlines()) == len(program.out.splitlines())
    assert str(raised.id) in program.out


async def test_a_stream_is_shown_from_first_to_last(up: Up, raised: Raised) -> None:
    person, [event] = await up.console.both("log", "show", "intake", f"issue-{raised.id}")
    assert (event["type"], event["version"], event["data"]["text"]) == ("issue-raised", 1, "楼道灯不亮")
    assert "楼道灯不亮" in person
    now = datetime.now(UTC).isoformat()
    assert (await up.console("log", "show", "intake", f"issue-{raised.id}", "--at", now, "--json")).json == [event]
    then = await up.console("log", "show", "intake", f"issue-{raised.id}", "--at", "2024-02-29T08:30:00+08:00")
    assert (then.code, then.out) == (1, "")
    while not (elsewhere := await up.console("log", "show", "portal", f"issue-{raised.id}", "--source", "intake")).out:
        assert elsewhere.code == 1


async def test_the_log_is_followed_until_ctrl_c(up: Up, raised: Raised, http: httpx.AsyncClient) -> None:
    following = up.console.begin("log", "tail", "intake", "--follow", "-n", "0")
    assert following.stdout is not None
    line = asyncio.create_task(asyncio.to_thread(following.stdout.readline))
    headers = {"authorization": f"Bearer {raised.resident}"}
    body = {"community": "yaopo", "channel": "web", "text": "跟着看"}
    while not line.done():
        await http.post("/api/intake/v1/issues", json=body, headers=headers)
        await asyncio.sleep(0.5)
    assert "issue-raised" in line.result()
    following.send_signal(signal.SIGINT)
    _, err = await asyncio.to_thread(following.communicate, timeout=10)
    assert "Traceback" not in err
    assert following.returncode in (0, 130)


async def test_lag_names_every_follower_of_every_service_or_of_the_services_that_are_named(up: Up) -> None:
    person, rows = await up.console.both("lag")
    assert {row["service"] for row in rows} == set(SERVICES)
    assert {"relay", "reactions", f"view ledger v{Ledger.number}", "parked"} <= {
        row["follower"] for row in rows if row["service"] == "intake"
    }
    assert all(row["behind"] <= row["head"] for row in rows)
    assert "view ledger" in person
    one = await up.console("lag", "notify", "--json")
    assert {row["service"] for row in one.json} == {"notify"}


async def test_a_view_is_built_anew_and_is_read_as_before(up: Up, raised: Raised, http: httpx.AsyncClient) -> None:
    headers = {"authorization": f"Bearer {raised.secretary}"}
    before = (await http.get(f"/api/intake/v1/issues/{raised.id}", headers=headers)).text
    said = await up.console("rebuild", "intake.ledger", "--json")
    assert said.json["view"] == "ledger"
    again = await up.console("rebuild", "ledger")
    assert "is rebuilt" in again.out
    assert (await http.get(f"/api/intake/v1/issues/{raised.id}", headers=headers)).text == before
    builds = [row["follower"] for row in (await up.console("lag", "intake", "--json")).json]
    assert builds.count(f"view ledger v{Ledger.number}") == 1


@pytest.fixture
async def portal(up: Up) -> AsyncIterator[Pool]:
    """Portal's database."""
    async with asyncpg.create_pool(database_uri(up.postgres, "shangliang_portal"), min_size=0, max_size=1) as pool:
        yield pool


async def sent(up: Up, portal: Pool, like: UUID) -> tuple[str, int]:
    """Two events of a new stream, on Kafka; portal can't read the first. The stream, and what is parked for it."""
    intake = database_uri(up.postgres, "shangliang_intake")
    async with asyncpg.create_pool(intake, min_size=0, max_size=1) as pool:
        [event, *_] = await Log("intake", pool).stream(f"issue-{like}")
    first = replace(event, id=uuid4(), stream=f"issue-{uuid4()}")
    await published(up, first, b'{"by": "[/nobody]"}')
    await published(up, replace(first, id=uuid4(), version=2), None)
    async with asyncio.timeout(30):
        while await portal.fetchval("select count(*) from parked where stream = $1", first.stream) < 2:
            await asyncio.sleep(0.1)
    return first.stream, await portal.fetchval("select min(id) from parked where stream = $1", first.stream)


async def published(up: Up, event: Recorded, body: bytes | None) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=up.kafka)
    await producer.start()
    key, value, headers = to_message(event)
    await producer.send_and_wait("intake.events", body or value, key, headers=headers)
    await producer.stop()


async def test_a_parked_event_is_listed_shown_and_taken_in_once_it_is_mended(
    up: Up, portal: Pool, raised: Raised
) -> None:
    stream, id = await sent(up, portal, raised.id)
    person, rows = await up.console.both("park", "list", "portal")
    assert [row["version"] for row in rows if row["stream"] == stream] == [1, 2]
    assert stream[:10] in person
    person, one = await up.console.both("park", "show", "portal", str(id))
    assert one["body"] == '{"by": "[/nobody]"}'
    assert "[/nobody]" in person
    still = await up.console("park", "replay", "portal", str(id))
    assert "`park list` says why" in still.out
    good = await portal.fetchval("select body from parked where stream = $1 and version = 2", stream)
    await portal.execute("update parked set body = $2 where id = $1", id, good)
    done = await up.console("park", "replay", "portal", str(id), "--json")
    assert done.json["position"] > 0
    assert (await up.console("park", "list", "portal", "--json")).json == []


async def test_a_parked_event_is_skipped_with_a_reason_and_its_stream_goes_on(
    up: Up, portal: Pool, raised: Raised
) -> None:
    stream, id = await sent(up, portal, raised.id)
    done = await up.console("park", "skip", "portal", str(id), "--reason", "坏了", "--json")
    assert done.json["position"] > 0
    events = (await up.console("log", "show", "portal", stream, "--source", "intake", "--json")).json
    assert [event["type"] for event in events] == ["skipped", "issue-raised"]
    assert events[0]["data"]["reason"] == "坏了"
    assert "nothing" in (await up.console("park", "list", "portal")).out
