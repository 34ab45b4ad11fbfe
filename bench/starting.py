"""How long `shangliang up` takes to be ready, and how much memory everything then holds."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx
import psutil

from bench.result import Result
from shangliang.embedded.kafka import free_port

PATIENCE = 120.0
SETTLE = 5.0
"""Seconds until start-up's garbage is gone."""


def up() -> list[Result]:
    """From the command to a ready origin: on a new data folder, then on the same one again; and the memory of every
    process it started, each page shared between them counted once (PSS)."""
    with tempfile.TemporaryDirectory() as data:
        first, _ = _start(Path(data))
        again, held = _start(Path(data))
    figures = {"first s": first, "again s": again}
    return [
        Result("up_seconds", first, 12, "lower", figures, unit="s"),
        Result("up_mib", held, 1024, "lower", unit="MiB"),
    ]


def _start(data: Path) -> tuple[float, float]:
    """Seconds until it is ready, and MiB a little later."""
    port = free_port()
    said = {"SHANGLIANG_DATA": str(data), "SHANGLIANG_PORT": str(port)}
    began = time.monotonic()
    with subprocess.Popen(
        [sys.executable, "-m", "shangliang", "up", "--json"], env={**os.environ, **said}, stdout=subprocess.DEVNULL
    ) as running:
        try:
            while not _ready(port):
                if running.poll() is not None or time.monotonic() - began > PATIENCE:
                    raise RuntimeError("shangliang up does not get ready")
                time.sleep(0.02)
            took = time.monotonic() - began
            time.sleep(SETTLE)
            own = psutil.Process(running.pid)
            held = sum(one.memory_full_info().pss for one in (own, *own.children(recursive=True)))
        finally:
            running.terminate()
    return took, held / 2**20


def _ready(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=2).is_success
    except httpx.HTTPError:
        return False
