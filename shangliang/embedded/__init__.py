"""The embedded default: a real PostgreSQL and a real Kafka as child processes, on loopback, data in one folder."""

import fcntl
import shutil
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from shangliang.embedded.children import EmbeddedError
from shangliang.embedded.kafka import Kafka
from shangliang.embedded.postgres import Postgres

LEAST_SPACE = 512 * 1024 * 1024


@dataclass(frozen=True)
class Servers:
    """Both, running."""

    postgres_server: Postgres
    kafka_server: Kafka

    @property
    def postgres(self) -> str:
        """A URI as superuser."""
        return self.postgres_server.uri

    @property
    def kafka(self) -> str:
        """Bootstrap, host:port."""
        return self.kafka_server.address


def _silent(_: str) -> None:
    pass


@contextmanager
def servers(data: Path, *, on_step: Callable[[str], None] = _silent) -> Generator[Servers]:
    """Runs both over a data folder, for as long as this lasts. Call it from the main thread. Raises EmbeddedError."""
    data = data.resolve()
    with _only_one(data):
        if shutil.disk_usage(data).free < LEAST_SPACE:
            raise EmbeddedError(
                f"Less than {LEAST_SPACE >> 20} MiB are free where {data} lies: free some, or set SHANGLIANG_DATA."
            )
        running = Servers(Postgres(data / "postgres"), Kafka(data / "kafka"))
        try:
            on_step("Kafka")
            running.kafka_server.start()
            on_step("PostgreSQL")
            running.postgres_server.start()
            running.kafka_server.wait()
            yield running
        finally:
            running.postgres_server.stop()
            running.kafka_server.stop()


@contextmanager
def _only_one(data: Path) -> Generator[None]:
    try:
        data.mkdir(parents=True, exist_ok=True)
        opened = (data / "lock").open("w")
    except OSError as error:
        raise EmbeddedError(
            f"{data} can't be used ({error.strerror}): set SHANGLIANG_DATA to another folder."
        ) from None
    with opened as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise EmbeddedError(
                f"Another shangliang runs on {data}: stop it, or set SHANGLIANG_DATA to another folder."
            ) from None
        yield


__all__ = ["EmbeddedError", "Servers", "servers"]
