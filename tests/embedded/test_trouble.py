"""What keeps the servers from starting is said in one sentence that tells what to do."""

import errno
import os
import socket
import subprocess
import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from shangliang.embedded import EmbeddedError, servers
from shangliang.embedded.jars import class_path
from shangliang.embedded.postgres import Postgres
from shangliang.running import require_free_port
from shared.settings import Settings

REPOSITORY = Path(os.environ.get("M2_REPO") or Path.home() / ".m2" / "repository")


class Mirror(SimpleHTTPRequestHandler):
    """A mirror of Maven Central with what this machine has fetched from there; `asked` is what was asked for."""

    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        super().do_GET()

    def log_message(self, format: str, *args: Any) -> None:
        pass


@contextmanager
def mirror(repository: Path) -> Generator[tuple[str, list[str]]]:
    """Serves a repository; its address, and what it is asked for."""
    handler = type("Mirror", (Mirror,), {"asked": []})
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(handler, directory=str(repository))) as serving:
        threading.Thread(target=serving.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{serving.server_port}", handler.asked
        serving.shutdown()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder on a disk of 3 MiB."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", folder]
    mounted = subprocess.run(mount, capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip(f"a small disk can't be mounted here: {mounted.stderr.decode().strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)  # noqa: S607


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A new user's home, into which nothing has been fetched yet."""
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
    monkeypatch.delenv("M2_REPO", raising=False)
    return folder


def name_a_mirror(home: Path, url: str) -> None:
    (home / ".m2").mkdir()
    said = f"<mirrors><mirror><id>near</id><url>{url}/</url><mirrorOf>*,!private</mirrorOf></mirror></mirrors>"
    (home / ".m2" / "settings.xml").write_text(
        f'<settings xmlns="http://maven.apache.org/SETTINGS/1.2.0">{said}</settings>'
    )


def sentence(error: pytest.ExceptionInfo[EmbeddedError]) -> str:
    said = str(error.value)
    assert "\n" not in said
    assert said.endswith(".")
    return said


def test_a_taken_port_is_named_with_the_setting_for_another_one() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(EmbeddedError) as error:
        require_free_port(Settings(port=taken.getsockname()[1]))
    assert "is taken" in sentence(error)
    assert "SHANGLIANG_PORT" in sentence(error)


@pytest.mark.parametrize(("host", "port"), [("192.0.2.1", 8311), ("no-such-host.invalid", 8311), ("127.0.0.1", 99_999)])
def test_an_address_that_this_machine_has_not_is_not_called_taken(host: str, port: int) -> None:
    with pytest.raises(EmbeddedError) as error:
        require_free_port(Settings(host=host, port=port))
    assert "Can't listen" in sentence(error)
    assert "SHANGLIANG_HOST" in sentence(error)


def test_a_download_that_fails_says_to_check_the_network_or_the_mirror(home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        unreachable = f"http://127.0.0.1:{nobody.getsockname()[1]}"
    name_a_mirror(home, unreachable)
    with pytest.raises(EmbeddedError) as error:
        class_path()
    assert "check the network or the mirror" in sentence(error)
    assert not list((home / "cache" / "shangliang").glob("kafka-*"))


def test_a_mirror_that_lacks_the_jars_says_the_same_and_was_asked(home: Path, tmp_path: Path) -> None:
    with mirror(tmp_path) as (url, asked):
        name_a_mirror(home, url)
        with pytest.raises(EmbeddedError) as error:
            class_path()
    assert "check the network or the mirror" in sentence(error)
    assert any("kafka_2.13" in path for path in asked)


@pytest.mark.skipif(not REPOSITORY.is_dir(), reason="nothing was fetched from Maven Central on this machine")
def test_jars_come_from_the_mirror_that_the_user_has_set(home: Path) -> None:
    with mirror(REPOSITORY) as (url, asked):
        name_a_mirror(home, url)
        folder = Path(class_path()).parent
    assert [path for path in asked if "kafka_2.13" in path and path.endswith(".jar")]
    assert len(list(folder.glob("*.jar"))) > 30
    assert Path(class_path()).parent == folder  # and without the mirror, a second time


def test_a_disk_that_fills_up_with_the_download_is_called_full(
    home: Path, small_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("M2_REPO", str(REPOSITORY))
    monkeypatch.setenv("XDG_CACHE_HOME", str(small_disk))
    with pytest.raises(EmbeddedError) as error:
        class_path()
    assert os.strerror(errno.ENOSPC) in sentence(error)
    assert "make room" in sentence(error)
    assert not list(small_disk.rglob("kafka-*/complete"))


def test_too_small_a_disk_is_not_begun_with(small_disk: Path) -> None:
    with pytest.raises(EmbeddedError) as error, servers(small_disk):
        pass
    assert "512 MiB" in sentence(error)
    assert str(small_disk) in sentence(error)


def test_a_disk_that_fills_up_is_called_full(small_disk: Path) -> None:
    with pytest.raises(EmbeddedError) as error:
        Postgres(small_disk / "postgres").start()
    assert sentence(error).startswith("The disk is full")


def test_a_server_that_cant_read_its_data_says_why_and_where_more_is(tmp_path: Path) -> None:
    (tmp_path / "kafka" / "data").mkdir(parents=True)
    (tmp_path / "kafka" / "data" / "meta.properties").write_text("version=1\n")
    with pytest.raises(EmbeddedError) as error, servers(tmp_path):
        pass
    assert "meta.properties" in str(error.value)
    assert str(tmp_path / "kafka" / "kafka.log") in str(error.value)


def test_a_data_folder_that_cant_be_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(EmbeddedError) as error, servers(tmp_path / "file" / "data"):
        pass
    assert "SHANGLIANG_DATA" in sentence(error)
