"""What the services' logs and views hold after a fault, read past the services from their databases."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from time import monotonic
from uuid import UUID

from services.notify.message import inbox_of
from shangliang.embedded import Servers
from shangliang.services import SERVICES
from shared.contracts.deliberation import ConsultationProposed
from shared.contracts.notify import MessageQueued
from shared.contracts.partner import FromIssue, WorkOrderIssued
from shared.eventlog.connections import Pool
from shared.eventlog.database import database_uri, open_pool
from shared.eventlog.log import Log
from shared.eventlog.recorded import Recorded
from shared.messaging.parking import list_parked
from shared.projecting import View, request_rebuild
from tests.faults.calling import GONE_THROUGH, UNIT, Matter

PATIENCE = 90.0
BEHIND = "select follower, position from checkpoint where follower in ('relay', 'reactions') and position < $1"
HELD = "select count(*) from log where source = $1 and split_part(stream, '-', 1) = any($2::text[])"
BUILDING = "select count(*) from views.view_build where state = 'building' or state = 'active' and position < $1"
Documents = dict[str, list[tuple[str, str]]]


@asynccontextmanager
async def log_of(servers: Servers, service: str) -> AsyncGenerator[Log]:
    """The log of a service that runs elsewhere."""
    pool = await open_pool(database_uri(servers.postgres, f"shangliang_{service}"), service, size=2)
    try:
        yield Log(service, pool)
    finally:
        pool.terminate()


async def events_of(servers: Servers, service: str) -> list[Recorded]:
    """All that a service's log holds."""
    async with log_of(servers, service) as log:
        return await log.read(0, limit=1_000_000)


async def settled(servers: Servers, services: Sequence[str], communities: Sequence[str]) -> dict[str, list[Recorded]]:
    """What the logs hold of some communities, once nothing is on its way any more between these services: and a moment
    later, in case more comes."""
    until = monotonic() + PATIENCE
    while under_way := [what for service in services for what in await _under_way(servers, service, services)]:
        assert monotonic() < until, under_way
        await asyncio.sleep(0.25)
    await asyncio.sleep(1)
    logs = {service: await events_of(servers, service) for service in services}
    return {service: [one for one in log if one.community in communities] for service, log in logs.items()}


async def _under_way(servers: Servers, service: str, others: Sequence[str]) -> list[str]:
    """What a service has yet to publish, to react to and to take in."""
    async with log_of(servers, service) as log:
        head = await log.head()
        behind = await log.pool.fetch(BEHIND, head)
        found = [f"{service}: {follower} at {position} of {head}" for follower, position in behind]
        for source, kinds in SERVICES[service].follows.items():
            if source in others:
                held = await log.pool.fetchval(HELD, source, kinds)
                async with log_of(servers, source) as made:
                    there = await made.pool.fetchval(HELD, source, kinds)
                if held != there:
                    found.append(f"{service}: {held} of {there} from {source}")
    return found


def acknowledged_once(log: list[Recorded], matters: Sequence[Matter]) -> None:
    """Each acknowledged command is in intake's log where its answer says, and nothing else is."""
    streams = defaultdict[str, list[Recorded]](list)
    for event in log:
        if event.source == "intake":
            streams[event.stream].append(event)
    assert set(streams) == {f"issue-{matter.id}" for matter in matters}
    for matter in matters:
        stream = streams[f"issue-{matter.id}"]
        assert [event.type for event in stream] == GONE_THROUGH
        assert [(event.version, event.position) for event in stream] == [
            (answer["version"], answer["position"]) for answer in matter.answers
        ]


def delivered_once(logs: dict[str, list[Recorded]]) -> None:
    """Each log has of the others what it follows, each event once, and of every community in the order it was made."""
    for service in logs:
        for source, kinds in SERVICES[service].follows.items():
            if source not in logs:
                continue
            assert _by_community(logs[service], source, kinds) == _by_community(logs[source], source, kinds)


def happened_once(logs: dict[str, list[Recorded]], matters: Sequence[Matter]) -> None:
    """Every effect of the matters is in the log of the service whose it is, and no effect is there twice."""
    for service, wanted in _effects(matters).items():
        if service in logs:
            found = _own_effects(logs[service], service)
            assert found == wanted, f"{service}: {wanted - found} is missing, {found - wanted} is too much"


async def nothing_parked(servers: Servers, services: Sequence[str]) -> None:
    """Every event could be taken in."""
    for service in services:
        async with log_of(servers, service) as log:
            assert await list_parked(log.pool) == []


async def views_equal_a_rebuild(servers: Servers, service: str) -> int:
    """Builds the views of a service that runs anew, and compares every byte. How many documents that were."""
    compared = 0
    async with log_of(servers, service) as log:
        await _followed_up(log)
        before = {view.table(): await _documents(log.pool, view) for view in SERVICES[service].views}
        for view in SERVICES[service].views:
            await request_rebuild(log.pool, view)
        await _followed_up(log)
        for view in SERVICES[service].views:
            after = await _documents(log.pool, view)
            assert after == before[view.table()]
            compared += sum(map(len, after.values()))
    return compared


async def _followed_up(log: Log) -> None:
    head = await log.head()
    async with asyncio.timeout(PATIENCE):
        while await log.pool.fetchval(BUILDING, head):
            await asyncio.sleep(0.1)


async def _documents(pool: Pool, view: type[View]) -> Documents:
    read: Documents = {}
    for kind in (view, *view.figures):
        rows = await pool.fetch(f"select key, document::text from views.{kind.table()} order by key")
        read[kind.table()] = [(row["key"], row["document"]) for row in rows]
    return read


def _by_community(log: list[Recorded], source: str, kinds: tuple[str, ...]) -> dict[str, list[UUID]]:
    found = defaultdict[str, list[UUID]](list)
    for event in log:
        if event.source == source and event.stream.partition("-")[0] in kinds:
            found[event.community].append(event.id)
    return found


def _effects(matters: Sequence[Matter]) -> dict[str, Counter[tuple[str, ...]]]:
    """What each service is to do about the matters: messages, work orders and consultations."""
    wanted = {"notify": Counter[tuple[str, ...]](), "partner": Counter[tuple[str, ...]]()}
    wanted["deliberation"] = Counter[tuple[str, ...]]()
    for matter in matters:
        for template in ("issue-acknowledged", "issue-referred"):
            wanted["notify"][template, matter.id, f"person/{matter.raiser.id}"] += 1
        if matter.referral["to"] == "unit":
            wanted["partner"][matter.id, UNIT] += 1
            wanted["notify"]["work-order", matter.id, f"unit/{UNIT}"] += 1
        if matter.referral["to"] == "consultation":
            wanted["deliberation"][(matter.id,)] += 1
    return wanted


def _own_effects(log: list[Recorded], service: str) -> Counter[tuple[str, ...]]:
    found = Counter[tuple[str, ...]]()
    for event in log:
        if event.source != service:
            continue
        match event.data:
            case MessageQueued(recipient=to, template=template, matter=matter):
                found[template, str(matter), inbox_of(to)] += 1
            case WorkOrderIssued(origin=FromIssue(issue=issue), unit=unit):
                found[str(issue), unit] += 1
            case ConsultationProposed(issues=(issue,)):
                found[(str(issue),)] += 1
            case other:
                raise AssertionError(f"{service}: nobody asked for {other}")
    return found
