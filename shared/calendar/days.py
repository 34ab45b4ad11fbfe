"""Which days are worked in China: weekdays, less public holidays, plus the make-up days 调休 that are worked for them.

The State Council publishes a year's days late in the year before. Those that are published come with the library
`chinesecalendar`; an operator's file may know a year earlier, or otherwise. A year that nobody knows has its weekends
as rest, and says so."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Annotated

import yaml
from chinese_calendar.constants import holidays, workdays
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

SATURDAY = 5


class Span(BaseModel):
    """Days from the first to the last, both included."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    first: date
    last: date

    @model_validator(mode="after")
    def _in_order(self) -> "Span":
        if self.last < self.first:
            raise ValueError("`last` comes before `first`")
        return self

    def days(self) -> list[date]:
        return [self.first + timedelta(days=n) for n in range((self.last - self.first).days + 1)]


class Published(BaseModel):
    """One year as an operator's file says it: rest on `holidays`, work on `make_up_days`, which are weekend days."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    year: Annotated[int, Field(ge=1992, le=2999)]
    holidays: Annotated[tuple[date | Span, ...], Field(min_length=1)]
    make_up_days: tuple[date, ...] = ()

    @property
    def rest(self) -> frozenset[date]:
        """Every holiday."""
        return frozenset(day for one in self.holidays for day in (one.days() if isinstance(one, Span) else (one,)))

    @model_validator(mode="after")
    def _holds_together(self) -> "Published":
        for day in (*self.rest, *self.make_up_days):
            if day.year != self.year:
                raise ValueError(f"{day} is not in {self.year}")
        for day in self.make_up_days:
            if day.weekday() < SATURDAY:
                raise ValueError(f"the make-up day {day} is not a Saturday or Sunday")
            if day in self.rest:
                raise ValueError(f"{day} is both a holiday and a make-up day")
        return self


class CalendarFile(BaseModel):
    """An operator's file, in YAML or JSON."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    years: tuple[Published, ...]

    @model_validator(mode="after")
    def _each_year_once(self) -> "CalendarFile":
        years = [one.year for one in self.years]
        if twice := next((year for year in years if years.count(year) > 1), None):
            raise ValueError(f"the year {twice} stands there twice")
        return self


@dataclass(frozen=True, slots=True)
class Year:
    """What a published year has otherwise than weekdays and weekends."""

    rest: frozenset[date]
    worked: frozenset[date]


@dataclass(frozen=True)
class Calendar:
    """The years that are published. Years before the first of them count as ordinary and known."""

    years: dict[int, Year] = field(default_factory=dict[int, Year])
    _looked_up: dict[date, bool] = field(default_factory=dict[date, bool], init=False, repr=False, compare=False)

    def works(self, day: date) -> bool:
        """Whether it is worked on that day, as far as is known."""
        known = self._looked_up.get(day)
        if known is None:
            known = self._looked_up[day] = self._works(day)
        return known

    def _works(self, day: date) -> bool:
        year = self.years.get(day.year)
        if year is None:
            return day.weekday() < SATURDAY
        return day in year.worked or (day.weekday() < SATURDAY and day not in year.rest)

    def knows(self, year: int) -> bool:
        """Whether that year's days will not change any more."""
        return year in self.years or year < min(self.years, default=year + 1)


def _by_year(days: Iterable[date]) -> dict[int, frozenset[date]]:
    found: dict[int, set[date]] = {}
    for day in days:
        found.setdefault(day.year, set()).add(day)
    return {year: frozenset(those) for year, those in found.items()}


@cache
def read_calendar(file: Path | None) -> Calendar:
    """The library's years, and above them the file's. Raises ValueError, that says what to change in the file."""
    rest, worked = _by_year(holidays), _by_year(workdays)
    years = {year: Year(rest[year], worked.get(year, frozenset())) for year in rest}
    for one in _read(file) if file else ():
        years[one.year] = Year(one.rest, frozenset(one.make_up_days))
    return Calendar(years)


def _read(file: Path) -> tuple[Published, ...]:
    try:
        return CalendarFile.model_validate(yaml.safe_load(file.read_text(encoding="utf-8"))).years
    except OSError as error:
        raise ValueError(f"{file} can't be read: {error.strerror}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ValueError(f"{file} is no YAML: {error}") from None
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, one['loc'])) or 'file'}: {one['msg']}" for one in error.errors())
        raise ValueError(f"{file}: {wrong}") from None


def _good(file: Path | None) -> Path | None:
    read_calendar(file)
    return file


CalendarPath = Annotated[Path | None, AfterValidator(_good)]
"""The path of an operator's file that has been looked through."""
