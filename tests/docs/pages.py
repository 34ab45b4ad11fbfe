"""The pages that a newcomer reads, and the code in them."""

import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"`([^`\n]+)`")


def name(page: Path) -> str:
    """A page as the repository names it."""
    return str(page.relative_to(ROOT))


@cache
def prose(page: Path) -> str:
    """A page without its blocks of code."""
    return FENCE.sub("", page.read_text())


def blocks(page: Path, language: str) -> list[str]:
    """The blocks of code in that language."""
    return [code for said, code in FENCE.findall(page.read_text()) if said == language]


def code(page: Path) -> list[str]:
    """Every line of code, in blocks and within the prose."""
    lines = [line for _, block in FENCE.findall(page.read_text()) for line in block.splitlines()]
    return lines + SPAN.findall(prose(page))
