"""What goes wrong is told in one sentence that says what to do, and the command ends with 1."""

import asyncio
from pathlib import Path

import pytest

from shangliang.embedded.kafka import free_port
from tests.commands.conftest import Up
from tests.commands.console import Said

HERE = "here"
WRONG: dict[str, tuple[tuple[str, ...], dict[str, str], str]] = {
    "log of no service": (("log", "tail", "kitchen"), {}, "No service is called kitchen: there are directory, intake,"),
    "lag of no service": (("lag", "kitchen"), {}, "No service is called kitchen"),
    "serve no service": (("serve", "kitchen"), {}, "No service is called kitchen"),
    "rebuild no view": (("rebuild", "kitchen"), {}, "0 views are called kitchen: there are directory."),
    "no stream": (("log", "show", "intake", "issue-0"), {}, "`shangliang log tail intake` shows some"),
    "no past time": (("log", "show", "intake", "issue-0", "--at", "yesterday"), {}, "write one as 2024-02-29T08:30"),
    "no parked event": (("park", "show", "notify", "0"), {}, "`shangliang park list notify` shows what there is"),
    "skip no parked event": (("park", "skip", "notify", "0", "--reason", "x"), {}, "has parked no event 0"),
    "a wrong setting": (("up",), {"SHANGLIANG_PORT": "many"}, "SHANGLIANG_PORT is 'many'"),
    "a port that can't be": (("up",), {"SHANGLIANG_PORT": "99999"}, "set SHANGLIANG_HOST and SHANGLIANG_PORT"),
    "a taken port": (("up",), {}, "is taken: stop what listens there, or set SHANGLIANG_PORT"),
    "taken data": (("up",), {"SHANGLIANG_PORT": HERE}, "Another shangliang runs on"),
    "no PostgreSQL": (("lag",), {"SHANGLIANG_POSTGRES": "postgresql://127.0.0.1:1/x"}, "`shangliang up` starts it"),
    "not a URI": (("lag",), {"SHANGLIANG_POSTGRES": "[localhost]"}, "set SHANGLIANG_POSTGRES"),
    "nothing runs": (("lag",), {"SHANGLIANG_DATA": HERE}, "`shangliang up` starts it"),
    "data that can't be": (("up",), {"SHANGLIANG_DATA": "/dev/null/x", "SHANGLIANG_PORT": HERE}, "set SHANGLIANG_DATA"),
    "a demo elsewhere": (("demo",), {"SHANGLIANG_DATA": HERE}, "bad-token"),
    "a token in production": (
        ("token", "steward"),
        {"SHANGLIANG_ENVIRONMENT": "production"},
        "in development only: set SHANGLIANG_ENVIRONMENT=development",
    ),
}


@pytest.fixture(scope="module")
async def said(up: Up, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Said]:
    """How each of them ends; a few at a time."""
    several = asyncio.Semaphore(3)

    async def ended(words: tuple[str, ...], settings: dict[str, str]) -> Said:
        empty: Path = tmp_path_factory.mktemp("empty")
        own = {"SHANGLIANG_PORT": str(free_port()), "SHANGLIANG_DATA": str(empty)}
        async with several:
            return await up.console(
                *words, **{name: own[name] if value == HERE else value for name, value in settings.items()}
            )

    ends = await asyncio.gather(*(ended(words, settings) for words, settings, _ in WRONG.values()))
    return dict(zip(WRONG, ends, strict=True))


@pytest.mark.parametrize("what", WRONG)
def test_what_goes_wrong_is_one_sentence(said: dict[str, Said], what: str) -> None:
    assert said[what].code == 1
    assert said[what].out == ""
    assert WRONG[what][2] in said[what].sentence
    assert said[what].sentence.rstrip().endswith((".", "。"))
