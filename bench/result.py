"""One measured figure, the goal it is held against, and the table and file that they all go into."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import orjson
from rich.console import Console
from rich.table import Table

RESULTS = Path("bench/results.json")


@dataclass(frozen=True, slots=True)
class Result:
    """`ratio` is the figure that the goal is about: a ratio measured within one run, or an amount where `unit` says
    so. `figures` are what it was made of, in the units that their names end in."""

    name: str
    ratio: float
    goal: float
    better: Literal["higher", "lower"]
    figures: dict[str, float] = field(default_factory=dict[str, float])
    unit: str = "×"

    @property
    def reached(self) -> bool:
        return self.ratio >= self.goal if self.better == "higher" else self.ratio <= self.goal


def _rounded(value: float) -> float:
    return float(f"{value:.4g}")


def write(results: Sequence[Result], path: Path = RESULTS) -> None:
    """Writes them, beside those of an earlier run that this one did not measure."""
    before: dict[str, Any] = orjson.loads(path.read_bytes()) if path.exists() else {}
    now = {
        one.name: {
            "ratio": _rounded(one.ratio),
            "unit": one.unit,
            "goal": one.goal,
            "better": one.better,
            "reached": one.reached,
            "figures": {name: _rounded(value) for name, value in one.figures.items()},
        }
        for one in results
    }
    path.write_bytes(orjson.dumps(dict(sorted({**before, **now}.items())), option=orjson.OPT_INDENT_2) + b"\n")


def show(results: Sequence[Result], console: Console) -> None:
    """The table that a person reads."""
    table = Table(title="make bench", title_justify="left")
    for name in ("", "measured", "goal", "", "made of"):
        table.add_column(name, justify="right" if name in ("measured", "goal") else "left", overflow="fold")
    for one in results:
        sign = "≥" if one.better == "higher" else "≤"
        made_of = ", ".join(f"{name} {_rounded(value):,g}" for name, value in one.figures.items())
        mark = "[green]✓[/]" if one.reached else "[red]✗[/]"
        figure = f"{_rounded(one.ratio):,g}"
        table.add_row(one.name, f"{figure} {one.unit}", f"{sign} {one.goal:,g}", mark, made_of)
    console.print(table)
