"""A command imports what it needs, and no web server to make a token: each call would pay a second for it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize(
    "words", [["--help"], ["token", "steward"], ["park", "--help"], ["lag", "kitchen"]], ids=" ".join
)
def test_what_serves_nothing_imports_neither_a_service_nor_a_web_server(words: list[str], tmp_path: Path) -> None:
    told = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "shangliang", *words],
        env={**os.environ, "SHANGLIANG_DATA": str(tmp_path)},
        check=False,
        capture_output=True,
        text=True,
    )
    imported = {line.rpartition("|")[2].strip() for line in told.stderr.splitlines() if line.startswith("import time:")}
    assert "shangliang.commands" in imported
    assert not imported & {"fastapi", "uvicorn", "services.intake"}
