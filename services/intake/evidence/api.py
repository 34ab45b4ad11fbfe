"""Evidence 证据 over HTTP: what was sent is added to an issue, listed, and shown."""

from typing import Any, Literal
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from services.intake.evidence import adding, files, sending
from services.intake.evidence.kinds import SUFFIXES
from services.intake.evidence.sealed import FILE, THUMBNAIL, Stream
from services.intake.evidence.store import store_of
from services.intake.evidence.views import Evidence, EvidenceRow
from services.intake.issues.issue import issues
from services.intake.issues.views import Ledger
from shared.contracts.intake import EvidenceKind
from shared.contracts.words import EvidenceId, IssueId, PersonId, UploadId
from shared.deciding.answers import Accepted
from shared.deciding.refusals import NotFound, Refusal, no_such
from shared.privacy.keyring import Shown
from shared.service import Running
from shared.web.app import Here
from shared.web.audience import Anyone
from shared.web.body import Body
from shared.web.command import CommandRoute
from shared.web.etags import is_known
from shared.web.reading import Read, Reading

router = APIRouter(route_class=CommandRoute)

SMALL = "image/webp"
BYTES = {"schema": {"type": "string", "format": "binary"}}


def _answers(*media_types: str) -> dict[int | str, dict[str, Any]]:
    content = dict.fromkeys(media_types, BYTES)
    return {
        200: {"content": content},
        206: {"content": content, "description": "A range of it"},
        304: {"description": "As before"},
    }


class Erased(Refusal):
    """Whose it was has been erased, and it with them."""

    status = 410


class AddEvidence(Body):
    """An upload that is whole. `by` is who gives it, where a worker takes it down for them; else it is the caller.
    Where a photo was taken is only kept where `keep_spot` says so."""

    upload: UploadId
    by: PersonId | None = None
    keep_spot: bool = False


class Shows(BaseModel):
    """A photo, recording or document. `erased`: whose it was has been erased. `spot` is latitude and longitude in
    degrees (WGS 84), where a photo was taken and the person let it be known. Sizes are bytes."""

    id: EvidenceId
    kind: EvidenceKind
    media_type: str
    size: int
    digest: str
    thumbnail: bool
    by: PersonId
    recorded_by: PersonId | None
    added_at: str
    spot: tuple[float, float] | None
    erased: bool


class EvidenceOf(BaseModel):
    """All that shows an issue, oldest first."""

    issue: IssueId
    items: list[Shows]


@router.post("/issues/{issue_id}/evidence", status_code=202)
async def add_evidence(issue_id: IssueId, body: AddEvidence, caller: Anyone, intake: Here) -> Accepted:
    """附上证据: what was sent to /uploads, from the raiser, who seconded, or the community's workers"""
    by = body.by or caller.person
    return await adding.add(intake, caller, issue_id, body.upload, by, keep_spot=body.keep_spot)


@router.get("/issues/{issue_id}/evidence")
async def list_evidence(issue_id: IssueId, caller: Anyone, read: Read, intake: Here) -> EvidenceOf:
    """All of it, for who may read the issue"""
    await read.row(caller, Ledger, issue_id, "issue")
    try:
        row = await read.row(caller, Evidence, issue_id, "evidence")
    except NotFound:
        return EvidenceOf(issue=issue_id, items=[])
    return EvidenceOf(issue=issue_id, items=[await _shown(intake, issue_id, one) for one in row["evidence"]])


@router.get(
    "/issues/{issue_id}/evidence/{evidence_id}/file",
    response_class=Response,
    responses=_answers(*(one for one in SUFFIXES if one != "image/heic")),
)
async def show_file(
    issue_id: IssueId, evidence_id: EvidenceId, request: Request, caller: Anyone, read: Read, intake: Here
) -> Response:
    """The file itself, or a range of it"""
    one = await _found(read, caller, issue_id, evidence_id)
    secret = await _secret(intake, issue_id, one)
    name = f"evidence-{one['id']}{SUFFIXES[one['media_type']]}"
    inline = one["kind"] != EvidenceKind.DOCUMENT
    return await _sent(intake, request, one, Stream(secret, FILE, one["size"]), one["media_type"], name, inline=inline)


@router.get("/issues/{issue_id}/evidence/{evidence_id}/thumbnail", response_class=Response, responses=_answers(SMALL))
async def show_thumbnail(
    issue_id: IssueId, evidence_id: EvidenceId, request: Request, caller: Anyone, read: Read, intake: Here
) -> Response:
    """A photo's small picture: WebP, 480 pixels at the longer side"""
    one = await _found(read, caller, issue_id, evidence_id)
    if one["thumbnail"] is None:
        raise no_such("thumbnail", evidence_id)
    secret = await _secret(intake, issue_id, one)
    stream, name = Stream(secret, THUMBNAIL, one["thumbnail"]), f"evidence-{one['id']}.webp"
    return await _sent(intake, request, one, stream, SMALL, name, inline=True)


async def _found(read: Reading, caller: Anyone, issue_id: IssueId, evidence_id: EvidenceId) -> EvidenceRow:
    row = await read.row(caller, Evidence, issue_id, "evidence")
    found = next((one for one in row["evidence"] if one["id"] == str(evidence_id)), None)
    if found is None:
        raise no_such("evidence", evidence_id)
    return found


async def _opened(intake: Running, issue_id: IssueId, one: EvidenceRow, field: Literal["key", "spot"]) -> Shown | None:
    return await intake.keyring.open(one[field], field, stream=issues.stream(issue_id), person=UUID(one["by"]))


async def _secret(intake: Running, issue_id: IssueId, one: EvidenceRow) -> bytes:
    key = await _opened(intake, issue_id, one, "key")
    if key is None or "text" not in key:
        raise Erased(
            "evidence-erased", "提供者已注销个人信息，这份材料随之删除。", "Who gave this was erased, and it with them."
        )
    return bytes.fromhex(key["text"])


async def _shown(intake: Running, issue_id: IssueId, one: EvidenceRow) -> Shows:
    key, spot = await _opened(intake, issue_id, one, "key"), await _opened(intake, issue_id, one, "spot")
    where = spot["text"].split(",") if spot and "text" in spot else None
    told = {name: one[name] for name in ("id", "kind", "media_type", "size", "digest", "by", "recorded_by", "added_at")}
    return Shows.model_validate(
        {
            **told,
            "thumbnail": one["thumbnail"] is not None,
            "spot": where,
            "erased": key is None or "text" not in key,
        }
    )


async def _sent(
    intake: Running, request: Request, one: EvidenceRow, stream: Stream, media_type: str, name: str, *, inline: bool
) -> Response:
    file, etag = UUID(one["file"]), f'"{one["file"]}-{stream.stream}"'
    if is_known(request, etag):
        return sending.unchanged(etag)
    part = sending.range_of(request, stream.size, etag)
    asked = part or sending.Range(0, stream.size)
    blocks = files.read(store_of(intake.settings), file, stream, asked.start, asked.end)
    headers = sending.headers_of(etag, stream.size, part, name, inline=inline)
    return await sending.sent(blocks, media_type, headers, 206 if part else 200)
