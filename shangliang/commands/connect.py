"""How a command reaches a service's database: of the servers that are set, or of the embedded one that runs."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import asyncpg
from pydantic import ValidationError

from shangliang.commands.output import fail
from shangliang.embedded.kafka import running_at
from shangliang.embedded.postgres import Postgres
from shangliang.services import SERVICES
from shared.eventlog.connections import Pool
from shared.eventlog.database import database_uri
from shared.settings import Settings


def settings() -> Settings:
    """What the environment sets, or the end."""
    try:
        return Settings()
    except ValidationError as error:
        wrong = (f"SHANGLIANG_{str(one['loc'][0]).upper()} is {one['input']!r}: {one['msg']}" for one in error.errors())
        fail("; ".join(wrong) + ". Set it to something else, or unset it.")


def known(name: str) -> str:
    """The name, if a service is called so, or the end."""
    if name not in SERVICES:
        fail(f"No service is called {name}: there are {', '.join(SERVICES)}.")
    return name


def server_uri(found: Settings) -> str:
    """The PostgreSQL that the settings name, or the embedded one of their data folder."""
    return found.postgres or Postgres(found.data.resolve() / "postgres").uri


def kafka_address(found: Settings) -> str:
    """The Kafka that the settings name, or the embedded one of their data folder, or the end."""
    at = found.kafka or running_at(found.data.resolve() / "kafka")
    if at is None:
        fail("No Kafka is known here: set SHANGLIANG_KAFKA, or start the embedded one with `shangliang up`.")
    return at


@asynccontextmanager
async def database(service: str) -> AsyncGenerator[Pool]:
    """A small pool on a service's database, with the service's own rights."""
    name = f"shangliang_{known(service)}"
    uri = database_uri(server_uri(settings()), name)
    async with asyncpg.create_pool(uri, min_size=0, max_size=2, server_settings={"role": name}) as pool:
        yield pool
