"""The tutorial, run block by block as a reader would, against the whole system."""

import asyncio
import os
from pathlib import Path
from shutil import which

import pytest

from tests.docs.pages import ROOT, blocks
from tests.town import Town

TUTORIAL = ROOT / "docs" / "tutorial" / "README.md"
OTHER_TESTS_USE = ("shangzhan", "yaopo", "power")
"""Codes that others open in the same town: here they get a name of their own."""


def script(page: Path, origin: str) -> str:
    """All that the tutorial has its reader type, for a system at another address."""
    said = "\n".join(blocks(page, "sh")).replace("http://127.0.0.1:8311", origin)
    for code in OTHER_TESTS_USE:
        said = said.replace(code, f"{code}-by-hand")
    return said


@pytest.mark.skipif(not (which("curl") and which("bash")), reason="the tutorial is for curl and a POSIX shell")
async def test_the_tutorial_can_be_followed_to_its_end(here: Town) -> None:
    running = await asyncio.create_subprocess_exec(
        "bash",
        "-euc",
        script(TUTORIAL, str(here.http.base_url)),
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
    told = blocks(TUTORIAL, "console")[-1]
    assert {step.strip() for step in told.splitlines()} <= {line.strip() for line in said.splitlines()}
