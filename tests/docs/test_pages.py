"""What the pages name exists: other pages, make's targets, commands with their options, settings."""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from typer.core import TyperGroup
from typer.main import get_command
from typer.testing import CliRunner

from shangliang.commands import app
from shared.settings import Settings
from tests.docs.pages import PAGES, ROOT, blocks, code, name, prose

LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ +(.+)$", re.MULTILINE)
MAKE = re.compile(r"(?:^|[\s/])make ([a-z]+)")
COMMAND = re.compile(r"(?:^|[\s/$(])shangliang ((?:[a-z][a-z-]* ?)+)(.*)")
OPTION = re.compile(r"(?<=\s)--?[a-z]+(?:-[a-z]+)*")
SETTING = re.compile(r"\bSHANGLIANG_([A-Z]+(?:_[A-Z]+)*)\b")
TARGETS = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))

each_page = pytest.mark.parametrize("page", PAGES, ids=name)


def anchors(page: Path) -> set[str]:
    """What links to a page's headings end with, as code forges make them."""
    words = (re.sub(r"[^\w\s-]", "", heading.lower()) for heading in HEADING.findall(prose(page)))
    return {re.sub(r"\s", "-", heading.strip()) for heading in words}


@each_page
def test_every_link_leads_somewhere(page: Path) -> None:
    for link in LINK.findall(prose(page)):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.is_relative_to(ROOT), f"{link} leads out of the repository"
        assert target.exists(), f"{link} leads nowhere"
        if anchor:
            assert anchor in anchors(target), f"{link} leads to no heading"


@each_page
def test_every_target_of_make_exists(page: Path) -> None:
    named = {target for line in code(page) for target in MAKE.findall(line)}
    assert named <= TARGETS


@each_page
def test_every_command_exists_with_its_options(page: Path) -> None:
    for line in code(page):
        for words, rest in COMMAND.findall(line):
            command = found(words.split())
            known: set[str] = {option for one in command.params for option in (*one.opts, *one.secondary_opts)}
            assert set(OPTION.findall(f" {rest}")) <= known | {"--help"}, line


def found(words: list[str]) -> Any:
    """The command that words begin with: `park list intake` is `park list`."""
    command: Any = get_command(app)
    command.load()
    for word in words:
        if not isinstance(command, TyperGroup):
            break
        below: Mapping[str, Any] = command.commands
        assert word in below, f"there is no command {' '.join(words)}"
        command = below[word]
    return command


@each_page
def test_every_setting_exists(page: Path) -> None:
    named = set(SETTING.findall(page.read_text()))
    assert named <= {field.upper() for field in Settings.model_fields}


@pytest.mark.parametrize("command", ["contracts", "reference"])
def test_the_generated_reference_is_up_to_date(command: str) -> None:
    done = CliRunner().invoke(app, [command, "--check"])
    assert done.exit_code == 0, done.output


def test_every_dependency_is_named_with_what_was_turned_down() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    asked = [
        *project["project"]["dependencies"],
        *(one for extra in project["project"]["optional-dependencies"].values() for one in extra),
        *(one for group in project["dependency-groups"].values() for one in group),
    ]
    said = code(ROOT / "docs" / "decisions" / "0010-dependencies.md")
    assert {re.split(r"[^\w-]", one)[0] for one in asked} <= set(said)


@pytest.mark.parametrize("chinese", [page for page in PAGES if page.name.endswith(".zh-CN.md")], ids=name)
def test_both_languages_show_the_same_code(chinese: Path) -> None:
    english = chinese.with_name(chinese.name.replace(".zh-CN", ""))
    for language in ("sh", "sql"):
        assert blocks(chinese, language) == blocks(english, language)
    shown = [[line for line in block.splitlines() if "#" not in line] for block in blocks(chinese, "console")]
    assert shown == [[line for line in block.splitlines() if "#" not in line] for block in blocks(english, "console")]


def test_each_page_of_docs_can_be_reached_from_the_index() -> None:
    seen: set[Path] = set()
    ahead = [ROOT / "docs" / "index.md"]
    while ahead:
        page = ahead.pop()
        if page in seen or page.suffix != ".md" or not page.is_file():
            continue
        seen.add(page)
        links = [link.partition("#")[0] for link in LINK.findall(prose(page)) if not re.match(r"[a-z]+:", link)]
        ahead += [(page.parent / link).resolve() for link in links if link]
    assert {name(page) for page in PAGES if (ROOT / "docs") in page.parents} <= {name(page) for page in seen}
