"""`shangliang` as its users run it: the console script, in a process of its own."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

SCRIPT = Path(sys.executable).with_name("shangliang")


@dataclass(frozen=True)
class Said:
    """How a command ended, and what it wrote."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return orjson.loads(self.out)

    @property
    def sentence(self) -> str:
        """What went wrong, in the one line that says it."""
        [line] = [line for line in self.err.splitlines() if "✗" in line]
        return line


@dataclass(frozen=True)
class Console:
    """Where commands run: `settings` are those that a user has set."""

    settings: Mapping[str, str]

    def environment(self, **more: str) -> dict[str, str]:
        """The machine's, without what it may have set for another shangliang."""
        bare = {name: value for name, value in os.environ.items() if not name.startswith(("SHANGLIANG_", "OTEL_"))}
        return {**bare, **self.settings, **more}

    def begin(self, *words: str, **more: str) -> subprocess.Popen[str]:
        """Starts a command that goes on."""
        pipe = subprocess.PIPE
        return subprocess.Popen([SCRIPT, *words], env=self.environment(**more), stdout=pipe, stderr=pipe, text=True)

    async def __call__(self, *words: str, **more: str) -> Said:
        """Runs a command to its end. None of them ever shows a traceback."""
        pipe = subprocess.PIPE
        process = await asyncio.create_subprocess_exec(
            SCRIPT, *words, env=self.environment(**more), stdout=pipe, stderr=pipe
        )
        async with asyncio.timeout(120):
            out, err = await process.communicate()
        said = Said(process.returncode or 0, out.decode(), err.decode())
        assert "Traceback" not in said.out + said.err, said.err
        return said

    async def both(self, *words: str) -> tuple[str, Any]:
        """What a command that succeeds tells a person, and what it tells a program."""
        person, program = await asyncio.gather(self(*words), self(*words, "--json"))
        assert (person.code, program.code) == (0, 0), person.err + program.err
        return person.out, program.json
