"""The ledger 台账 in Excel over HTTP: out with all of a community's issues, in with those of another ledger."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from functools import partial
from tempfile import TemporaryFile
from typing import Annotated, BinaryIO, Literal

import orjson
from fastapi import APIRouter, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel
from uuid_utils.compat import uuid7

from services.intake.chats.gazetteer import gazetteer
from services.intake.issues.views import Ledger
from services.intake.ledgers import columns, ledger, sheet, staging
from services.intake.ledgers.columns import Cell, Places
from services.intake.ledgers.ledger import ledgers
from shared.contracts.words import CommunityId, LedgerId, PlaceId
from shared.deciding.act import Act
from shared.deciding.answers import Accepted
from shared.deciding.refusals import NotValid, Refusal
from shared.excel import XLSX
from shared.projecting import Row
from shared.service import Running
from shared.web.app import Here
from shared.web.audience import Public, Secretary, Worker
from shared.web.command import CommandRoute, Raw
from shared.web.reading import Part, Read, Reading
from shared.web.workbook import WORKBOOK, saved_as, workbook

router = APIRouter(route_class=CommandRoute)

PAGE = 1_000
"""Rows that are read at once."""
CHUNK = 1 << 16


class LedgerTaken(Accepted):
    """Of so many `lines`, all good."""

    lines: int


class LedgerProgress(BaseModel):
    """How far a ledger is: of its `lines` so many were `raised`, and so many `known` before."""

    id: LedgerId
    community: CommunityId
    lines: int
    raised: int
    known: int
    state: Literal["raising", "raised"]


@router.get("/communities/{community}/ledger", response_class=Response, responses=WORKBOOK)
async def export_ledger(
    community: CommunityId,
    worker: Worker,
    read: Read,
    intake: Here,
    place: PlaceId | None = None,
) -> StreamingResponse:
    """导出台账 in Excel, newest first; of one place, where it is named, as who reaches some places only has to"""
    worker.require_list(community, place)
    places = columns.places_of(await gazetteer(intake.reader, community))
    published_at = f"{intake.settings.address}{intake.service.prefix}/matters"
    file = await _written(_rows(read, worker, community=community, place=place), places, published_at)
    return StreamingResponse(_chunks(file), media_type=XLSX, headers=saved_as(f"ledger-{community}"))


@router.get("/templates/ledger", response_class=Response, responses=WORKBOOK)
async def ledger_template(_: Public) -> Response:
    """导入用的台账模板"""
    return workbook(sheet.template(), "ledger")


@router.post("/communities/{community}/ledger", status_code=202)
async def import_ledger(
    community: CommunityId,
    file: Annotated[bytes, Raw(XLSX, largest=sheet.LARGEST)],
    secretary: Secretary,
    intake: Here,
    check: bool = False,
) -> LedgerTaken:
    """导入台账; with one bad line nothing is, and with `check` nothing in any case. Its lines are issues soon after"""
    secretary.require(community)
    places = columns.places_of(await gazetteer(intake.reader, community))
    codes = columns.codes_of(places)
    with TemporaryFile() as lines:
        taken = await asyncio.to_thread(sheet.read, file, community, codes, secretary.at, lines)
        if taken.wrong:
            raise NotValid(
                "lines-wrong",
                "表里有需要修改的行，请按 errors 逐处修改后重新上传；本次没有写入任何内容。",
                "Some lines need changing: change what `errors` lists and send the file again. Nothing was taken in.",
                wrong=taken.wrong,
                errors=taken.errors,
            )
        if check:
            return LedgerTaken(id=community, version=0, position=0, lines=taken.lines)
        id = LedgerId(uuid7())
        lines.seek(0)
        await staging.stage(intake.log.pool, id, lines)
    accepted = await _imported(intake, secretary, community, id, taken.lines)
    return LedgerTaken(**accepted.model_dump(), lines=taken.lines)


async def _imported(intake: Running, secretary: Act, community: str, id: LedgerId, lines: int) -> Accepted:
    """Says so of lines that are kept; no more of them where it is refused, or was answered before."""
    by = secretary.person
    try:
        accepted = await intake.create(
            secretary, ledgers, id, community, ledger.import_, community=community, by=by, lines=lines
        )
    except Refusal:  # of any other error nobody knows whether it went in
        await staging.unstage(intake.log.pool, id)
        raise
    if accepted.id != str(id):
        await staging.unstage(intake.log.pool, id)
    return accepted


@router.get("/ledgers/{ledger_id}")
async def show_ledger(ledger_id: LedgerId, worker: Worker, intake: Here) -> LedgerProgress:
    """How far a ledger that was taken in is"""
    known = await intake.state(ledgers, ledger_id)
    worker.require(known.community)
    raised, before = await staging.progress(intake.log.pool, ledger_id)
    return LedgerProgress(
        id=ledger_id,
        community=known.community,
        lines=known.lines,
        raised=raised,
        known=before,
        state="raised" if known.raised else "raising",
    )


async def _rows(read: Reading, worker: Act, **where: str | None) -> AsyncIterator[list[Row]]:
    """The ledger's rows, page by page."""
    part = Part(None, PAGE)
    while True:
        page = orjson.loads((await read.list(worker, Ledger, part, **where)).body)
        yield page["items"]
        if page["next"] is None:
            return
        part = Part(page["next"], PAGE)


async def _written(pages: AsyncIterator[list[Row]], places: Places, published_at: str) -> BinaryIO:
    """The workbook, in a file of no name, written by a thread that asks for one page after the other."""
    file, loop = TemporaryFile(), asyncio.get_running_loop()  # noqa: SIM115 - closed once it is sent

    def lines() -> Iterator[list[Cell]]:
        number = 0
        while True:
            asked = asyncio.run_coroutine_threadsafe(anext(pages, None), loop)  # pyright: ignore[reportArgumentType]
            page = asked.result()
            if page is None:
                return
            for row in page:
                number += 1
                yield columns.line(number, row, places, published_at)

    await asyncio.to_thread(sheet.write, lines(), file)
    file.seek(0)
    return file


async def _chunks(file: BinaryIO) -> AsyncIterator[bytes]:
    with file:
        while chunk := await asyncio.to_thread(partial(file.read, CHUNK)):
            yield chunk
