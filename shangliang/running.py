"""Runs services in this process: the servers they need, their databases and topics, then HTTP until it is stopped."""

import asyncio
import errno
import gc
import socket
from collections.abc import AsyncGenerator, Callable, Generator, Sequence
from contextlib import asynccontextmanager, contextmanager

import uvicorn

from shangliang.embedded import EmbeddedError, servers
from shared.audit import heads_topic
from shared.identity.tokens import Tokens, load_or_make_key
from shared.messaging import create_topics, kept_for, topic_of
from shared.privacy.topic import COMPACTION, KEYS, KEYS_OF
from shared.service import Running, Service, build
from shared.settings import Settings
from shared.telemetry import start_telemetry
from shared.web.app import origin

Say = Callable[[str], None]
PATIENCE = 10
"""Seconds that a request still running has to end when we stop."""


@contextmanager
def with_servers(settings: Settings, say: Say) -> Generator[Settings]:
    """The settings with servers in them: those that are set, or else the embedded ones, for as long as this lasts."""
    if settings.postgres and settings.kafka:
        yield settings
        return
    with servers(settings.data, on_step=say) as embedded:
        found = {"postgres": settings.postgres or embedded.postgres, "kafka": settings.kafka or embedded.kafka}
        yield settings.model_copy(update=found)


def require_free_port(settings: Settings) -> None:
    """Raises EmbeddedError, before anything is started, where we can't listen."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except (OSError, OverflowError) as error:
            if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
                why = f"Port {settings.port} is taken: stop what listens there, or set SHANGLIANG_PORT to another one."
            else:
                at = f"{settings.host}:{settings.port}"
                why = (
                    f"Can't listen at {at} ({error}): set SHANGLIANG_HOST and SHANGLIANG_PORT to what this machine has."
                )
            raise EmbeddedError(why) from None


def collect_seldom() -> None:
    """Python's own thresholds have the collector look through everything again and again while events come in by the
    thousand: it took half of a rebuild's time. What was imported stays for good, and is never looked at."""
    gc.freeze()
    gc.set_threshold(200_000, 20, 100)


async def _create_topics(settings: Settings, services: Sequence[str]) -> None:
    """Each service's events, the heads of its log, and people's keys."""
    on, copies = settings.kafka or "", settings.replication
    events, heads = [topic_of(one) for one in services], [heads_topic(one) for one in services]
    kept = kept_for(settings.retention_days)
    await create_topics(on, events, partitions=settings.partitions, replication=copies, settings=kept)
    await create_topics(on, heads, partitions=1, replication=copies, settings=kept_for(None))
    if KEYS_OF in services:
        await create_topics(on, [KEYS], partitions=1, replication=copies, settings=COMPACTION)


@asynccontextmanager
async def serving(settings: Settings, chosen: Sequence[Service]) -> AsyncGenerator[list[Running]]:
    """The services, answering HTTP while this lasts."""
    collect_seldom()
    start_telemetry(chosen[0].name if len(chosen) == 1 else "shangliang")
    running = list(await asyncio.gather(*(build(settings, service) for service in chosen)))
    topics = asyncio.create_task(_create_topics(settings, [service.name for service in chosen]))
    app = origin(running, Tokens(load_or_make_key(settings.signing_key)), settings)
    config = uvicorn.Config(
        app,
        settings.host,
        settings.port,
        log_config=None,
        access_log=False,
        lifespan="on",
        proxy_headers=False,
        timeout_graceful_shutdown=PATIENCE,
    )
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    while not server.started and not task.done():
        await asyncio.sleep(0.02)
    try:
        yield running
    finally:
        server.should_exit = True
        topics.cancel()
        await asyncio.gather(task, topics, return_exceptions=True)
