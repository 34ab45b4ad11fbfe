"""Ctrl-C ends `up` and all it has started, at any time."""

import asyncio
import signal
from pathlib import Path

import psutil

from shangliang.embedded.kafka import free_port
from tests.commands.conftest import Up
from tests.commands.console import Console


async def test_ctrl_c_while_it_starts_leaves_nothing_behind(tmp_path: Path) -> None:
    console = Console({"SHANGLIANG_DATA": str(tmp_path), "SHANGLIANG_PORT": str(free_port())})
    starting = console.begin("up")
    assert starting.stderr is not None
    assert "Kafka" in await asyncio.to_thread(starting.stderr.readline)
    assert "PostgreSQL" in await asyncio.to_thread(starting.stderr.readline)
    children = psutil.Process(starting.pid).children(recursive=True)
    assert children
    starting.send_signal(signal.SIGINT)
    _, err = await asyncio.to_thread(starting.communicate, timeout=30)
    assert "Traceback" not in err
    assert starting.returncode in (1, 130)
    _, alive = psutil.wait_procs(children, timeout=10)
    assert not alive


async def test_ctrl_c_ends_what_is_up_with_all_it_has_started(up: Up) -> None:
    children = psutil.Process(up.process.pid).children(recursive=True)
    assert len(children) > 2
    up.process.send_signal(signal.SIGINT)
    out, err = await asyncio.to_thread(up.process.communicate, timeout=30)
    assert (up.process.returncode, out) == (0, "")
    assert "Traceback" not in err, err
    _, alive = psutil.wait_procs(children, timeout=10)
    assert not alive
