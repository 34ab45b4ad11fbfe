"""The scenario file: a city's communities and units, and what was said, agreed and done there."""

from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

LOCAL = ZoneInfo("Asia/Shanghai")
"""The scenario's times are local."""
WHERE = Path(__file__).parents[2] / "scenario" / "yangquan.yaml"


def number(said: int | str) -> int:
    """A count, `12` or `12~` where the source does not say exactly."""
    return int(str(said).rstrip("~"))


def moment(said: str | date | datetime) -> datetime:
    """A local time; a mere day stands for its end."""
    at = datetime.fromisoformat(said) if isinstance(said, str) and "T" in said else said
    if not isinstance(at, datetime):
        at = datetime.combine(date.fromisoformat(str(at)), time(23, 59, 59))
    return at.replace(tzinfo=LOCAL)


@dataclass(frozen=True)
class Step:
    """Somebody does something: `does` is the event's name, `said` whatever else the file says of it."""

    story: str
    number: int
    does: str
    who: str
    at: datetime | None
    said: dict[str, Any]


@dataclass(frozen=True)
class Story:
    """One matter from first word to last, and what is expected of it in the end."""

    id: str
    community: str
    matter: str
    place: str | None
    steps: tuple[Step, ...]
    expect: dict[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True)
class Scenario:
    """The whole file. `sub_districts`, `communities` and `units` are as it says."""

    sub_districts: list[dict[str, Any]]
    communities: dict[str, dict[str, Any]]
    units: list[dict[str, Any]]
    stories: dict[str, Story]


def read(path: Path = WHERE) -> Scenario:
    """The scenario of the file."""
    said = yaml.safe_load(path.read_text())
    return Scenario(
        said["sub_districts"],
        said["communities"],
        said["partner_units"],
        {story["id"]: _story(story) for story in said["stories"]},
    )


def _story(said: dict[str, Any]) -> Story:
    steps = tuple(_step(said["id"], number, step) for number, step in enumerate(said["steps"]))
    return Story(said["id"], said["community"], said["matter"], said.get("place"), steps, said.get("expect", {}))


def _step(story: str, number: int, said: dict[str, Any]) -> Step:
    rest = {key: value for key, value in said.items() if key not in ("does", "who", "at")}
    at = moment(said["at"]) if "at" in said else None
    return Step(story, number, said["does"], str(said.get("who", "")), at, rest)
