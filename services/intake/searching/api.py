"""Search over HTTP."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from services.intake.issues.issue import Status
from services.intake.issues.views import LedgerRow
from services.intake.searching.finding import EVER, Asked, find
from services.intake.searching.words import sought
from shared.calendar.hours import midnight_of
from shared.contracts.words import CommunityId, Day, Line, PersonId, PlaceId
from shared.deciding.refusals import NotValid
from shared.web.audience import Anyone
from shared.web.command import CommandRoute
from shared.web.reading import Page, Paging, Read

router = APIRouter(route_class=CommandRoute)

TEXT = "All of these words, in the issue or in the description of its place; two Chinese characters suffice"


async def _asked(
    text: Annotated[Line | None, Query(description=TEXT)] = None,
    community: CommunityId | None = None,
    place: Annotated[PlaceId | None, Query(description="A place of the community")] = None,
    person: Annotated[PersonId | None, Query(description="Who raised it")] = None,
    status: Status | None = None,
    category: Line | None = None,
    first: Annotated[Day | None, Query(alias="from", description="The first day, in China's time")] = None,
    last: Annotated[Day | None, Query(alias="to", description="The last day")] = None,
) -> Asked:
    words = tuple(sought(text or ""))
    asked = Asked(
        words,
        community,
        place,
        str(person) if person else None,
        status,
        category,
        midnight_of(first) if first else EVER[0],
        midnight_of(last + timedelta(days=1)) if last else EVER[1],
    )
    if (text and not words) or not (words or asked.narrow):
        raise NotValid(
            "nothing-sought",
            "请写要找的字词（text），或写明社区（community）或提出人（person）。",
            "Say which words to look for (`text`), or name a `community` or a `person`.",
        )
    if place and not community:
        raise NotValid(
            "place-of-which-community",
            "地点的编码在社区内才唯一，请一并写明 community。",
            "A place's code is unique within its community: name the `community`, too.",
        )
    return asked


@router.get("/issues/search", response_model=Page[LedgerRow])
async def search_issues(caller: Anyone, read: Read, part: Paging, asked: Annotated[Asked, Depends(_asked)]) -> Response:
    """检索: of the issues that the caller may see those with these words, newest first"""
    return Response(await find(read, caller, asked, part), media_type="application/json")
