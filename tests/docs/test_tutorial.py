"""The tutorial, run block by block as a reader would, against the whole system."""

import asyncio
import os
from collections.abc import AsyncIterator
from shutil import which

import pytest

from shangliang.embedded import Servers
from tests.docs.pages import ROOT, blocks
from tests.town import Town, town

ENGLISH, CHINESE = (ROOT / "docs" / "tutorial" / page for page in ("README.md", "README.zh-CN.md"))


@pytest.fixture(scope="module")
async def here(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    """The whole system, running."""
    async with town(servers, tmp_path_factory.mktemp("tutorial")) as made:
        yield made


def test_both_languages_have_the_same_commands() -> None:
    assert blocks(ENGLISH, "sh") == blocks(CHINESE, "sh")
    assert blocks(ENGLISH, "console") == blocks(CHINESE, "console")


@pytest.mark.skipif(not (which("curl") and which("bash")), reason="the tutorial is for curl and a POSIX shell")
async def test_the_tutorial_can_be_followed_to_its_end(here: Town) -> None:
    script = "\n".join(blocks(ENGLISH, "sh")).replace("http://127.0.0.1:8311", str(here.http.base_url))
    told = blocks(ENGLISH, "console")[-1]
    running = await asyncio.create_subprocess_exec(
        "bash",
        "-euc",
        script,
        cwd=ROOT,
        env={
            **os.environ,
            "SHANGLIANG_DATA": str(here.settings.data),
            "SHANGLIANG_POSTGRES": here.settings.postgres or "",
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(120):
        out, err = await running.communicate()
    said = out.decode()
    assert running.returncode == 0, said + err.decode()
    assert err.decode() == ""
    assert said.count('"code":') == said.count('"code":"already-seconded"') == 1, said
    assert "请评价" in said
    steps = {line.strip() for line in told.splitlines()}
    assert steps <= {line.strip() for line in said.splitlines()}
