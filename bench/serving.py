"""Servers to measure, each a process of its own, one worker."""

import os
import subprocess
import sys
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil

from shangliang.embedded import Servers
from shangliang.embedded.kafka import free_port

PATIENCE = 60.0


@contextmanager
def process(command: Sequence[str], port: int, environment: dict[str, str], ready: str) -> Generator[psutil.Process]:
    """A server that answers at `ready` before this goes on, and is ended afterwards."""
    child = subprocess.Popen(
        [sys.executable, "-m", *command], env={**os.environ, **environment}, stdout=subprocess.DEVNULL
    )
    try:
        until = time.monotonic() + PATIENCE
        while not _answers(f"http://127.0.0.1:{port}{ready}"):
            if child.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"{command[0]} does not answer")
            time.sleep(0.02)
        yield psutil.Process(child.pid)
    finally:
        child.terminate()
        child.wait()


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2).is_success
    except httpx.HTTPError:
        return False


@contextmanager
def bare(postgres: str) -> Generator[int]:
    """The bare endpoint; its port."""
    port = free_port()
    command = ["uvicorn", "bench.bare:app", "--port", str(port), "--no-access-log", "--log-level", "warning"]
    with process(command, port, {"BARE_POSTGRES": postgres}, "/openapi.json"):
        yield port


def environment(servers: Servers, data: Path) -> dict[str, str]:
    """What points services at these servers."""
    return {
        "SHANGLIANG_POSTGRES": servers.postgres,
        "SHANGLIANG_KAFKA": servers.kafka,
        "SHANGLIANG_DATA": str(data),
    }


@contextmanager
def services(names: Sequence[str], said: dict[str, str]) -> Generator[tuple[int, psutil.Process]]:
    """Some of ours in one process, as `shangliang serve` runs them; its port."""
    port = free_port()
    command = ["shangliang", "serve", *names]
    with process(command, port, {**said, "SHANGLIANG_PORT": str(port)}, "/readyz") as running:
        yield port, running
