"""Logs to measure on: a database of its own each, as a service has it."""

import uuid
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import asyncpg
from uuid_utils.compat import uuid7

from shared.audit import install_audit
from shared.contracts.intake import IssueRaised, Where
from shared.contracts.words import Channel, PersonId
from shared.eventlog.database import database_uri, install_log, open_pool, prepare
from shared.eventlog.log import Log
from shared.eventlog.recorded import Metadata, NewEvent
from shared.messaging import install_inbox
from shared.projecting import install_views

AT = datetime(2023, 11, 20, 11, 40, tzinfo=UTC)
TEXT = "楼道灯装上了一直不亮，每天晚上都摸黑，老人下楼看不见台阶，特别不方便。" * 2
RAISED = IssueRaised(
    community="yaopo",
    by=PersonId(uuid.uuid4()),
    channel=Channel.WECHAT_GROUP,
    text=TEXT,
    where=Where(place="weixiao", detail="3号楼2单元"),
)


def raised() -> NewEvent:
    """A new issue, on its way to the log."""
    id = uuid7()
    return NewEvent(id, f"issue-{id}", 1, RAISED, Metadata(id, actor="resident:0"), "yaopo", AT)


@asynccontextmanager
async def database_for(server: str, name: str) -> AsyncGenerator[tuple[str, str]]:
    """URI and name of a service's database that is gone afterwards."""
    own = f"{name}_{uuid.uuid4().hex[:8]}"
    uri = await prepare(server, own, (install_log, install_inbox, install_views, install_audit))
    yield uri, own
    admin = await asyncpg.connect(database_uri(server, "postgres"))
    await admin.execute(f'drop database "shangliang_{own}" with (force)')
    await admin.close()


@asynccontextmanager
async def opened(uri: str, own: str, service: str) -> AsyncGenerator[Log]:
    """The log of such a database, its writer running."""
    log = Log(service, await open_pool(uri, own))
    log.writer.start()
    yield log
    await log.writer.stop()
    log.pool.terminate()


@asynccontextmanager
async def log_of(server: str, service: str) -> AsyncGenerator[Log]:
    """A log in a database of its own."""
    async with database_for(server, service) as (uri, own), opened(uri, own, service) as log:
        yield log
