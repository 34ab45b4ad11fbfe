"""Child processes that never outlive this one: told to by the kernel where it can, and cleaned up by the next start."""

import contextlib
import ctypes
import os
import pwd
import signal
import subprocess
import sys
from collections.abc import Callable, Generator, Sequence
from pathlib import Path

import psutil

PR_SET_PDEATHSIG = 1
FULL = "The disk is full: free some space, or set SHANGLIANG_DATA to a folder on another disk."


class EmbeddedError(Exception):
    """The embedded servers can't run: one sentence on what to do."""


def unprivileged() -> tuple[int, int] | None:
    """User and group for what refuses to run as root; None where this process isn't root."""
    if os.geteuid() != 0:
        return None
    nobody = pwd.getpwnam("nobody")
    return nobody.pw_uid, nobody.pw_gid


def give_to(owner: tuple[int, int] | None, folder: Path) -> None:
    """Makes a new folder the owner's, and lets the owner pass through those above it."""
    if owner is None:
        return
    os.chown(folder, *owner)
    for above in folder.parents:
        mode = above.stat().st_mode
        if not mode & 0o001:
            above.chmod(mode | 0o001)


def spawn(
    command: Sequence[str | Path],
    *,
    log: Path,
    pid_file: Path,
    dies_by: signal.Signals,
    owner: tuple[int, int] | None = None,
    environment: dict[str, str] | None = None,
) -> subprocess.Popen[bytes]:
    """Starts a server. On Linux the kernel sends it `dies_by` when this thread's process is gone, however it went."""
    with log.open("ab") as out, _ctrl_c_waits():
        child = subprocess.Popen(
            [str(word) for word in command],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            env=_environment() | (environment or {}),
            cwd=log.parent,
            start_new_session=True,  # Ctrl-C is for the parent, which stops its children in order
            preexec_fn=_about_to_run(owner, dies_by),  # noqa: PLW1509 - started before there are threads
        )
    pid_file.write_text(f"{child.pid} {psutil.Process(child.pid).create_time()}")
    return child


def run_once(command: Sequence[str | Path], *, folder: Path, owner: tuple[int, int] | None = None) -> None:
    """Runs a command to its end, in a folder. Raises EmbeddedError with what it said last."""
    with _ctrl_c_waits():
        child = subprocess.Popen(
            [str(word) for word in command],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=folder,
            env=_environment(),
            preexec_fn=_about_to_run(owner, signal.SIGKILL),  # noqa: PLW1509 - started before there are threads
        )
    with child:
        said, _ = child.communicate()
    if child.returncode:
        raise EmbeddedError(explained(Path(command[0]).name, said.decode(errors="replace")))


def put_by(log: Path) -> None:
    """Makes room for the log of a new start; the one before stays beside it."""
    with contextlib.suppress(FileNotFoundError):
        log.replace(log.with_name(f"{log.name}.1"))


def end_leftover(pid_file: Path) -> None:
    """Kills what an earlier start, that was killed itself, has left running. Only if it is the very same process."""
    with contextlib.suppress(FileNotFoundError, ValueError, psutil.NoSuchProcess):
        pid, created = pid_file.read_text().split()
        left = psutil.Process(int(pid))
        if abs(left.create_time() - float(created)) < 1:
            family = [left, *left.children(recursive=True)]
            for one in family:
                one.kill()
            psutil.wait_procs(family, timeout=10)
    pid_file.unlink(missing_ok=True)


def end_strays(folder: Path) -> None:
    """Kills what works in a folder though the server whose folder it is was killed: a PostgreSQL session goes on until
    its statement ends, and until then the next server would refuse to start."""
    strays: list[psutil.Process] = []
    for one in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if one.cwd() == str(folder):
                one.kill()
                strays.append(one)
    psutil.wait_procs(strays, timeout=10)


def end(child: subprocess.Popen[bytes], by: signal.Signals, *, patience: float) -> None:
    """Stops a child kindly, or after `patience` seconds not."""
    if child.poll() is None:
        child.send_signal(by)
        try:
            child.wait(patience)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def explained(what: str, said: str) -> str:
    """One sentence for what a server said when it failed."""
    if "No space left" in said:
        return FULL
    lines = [line.strip() for line in said.strip().splitlines() if not line.startswith("\tat ")]  # of Java's stack
    return f"{what} failed: {' / '.join(lines[-3:]) or 'it said nothing'}"


@contextlib.contextmanager
def _ctrl_c_waits() -> Generator[None]:
    """For while we fork: an exception that is raised in what Python does then is only printed, and Ctrl-C lost."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


def _environment() -> dict[str, str]:
    """What a child sees: file names are UTF-8 whatever the user's locale, and messages English."""
    return {**os.environ, "LC_ALL": "C.UTF-8"}


def _about_to_run(owner: tuple[int, int] | None, dies_by: signal.Signals) -> Callable[[], None]:
    parent = os.getpid()
    libc = ctypes.CDLL(None)

    def prepare() -> None:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
        if owner is not None:
            os.setgroups([])
            os.setgid(owner[1])
            os.setuid(owner[0])
        if sys.platform == "linux":
            libc.prctl(PR_SET_PDEATHSIG, dies_by)
            if os.getppid() != parent:  # it went between fork and here
                os._exit(1)

    return prepare
