"""The signing keys by command: added, looked at, retired, and never lost."""

import stat
import time
from pathlib import Path
from typing import Any

import orjson
import pytest
from typer.testing import CliRunner, Result

from shangliang.commands import app
from shared.identity.signing import read_keys, write_keys


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("SHANGLIANG_DATA", str(tmp_path))

    def command(*words: str) -> Result:
        return CliRunner().invoke(app, ["signing", *words])

    return command


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "keys" / "signing.jwk"


def said(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return orjson.loads(result.stdout)


def in_force_for(file: Path, seconds: int) -> None:
    """As if the newest key had begun to sign so long ago."""
    *before, newest = read_keys(file)
    write_keys(file, [*before, {**newest, "nbf": int(time.time()) - seconds}])


def test_a_key_is_made_added_used_and_retired(run: Any, file: Path) -> None:
    [first] = said(run("list", "--json"))
    assert first["state"] == "signs"
    assert first["key"].startswith("sig-")  # a thumbprint may begin with a hyphen, and be taken for an option
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    second = said(run("add", "--json"))
    assert 290 <= second["nbf"] - time.time() <= 300
    assert [one["state"] for one in said(run("list", "--json"))] == ["signs", "next"]
    in_force_for(file, 1)
    assert [one["state"] for one in said(run("list", "--json"))] == ["checks", "signs"]
    early = run("retire", first["key"])
    assert early.exit_code == 1
    assert "are good for another" in early.output
    in_force_for(file, 901)
    assert said(run("retire", first["key"], "--json"))["retired"] == first["key"]
    assert [one["state"] for one in said(run("list", "--json"))] == ["retired", "signs"]
    assert "d" not in read_keys(file)[0]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert run("retire", first["key"]).exit_code == 1


def test_the_key_that_signs_is_not_retired_even_at_once(run: Any, file: Path) -> None:
    [first] = said(run("list", "--json"))
    for words in ((first["key"],), (first["key"], "--now"), ("another",)):
        assert run("retire", *words).exit_code == 1
    said(run("add", "--json"))
    assert run("retire", first["key"], "--now").exit_code == 1  # the next one does not sign yet
    assert len(read_keys(file)) == 2


def test_a_key_that_was_not_meant_is_taken_back_before_it_signs(run: Any, file: Path) -> None:
    said(run("list", "--json"))
    added = said(run("add", "--json"))
    assert said(run("retire", added["key"], "--json"))["retired"] == added["key"]
    assert [one["state"] for one in said(run("list", "--json"))] == ["signs", "retired"]
