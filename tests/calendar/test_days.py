"""An operator's file of holidays and make-up days."""

from datetime import date
from pathlib import Path

import pytest
from pydantic import ValidationError

from shared.calendar.days import read_calendar
from shared.settings import Settings

GOOD = """
years:
  - year: 2031
    holidays:
      - 2031-01-01
      - {first: 2031-01-22, last: 2031-01-29}
    make_up_days: [2031-02-01]
"""


def test_a_file_knows_a_year_that_the_library_does_not(tmp_path: Path) -> None:
    assert not read_calendar(None).knows(2031)
    file = tmp_path / "calendar.yaml"
    file.write_text(GOOD, encoding="utf-8")
    calendar = read_calendar(Settings(calendar=file).calendar)
    assert calendar.knows(2031)
    assert not calendar.works(date(2031, 1, 24))  # a Friday of the festival
    assert calendar.works(date(2031, 2, 1))  # a Saturday
    assert calendar.works(date(2026, 2, 14))  # and the library's years are there, too


def test_a_file_counts_above_the_library(tmp_path: Path) -> None:
    file = tmp_path / "calendar.json"
    file.write_text('{"years": [{"year": 2026, "holidays": ["2026-03-03"]}]}', encoding="utf-8")
    calendar = read_calendar(file)
    assert not calendar.works(date(2026, 3, 3))
    assert not calendar.works(date(2026, 2, 14))  # no make-up day there


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ("years: [{year: 2031, holidays: [2032-01-01]}]", "2032-01-01 is not in 2031"),
        ("years: [{year: 2031, holidays: [2031-01-01], make_up_days: [2031-02-03]}]", "is not a Saturday or Sunday"),
        ("years: [{year: 2031, holidays: [2031-02-01], make_up_days: [2031-02-01]}]", "both a holiday and a make-up"),
        ("years: [{year: 2031, holidays: [{first: 2031-01-05, last: 2031-01-02}]}]", "`last` comes before `first`"),
        ("years: [{year: 2031, holidays: []}]", "years.0.holidays"),
        ("years: [{year: 2031, holydays: [2031-01-01]}]", "years.0.holydays"),
        (f"years: [{', '.join(['{year: 2031, holidays: [2031-01-01]}'] * 2)}]", "the year 2031 stands there twice"),
        ("- just: [a list", "is no YAML"),
    ],
)
def test_what_is_wrong_in_a_file_is_told_before_anything_starts(tmp_path: Path, wrong: str, told: str) -> None:
    file = tmp_path / "calendar.yaml"
    file.write_text(wrong, encoding="utf-8")
    with pytest.raises(ValidationError, match=told):
        Settings(calendar=file)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match=r"calendar\.yaml can't be read"):
        Settings(calendar=tmp_path / "calendar.yaml")
