"""Open data over HTTP: a description of the dataset, and its file of any day that is over."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import orjson
from fastapi import APIRouter, Request, Response

from services.intake.chats.gazetteer import gazetteer
from services.intake.open_data.dataset import package, to_csv, to_lines
from services.intake.publishing.views import Matters
from shared.calendar.hours import CHINA, midnight_of
from shared.contracts.words import CommunityId, Day
from shared.deciding.refusals import NotFound, no_such
from shared.deciding.scope import Scope
from shared.projecting import Row
from shared.service import Running
from shared.web.app import Here
from shared.web.audience import Public
from shared.web.command import CommandRoute
from shared.web.etags import tagged

router = APIRouter(route_class=CommandRoute)

PAGE = 1_000
ALL = 1_000_000
"""Of a past day: they are folded all at once anyhow."""
CSV, LINES = "text/csv; charset=utf-8", "application/jsonl"
Written = Callable[[Sequence[Mapping[str, Any]]], Iterator[bytes]]


def _file(media_type: str) -> dict[int | str, dict[str, Any]]:
    return {200: {"content": {media_type.partition(";")[0]: {"schema": {"type": "string"}}}}}


@router.get("/open-data/{community}/datapackage.json")
async def describe_data(community: CommunityId, _: Public, intake: Here) -> dict[str, Any]:
    """The dataset's description: a Data Package with schema and licence, and yesterday's files"""
    names = await gazetteer(intake.reader, community)
    if names is None:
        raise no_such("community", community)
    return package(community, names["name"], _today() - timedelta(days=1), intake.settings)


@router.get("/open-data/{community}/matters-{day}.csv", response_class=Response, responses=_file(CSV))
async def download_csv(community: CommunityId, day: Day, _: Public, intake: Here, request: Request) -> Response:
    """公示的诉求, as of the end of a day in China, oldest first: CSV"""
    return await _download(intake, request, community, day, to_csv, CSV)


@router.get("/open-data/{community}/matters-{day}.jsonl", response_class=Response, responses=_file(LINES))
async def download_lines(community: CommunityId, day: Day, _: Public, intake: Here, request: Request) -> Response:
    """The same as JSON Lines"""
    return await _download(intake, request, community, day, to_lines, LINES)


async def _download(
    intake: Running, request: Request, community: str, day: date, write: Written, media_type: str
) -> Response:
    if day >= _today():
        raise NotFound(
            "day-not-over",
            "这一天还没过完，请取 yesterday 或更早的文件。",
            "That day is not over: ask for the file of `yesterday`, or of an earlier day.",
            yesterday=str(_today() - timedelta(days=1)),
        )
    rows = await _as_of(intake, community, midnight_of(day + timedelta(days=1)))
    return tagged(request, b"".join(write(rows)), media_type)


async def _as_of(intake: Running, community: str, at: datetime) -> list[Row]:
    """What was published then, and is not taken down since."""
    still = {row["id"] for row in await _published(intake, community)}
    page = await intake.reader.list(Scope(), Matters, {"community": community}, limit=ALL, at=at)
    return [row for row in reversed(orjson.loads(page)["items"]) if row["id"] in still]


async def _published(intake: Running, community: str) -> list[Row]:
    rows: list[Row] = []
    after: str | None = None
    while True:
        page = orjson.loads(
            await intake.reader.list(Scope(), Matters, {"community": community}, after=after, limit=PAGE)
        )
        rows += page["items"]
        after = page["next"]
        if after is None:
            return rows


def _today() -> date:
    return datetime.now(CHINA).date()
