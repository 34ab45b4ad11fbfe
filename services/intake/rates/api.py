"""The figures 三率 over HTTP: each number opens to the issues behind it."""

from calendar import monthrange
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from services.intake.issues.views import Ledger, LedgerRow
from services.intake.rates.rates import NUMBERS, Asked, Counted, Figure, PublishedRates, Rates, published_rates, rates
from shared.contracts.words import CommunityId, Day, Line, PlaceId
from shared.deciding.refusals import NotValid
from shared.web.audience import Overseer, Public
from shared.web.command import CommandRoute
from shared.web.reading import Page, Paging, Read

router = APIRouter(route_class=CommandRoute)


async def _asked(
    community: CommunityId,
    first: Annotated[Day, Query(alias="from", description="The first day, in China's time")],
    last: Annotated[Day, Query(alias="to", description="The last day")],
    place: Annotated[tuple[PlaceId, ...], Query(max_length=200, description="One or several")] = (),
    category: Line | None = None,
) -> Asked:
    if last < first:
        raise NotValid("period-ends-first", "to 不能早于 from。", "The period's last day comes before its first.")
    return Asked(community, first, last, place, category)


Asking = Annotated[Asked, Depends(_asked)]


@router.get("/rates")
async def show_rates(overseer: Overseer, read: Read, asked: Asking) -> Rates:
    """三率 of the issues raised in a period: of a community, of places of it, of a category"""
    _require(overseer, asked)
    return rates(await read.tally(overseer, Ledger, NUMBERS, **asked.where()))


@router.get("/rates/issues", response_model=Page[LedgerRow])
async def list_issues_behind_a_rate(
    overseer: Overseer,
    read: Read,
    part: Paging,
    asked: Asking,
    figure: Figure,
    counted: Counted = Counted.DENOMINATOR,
) -> Response:
    """The issues behind one number of a rate, newest first: asked the same way, just as many"""
    _require(overseer, asked)
    return await read.list(overseer, Ledger, part, **asked.behind(figure, counted))


@router.get("/rates/published")
async def show_published_rates(
    community: CommunityId,
    month: Annotated[str, Query(pattern=r"^(19|2[0-9])[0-9]{2}-(0[1-9]|1[0-2])$", examples=["2026-03"])],
    public: Public,
    read: Read,
) -> PublishedRates:
    """三率 of a community in a calendar month, for everybody: small numbers are withheld"""
    first = date.fromisoformat(f"{month}-01")
    asked = Asked(community, first, first.replace(day=monthrange(first.year, first.month)[1]))
    return published_rates(rates(await read.tally(public.anywhere(), Ledger, NUMBERS, **asked.where())))


def _require(overseer: Overseer, asked: Asked) -> None:
    """Raises NotAllowed unless the caller reaches all that is asked about."""
    for place in asked.places or (None,):
        overseer.require_list(asked.community, place)
