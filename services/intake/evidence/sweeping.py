"""What is over: uploads that nobody went on with, files that no event names, and all that erased people gave."""

import asyncio
from contextlib import suppress

from services.intake.evidence import files, uploads
from services.intake.evidence.store import StoreAway
from shared.eventlog.connections import AWAY
from shared.service import Running

TICK = 20.0
"""Seconds."""


async def keep_clean(intake: Running) -> None:
    """For ever."""
    while True:
        with suppress(StoreAway, *AWAY):
            await sweep(intake)
        await asyncio.sleep(TICK)


async def sweep(intake: Running) -> None:
    """Once. Raises StoreAway."""
    for id in await uploads.over(intake):
        await uploads.discard(intake, id)
    await files.sweep(intake)
