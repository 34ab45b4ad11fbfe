"""The stand-alone script that auditors run, as a module."""

import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

SCRIPT = Path(__file__).parents[2] / "docs" / "how-to" / "verify.py"


def script() -> Any:
    """What it defines."""
    spec = spec_from_file_location("verify", SCRIPT)
    assert spec
    assert spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def said(*arguments: str | Path) -> tuple[int, str]:
    """Its exit status and what it says, run as an auditor runs it: none of our code within reach."""
    done = subprocess.run([sys.executable, "-I", SCRIPT, *arguments], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr
