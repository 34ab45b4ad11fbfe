"""Intake in a process of its own, beside the town's, over the same database and store."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from shangliang.embedded.kafka import free_port
from tests.system.places import until
from tests.town import Town


@asynccontextmanager
async def serving(here: Town, log: Path) -> AsyncGenerator[tuple[subprocess.Popen[bytes], httpx.AsyncClient]]:
    """The process, once it is ready, and what reaches it."""
    port = free_port()
    env = {
        **os.environ,
        "SHANGLIANG_ENVIRONMENT": "development",
        "SHANGLIANG_POSTGRES": str(here.settings.postgres),
        "SHANGLIANG_KAFKA": str(here.settings.kafka),
        "SHANGLIANG_DATA": str(here.settings.data),
        "SHANGLIANG_PORT": str(port),
        **({"SHANGLIANG_EVIDENCE": here.settings.evidence} if here.settings.evidence else {}),
    }
    command = [sys.executable, "-m", "shangliang", "serve", "intake"]
    with log.open("wb") as to:
        process = await asyncio.to_thread(subprocess.Popen, command, env=env, stdout=to, stderr=to)
        try:
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=120) as http:

                async def ready() -> bool:
                    try:
                        return (await http.get("/readyz")).is_success
                    except httpx.TransportError:
                        return False

                await until(ready, 60)
                yield process, http
        finally:
            process.kill()
            process.wait(30)


def most_memory(process: subprocess.Popen[bytes]) -> int:
    """The most that it has had so far, in kilobytes."""
    lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
