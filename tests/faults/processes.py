"""Services as processes of their own, which a test may kill, stop and start again."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

from shangliang.embedded import Servers
from shangliang.embedded.children import end, spawn
from shangliang.embedded.kafka import free_port
from tests.faults.wire import NO_ANSWER, Wire

PATIENCE = 60.0


class Process:
    """`shangliang serve` of some services, at one address however often it is started. It dies with the tests."""

    def __init__(self, servers: Servers, data: Path, *services: str, **settings: str):
        self.services = services
        self.port = free_port()
        self.origin = f"http://127.0.0.1:{self.port}"
        self._folder = data / f"process-{self.port}"
        self._folder.mkdir(parents=True)
        self.environment = {
            "SHANGLIANG_POSTGRES": servers.postgres,
            "SHANGLIANG_KAFKA": servers.kafka,
            "SHANGLIANG_PORT": str(self.port),
            "SHANGLIANG_DATA": str(data),
            **{f"SHANGLIANG_{name.upper()}": value for name, value in settings.items()},
        }
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        """What it said."""
        return self._folder / "log"

    @property
    def pid(self) -> int:
        assert self._child is not None
        return self._child.pid

    async def start(self) -> None:
        """Returns when it answers. Call it from the main thread."""
        self._child = spawn(
            [sys.executable, "-m", "shangliang", "serve", *self.services],
            log=self.log,
            pid_file=self._folder / "pid",
            dies_by=signal.SIGKILL,
            environment=self.environment,
        )
        wire = Wire(1, patience=2)
        async with asyncio.timeout(PATIENCE):
            while True:
                assert self._child.poll() is None, self.log.read_text()[-4000:]
                try:
                    await wire.get(f"{self.origin}/healthz")
                except NO_ANSWER:
                    await asyncio.sleep(0.1)
                else:
                    return wire.close()

    def kill(self) -> None:
        """kill -9."""
        assert self._child is not None
        self._child.kill()
        self._child.wait()

    def stop(self) -> None:
        """SIGSTOP: it stands still where it is, and all it holds stays open."""
        os.kill(self.pid, signal.SIGSTOP)

    def go_on(self) -> None:
        """SIGCONT."""
        os.kill(self.pid, signal.SIGCONT)

    def end(self) -> None:
        """Away with it, also where it stands still."""
        if self._child:
            self._child.send_signal(signal.SIGCONT)
            end(self._child, signal.SIGTERM, patience=5)
