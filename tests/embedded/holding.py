"""The holder of the embedded servers, from outside: started, killed, looked at."""

import os
import subprocess
import sys
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil


@dataclass(frozen=True)
class Held:
    """The holder, the two servers it holds, and where PostgreSQL is reached."""

    holder: subprocess.Popen[str]
    postgres: psutil.Process
    kafka: psutil.Process
    uri: str


@contextmanager
def held(data: Path, *, through: Sequence[str] = (), environment: Mapping[str, str] | None = None) -> Generator[Held]:
    """Starts a holder, by way of another command if need be, and ends it kindly unless it is gone by then."""
    holder = subprocess.Popen(
        [*through, sys.executable, "-m", "tests.embedded.holder", str(data)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **(environment or {})},
    )
    try:
        assert holder.stdout is not None
        said = holder.stdout.readline().split()
        assert len(said) == 3, holder.communicate()
        postgres, kafka, uri = said
        yield Held(holder, psutil.Process(int(postgres)), psutil.Process(int(kafka)), uri)
    finally:
        try:
            holder.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            holder.kill()
            holder.wait()


def gone(*processes: psutil.Process, within: float = 15) -> bool:
    """Whether all of them and what they had started end in that many seconds."""
    _, alive = psutil.wait_procs(processes, timeout=within)
    return not [one for one in alive if one.status() != psutil.STATUS_ZOMBIE]
