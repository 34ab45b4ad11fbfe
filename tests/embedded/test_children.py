"""The servers end with the process that started them, however it goes; and start as whoever starts them."""

import os
import pwd
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import asyncpg
import psutil
import pytest

from shangliang.embedded import servers
from shangliang.embedded.children import end_leftover
from shangliang.embedded.jars import cache
from tests.embedded.holding import gone, held

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux's kernel tells a child of its parent's end")


async def kept(uri: str, sql: str) -> object:
    connection = await asyncpg.connect(uri)
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close()


async def test_children_end_with_a_parent_that_is_killed_and_the_next_start_ends_what_could_not(tmp_path: Path) -> None:
    with held(tmp_path) as one:
        await kept(one.uri, "create table kept as select 7 as number")
        backends = one.postgres.children()
        assert backends
        one.holder.kill()
        assert gone(one.postgres, one.kafka, *backends)
    with held(tmp_path) as two:
        assert await kept(two.uri, "select number from kept") == 7
        backends = two.postgres.children()
        two.postgres.suspend()  # whom the kernel's word can't reach
        two.holder.kill()
        assert gone(two.kafka)
        assert two.postgres.is_running()
    with servers(tmp_path) as three:
        assert gone(two.postgres, *backends, within=0)
        assert await kept(three.postgres, "select number from kept") == 7


def test_a_leftovers_number_that_somebody_else_has_by_now_is_left_alone(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as somebody:
        pid_file = tmp_path / "pid"
        pid_file.write_text(f"{somebody.pid} {psutil.Process(somebody.pid).create_time() - 100}")
        end_leftover(pid_file)
        assert somebody.poll() is None
        somebody.kill()
    assert not pid_file.exists()


@pytest.fixture
def as_nobody() -> list[str]:
    """Becomes `nobody`, who may do nothing more than read where Python lies: under root's home, perhaps."""
    become = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "--no-new-privs"]
    read = "dac_read_search"
    become += [f"--inh-caps=-all,+{read}", f"--bounding-set=-all,+{read}", f"--ambient-caps=+{read}"]
    can = subprocess.run([*become, sys.executable, "-c", ""], capture_output=True, text=True, check=False)
    if can.returncode:
        pytest.skip(f"nobody can't be let read {sys.executable}: {can.stderr.strip()}")
    return become


@pytest.mark.skipif(os.geteuid() != 0, reason="all other tests run as a plain user already")
async def test_a_plain_user_runs_them_too(as_nobody: list[str]) -> None:
    nobody = pwd.getpwnam("nobody")
    with TemporaryDirectory() as folder:
        home = Path(folder)
        (home / ".cache").symlink_to(cache().parent)
        os.chown(home, nobody.pw_uid, nobody.pw_gid)
        environment = {"HOME": folder, "XDG_CACHE_HOME": "", "PYTHONDONTWRITEBYTECODE": "1"}
        with held(home / "data", through=as_nobody, environment=environment) as one:
            assert {process.uids().effective for process in (one.postgres, one.kafka)} == {nobody.pw_uid}
            assert (home / "data").stat().st_uid == nobody.pw_uid
            assert await kept(one.uri, "select 1") == 1
            one.holder.kill()
            assert gone(one.postgres, one.kafka)
