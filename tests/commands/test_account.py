"""The demo's account: what a newcomer sees first, in 80 columns, and nothing in between that is not the account."""

import io
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len
from rich.console import Console as Screen

from shangliang.embedded.kafka import free_port
from shangliang.replay.account import Account, show
from tests.commands.console import Console

LONG = "楼道灯装上了一直不亮，每天晚上都摸黑，特别不方便"
STEPS = [
    ("20T19:40", "intake", "issue-raised", "resident", LONG),
    *[("21T15:00", "intake", "issue-seconded", "resident", None)] * 12,
    ("22T09:05", "deliberation", "consultation-proposed", "reaction", LONG),
    ("22T09:30", "deliberation", "consultation-scheduled", "secretary", None),
    ("29T19:00", "partner", "work-order-accepted", "building-contact", None),
]


def step(at: str, service: str, event: str, role: str, says: str | None) -> dict[str, Any]:
    return {"at": f"2023-11-{at}:00+08:00", "service": service, "event": event, "role": role, "says": says}


def shown(width: int) -> list[str]:
    screen = Screen(width=width, file=io.StringIO())
    knows = {"notify": "告知提出人 2 次：您提出的诉求已受理。；您提出的诉求已办结，问题解决了吗？请评价。"}
    steps = [step(*one) for one in STEPS]
    show(
        Account("corridor-lights", "楼道灯装好后一直没有通电", "yaopo", steps, knows, [("issue: closed", True)]), screen
    )
    assert isinstance(screen.file, io.StringIO)
    return screen.file.getvalue().splitlines()


@pytest.mark.parametrize("width", [80, 100, 200])
def test_no_name_is_broken_and_no_line_is_too_long(width: int) -> None:
    lines = shown(width)
    assert max(map(cell_len, lines)) <= width
    for _, service, event, role, _ in STEPS:
        assert [line for line in lines if {service, event, role} <= set(line.split())]


def test_what_twelve_people_do_is_one_line_and_what_was_said_before_is_not_told_at_length_again() -> None:
    lines = shown(80)
    assert len([line for line in lines if "issue-seconded" in line]) == 1
    assert [line for line in lines if "15:00" in line and "×12" in line]
    assert [line for line in lines if "consultation-proposed" in line and "…" in line]
    assert "".join(lines).count("特别不") == 1
    assert [line for line in shown(200) if "consultation-proposed" in line and LONG in line]


async def test_a_demo_on_a_bare_machine_says_what_it_does_and_logs_nothing(tmp_path: Path) -> None:
    console = Console({"SHANGLIANG_DATA": str(tmp_path), "SHANGLIANG_PORT": str(free_port())})
    said = await console("demo")
    assert said.code == 0, said.err
    assert "issue-rated" in said.out
    assert "\x1b" not in said.out + said.err
    told = {line for line in said.err.splitlines() if line.startswith(("·", "{"))}
    assert told == {"· Kafka", "· PostgreSQL"}
