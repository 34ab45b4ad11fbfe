"""A process that appends and, before it commits, stands still until somebody sends it SIGCONT. Ends with 0 if what it
appended did not count any more then."""

import asyncio
import os
import signal
import sys

import asyncpg

from shared.eventlog.connections import AWAY
from shared.eventlog.database import open_pool
from shared.eventlog.log import Log
from tests.garden import Planted, new


async def main(uri: str) -> None:
    log = Log("garden", await open_pool(uri, "garden"))
    try:
        async with log.pool.acquire() as connection, connection.transaction():
            await log.append_in(connection, [new("plant-1", 1, Planted(bed="north"))])
            os.kill(os.getpid(), signal.SIGSTOP)
    except (*AWAY, asyncpg.PostgresError):
        sys.exit(0)
    sys.exit("it was committed")


asyncio.run(main(sys.argv[1]))
