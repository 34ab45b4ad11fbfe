"""A WeChat group's chat over HTTP: taken in as candidates, which a person edits, merges, drops or confirms."""

import asyncio
from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Response

from services.intake.chats import candidate, wechat
from services.intake.chats.candidate import CandidateStatus, candidates
from services.intake.chats.candidates import (
    CandidateRow,
    Candidates,
    CandidateWithMessages,
    messages_of,
    opened,
    opened_page,
)
from services.intake.chats.chat import fingerprints
from services.intake.chats.taking_in import Chat, TakenIn, preview, take_in
from services.intake.chats.wechat import LOCAL
from shared.contracts.intake import Kind, Urgency, Where
from shared.contracts.words import CandidateId, CommunityId, Line, PersonId, PlaceId, Text
from shared.deciding.answers import Accepted
from shared.deciding.refusals import NotValid
from shared.privacy.keks import blind_key
from shared.web.app import Here
from shared.web.audience import Worker
from shared.web.body import Body
from shared.web.command import CommandRoute, Raw
from shared.web.reading import Page, Paging, Read

router = APIRouter(route_class=CommandRoute)

TEXT = "text/plain"
LARGEST = 2 * 1024 * 1024
"""Bytes of a chat: some 20,000 messages."""
GROUP = "微信群"


class EditCandidate(Body):
    """What is put right; what is left out stays."""

    text: Text | None = None
    category: Line | None = None
    place: PlaceId | None = None


class MergeCandidate(Body):
    """The candidate that goes on for both."""

    into: CandidateId


class ConfirmCandidate(Body):
    """The issue, in words without names or phone numbers. `by` is who it is raised for, else the caller; place and
    category are as they were guessed or put right, unless they are said here."""

    text: Text
    by: PersonId | None = None
    where: Where = Where()
    category: Line | None = None
    urgency: Urgency = Urgency.NORMAL
    kind: Kind = Kind.PERSONAL


@router.post("/communities/{community}/chats", status_code=202)
async def import_chat(
    community: CommunityId,
    file: Annotated[bytes, Raw(TEXT, largest=LARGEST)],
    worker: Worker,
    intake: Here,
    group: Line = GROUP,
    place: PlaceId | None = None,
    check: bool = False,
) -> TakenIn:
    """导入微信群聊天记录; with `check` nothing is kept. `place` is where the group is at home: its grid or compound"""
    worker.require(community, place=place)
    messages = await asyncio.to_thread(wechat.parse, _read(file), worker.at.astimezone(LOCAL).date())
    if not messages:
        raise NotValid(
            "no-messages",
            "没有读到聊天消息：请在电脑版微信里选中消息复制，存为文本文件，每条应有姓名和时间。",
            "No messages were found: copy them in the desktop client, each with its name and time, into a text file.",
        )
    marks = fingerprints(messages, community, blind_key(intake.settings))
    given = Chat(community, group, place, messages, marks)
    return await (preview if check else take_in)(intake, worker, given)


def _read(file: bytes) -> str:
    """The text, as Windows and others write it. Raises NotValid."""
    for encoding in ("utf-16" if file[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig", "gb18030"):
        try:
            return file.decode(encoding).replace("\x00", "")
        except UnicodeDecodeError:
            continue
    raise NotValid("not-text", "这不是文本文件：请存为 UTF-8 文本。", "This is no text file: save it as UTF-8 text.")


@router.get("/candidates", response_model=Page[CandidateRow])
async def list_candidates(
    worker: Worker,
    read: Read,
    part: Paging,
    intake: Here,
    community: CommunityId,
    place: PlaceId | None = None,
    status: CandidateStatus = CandidateStatus.OPEN,
) -> Response:
    """Candidates, newest first; of one place, where it is named, as who reaches some places only has to"""
    worker.require_list(community, place)
    sealed = await read.list(worker, Candidates, part, community=community, place=place, status=status)
    return Response(await opened_page(intake.keyring, sealed.body), media_type=sealed.media_type)


@router.get("/candidates/{candidate_id}")
async def show_candidate(candidate_id: CandidateId, worker: Worker, read: Read, intake: Here) -> CandidateWithMessages:
    """One candidate with its messages"""
    return await opened(intake.keyring, await read.row(worker, Candidates, candidate_id, "candidate"))


@router.post("/candidates/{candidate_id}/edit", status_code=202)
async def edit_candidate(candidate_id: CandidateId, body: EditCandidate, worker: Worker, intake: Here) -> Accepted:
    """修改候选诉求"""
    return await intake.execute(
        worker,
        candidates,
        candidate_id,
        candidate.edit,
        by=worker.person,
        text=body.text,
        category=body.category,
        place=body.place,
    )


@router.post("/candidates/{candidate_id}/merge", status_code=202)
async def merge_candidate(candidate_id: CandidateId, body: MergeCandidate, worker: Worker, intake: Here) -> Accepted:
    """合并候选诉求"""
    stream = await intake.log.stream(candidates.stream(candidate_id))
    return await intake.execute_across(
        worker,
        candidates,
        (candidate_id, body.into),
        candidate.merge,
        by=worker.person,
        duplicate_id=candidate_id,
        into_id=body.into,
        messages=await messages_of(intake.keyring, stream),
    )


@router.post("/candidates/{candidate_id}/drop", status_code=202)
async def drop_candidate(candidate_id: CandidateId, worker: Worker, intake: Here) -> Accepted:
    """舍弃候选诉求"""
    return await intake.execute(worker, candidates, candidate_id, candidate.drop, by=worker.person)


@router.post("/candidates/{candidate_id}/confirm", status_code=202)
async def confirm_candidate(
    candidate_id: CandidateId, body: ConfirmCandidate, worker: Worker, intake: Here
) -> Accepted:
    """确认为诉求; raised as of when it was first spoken of, under the candidate's id"""
    known = await intake.find(candidates, candidate_id)
    since = known.since if known else None
    return await intake.execute(
        replace(worker, at=min(since or worker.at, worker.at)),
        candidates,
        candidate_id,
        candidate.confirm,
        by=worker.person,
        on_behalf_of=body.by,
        text=body.text,
        where=body.where,
        category=body.category,
        urgency=body.urgency,
        kind=body.kind,
    )
