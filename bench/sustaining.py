"""A thousand issues a second for a minute, every service in a process of its own; and the ledger read meanwhile."""

import asyncio
import uuid
from contextlib import ExitStack
from pathlib import Path
from time import perf_counter
from urllib.parse import urlencode

import asyncpg
import orjson

from bench.load import Connections, Request, at_a_rate, get, post
from bench.logs import TEXT
from bench.measuring import percentile
from bench.result import Result
from bench.serving import environment, services
from shangliang.embedded import Servers
from shangliang.services import NAMES
from shared.contracts.words import PersonId, Role
from shared.deciding.act import Grant
from shared.eventlog.database import database_uri
from shared.identity.tokens import load_or_make_key, mint

GOAL, OFFERED = 1000, 1050
"""A second. More is offered than is asked for: an answer takes its time, too."""
READS = 20
"""Pages of the ledger a second."""
COMMUNITIES = 100
PATIENCE = 300.0
RAISED = "select count(*) from log where type = 'issue-raised'"
SHOWN = "select count(*) from views.{}"


def signed_in(data: Path, role: Role) -> list[dict[str, str]]:
    """Headers of somebody in the role, one in each community."""
    key = load_or_make_key(data / "keys" / "signing.jwk")
    grants = ([Grant(role, f"c-{number}")] for number in range(COMMUNITIES))
    return [{"authorization": f"Bearer {mint(key, PersonId(uuid.uuid4()), one)}"} for one in grants]


def raising(data: Path) -> Request:
    """Each request of another community's resident than the one before."""
    run, residents = uuid.uuid4().hex, signed_in(data, Role.RESIDENT)
    said = {"channel": "web", "text": TEXT, "where": {"place": "weixiao", "detail": "3号楼2单元"}}
    bodies = [orjson.dumps({"community": f"c-{number}", **said}) for number in range(COMMUNITIES)]

    def request(number: int) -> bytes:
        of = number % COMMUNITIES
        return post("/api/intake/v1/issues", bodies[of], {**residents[of], "idempotency-key": f"{run}-{number}"})

    return request


def reading(data: Path) -> Request:
    """A page of another community's ledger than the one before."""
    workers = signed_in(data, Role.GRID_WORKER)

    def request(number: int) -> bytes:
        of = number % COMMUNITIES
        return get(f"/api/intake/v1/issues?{urlencode({'community': f'c-{of}'})}", workers[of])

    return request


async def sustained(servers: Servers, data: Path, seconds: float) -> list[Result]:
    """Issues accepted a second, and p99 of a page of the ledger over what it is when nothing else is asked. All that
    was accepted is looked for in intake's log, in its ledger and in portal's stories. Raises AssertionError."""
    said = environment(servers, data)
    with ExitStack() as running:
        ports = {name: running.enter_context(services([name], said))[0] for name in NAMES}
        raised = Timed(Connections(ports["intake"]), raising(data))
        read = Timed(Connections(ports["intake"], 8), reading(data))
        await at_a_rate(raised.call, range(COMMUNITIES * 50), 500)  # warm, and pages to read are full
        raised.connections.close()  # a server hangs up on what is idle for as long as now comes
        warming = len(raised.taken)
        await _until(servers.postgres, "intake", SHOWN.format("ledger"), warming)
        await asyncio.sleep(2)
        await at_a_rate(read.call, range(int(READS * seconds)), READS)
        idle, read.taken = read.taken, []
        began = perf_counter()
        loaded = asyncio.create_task(at_a_rate(raised.call, range(warming, warming + int(OFFERED * seconds)), OFFERED))
        await at_a_rate(read.call, range(int(READS * seconds)), READS)
        await loaded
        took = perf_counter() - began
        wanted = len(raised.taken)
        await _until(servers.postgres, "intake", SHOWN.format("ledger"), wanted)
        shown = perf_counter() - began - took
        await _until(servers.postgres, "portal", SHOWN.format("stories"), wanted)
        told = perf_counter() - began - took
        assert await _count(servers.postgres, "intake", RAISED) == wanted
        raised.connections.close()
        read.connections.close()
    taken = raised.taken[warming:]
    figures = {
        "issues": len(taken),
        "p50 ms": percentile(taken, 0.5) * 1e3,
        "p99 ms": percentile(taken, 0.99) * 1e3,
        "s until in the ledger": shown,
        "s until in the stories": told,
    }
    pages = {"p99 ms": percentile(read.taken, 0.99) * 1e3, "idle p99 ms": percentile(idle, 0.99) * 1e3}
    return [
        Result("sustained_issues_per_s", len(taken) / took, GOAL, "higher", figures, "issues/s"),
        Result("ledger_p99_under_load", pages["p99 ms"] / pages["idle p99 ms"], 5, "lower", pages),
    ]


class Timed:
    """Calls of a server, and how many seconds each took from when it was to begin."""

    def __init__(self, connections: Connections, request: Request):
        self.connections, self._request = connections, request
        self.taken: list[float] = []

    async def call(self, number: int) -> None:
        began = perf_counter()
        await self.connections.send(self._request(number))
        self.taken.append(perf_counter() - began)


async def _until(postgres: str, service: str, sql: str, wanted: int) -> None:
    async with asyncio.timeout(PATIENCE):
        while await _count(postgres, service, sql) < wanted:
            await asyncio.sleep(0.2)


async def _count(postgres: str, service: str, sql: str) -> int:
    connection = await asyncpg.connect(database_uri(postgres, f"shangliang_{service}"))
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close()
