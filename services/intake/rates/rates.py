"""The figures 三率 of a community: how often it answers in time, solves, and satisfies, by the raisers' own word."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from pydantic import BaseModel

from shared.calendar.hours import midnight_of
from shared.projecting.reading import Between, OneOf
from shared.projecting.suppressing import published


class Figure(StrEnum):
    """What is counted. A closed issue that nobody has rated is in neither of the latter two: done is not solved."""

    RESPONSE = "response"
    RESOLUTION = "resolution"
    SATISFACTION = "satisfaction"


class Counted(StrEnum):
    """Which of a rate's two numbers."""

    NUMERATOR = "numerator"
    DENOMINATOR = "denominator"


COLUMN = {Figure.RESPONSE: "response", Figure.RESOLUTION: "solved", Figure.SATISFACTION: "satisfied"}
"""The ledger's column that says how an issue counts; it is empty where it does not."""
GOOD, BAD = {Figure.RESPONSE: "in-time"}, {Figure.RESPONSE: "late"}


class Rate(BaseModel):
    """`rate` is the share, null where there is nothing to take a share of."""

    numerator: int
    denominator: int
    rate: float | None


class Rates(BaseModel):
    """Response: acknowledged in time, of those acknowledged or overdue to be. Resolution: the raiser says solved, and
    satisfaction: says satisfied, each by their newest rating, of those rated."""

    response: Rate
    resolution: Rate
    satisfaction: Rate


def values(figure: Figure, counted: Counted) -> tuple[str, tuple[str, ...]]:
    """The ledger's column and which values of it count."""
    good, bad = GOOD.get(figure, "yes"), BAD.get(figure, "no")
    return COLUMN[figure], (good,) if counted is Counted.NUMERATOR else (good, bad)


class PublishedRate(BaseModel):
    """As everybody may read it: a number is null where it is withheld, because it is, or would tell of, fewer than
    five."""

    numerator: int | None
    denominator: int | None
    rate: float | None


class PublishedRates(BaseModel):
    """The same three of all that was raised in a community in a month."""

    response: PublishedRate
    resolution: PublishedRate
    satisfaction: PublishedRate


NUMBERS = {f"{figure}-{counted}": values(figure, counted) for figure in Figure for counted in Counted}
"""The six numbers by their name, to be tallied at once."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The issues that are asked about: raised in a community from the first day to the last, both included, in China's
    time; about one of some places, of one category."""

    community: str
    first: date
    last: date
    places: Sequence[str] = ()
    category: str | None = None

    def where(self) -> dict[str, Any]:
        """The same as conditions on the ledger's columns."""
        period = Between(midnight_of(self.first), midnight_of(self.last + timedelta(days=1)))
        conditions: dict[str, Any] = {"community": self.community, "raised_at": period}
        if self.places:
            conditions["place"] = OneOf(self.places)
        if self.category is not None:
            conditions["category"] = self.category
        return conditions

    def behind(self, figure: Figure, counted: Counted) -> dict[str, Any]:
        """Of these issues those that one number counts."""
        column, wanted = values(figure, counted)
        return {**self.where(), column: OneOf(wanted)}


def rates(tallied: Mapping[str, int]) -> Rates:
    """The rates that the six numbers make."""

    def rate(figure: Figure) -> Rate:
        good, all = (tallied[f"{figure}-{counted}"] for counted in Counted)
        return Rate(numerator=good, denominator=all, rate=good / all if all else None)

    return Rates(**{figure.value: rate(figure) for figure in Figure})


def published_rates(exact: Rates) -> PublishedRates:
    """Without the small numbers."""

    def withheld(rate: Rate) -> PublishedRate:
        total, told = published({"good": rate.numerator, "bad": rate.denominator - rate.numerator})
        good = told["good"] if total is not None else None
        return PublishedRate(numerator=good, denominator=total, rate=None if good is None else rate.rate)

    return PublishedRates(**{figure.value: withheld(getattr(exact, figure)) for figure in Figure})
