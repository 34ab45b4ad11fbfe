"""Files sent so that a bad network does no harm: tus 1.0.0 (tus.io), the protocol of many clients that there are, with
its extensions creation, expiration and termination. What a client says of a file, its name included, is not kept."""

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from uuid import UUID, uuid5

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel
from starlette.requests import ClientDisconnect
from uuid_utils.compat import uuid7

from services.intake.evidence import uploads
from services.intake.evidence.uploads import LONGEST, Upload
from shared.contracts.words import UploadId
from shared.deciding.refusals import NotValid, Refusal
from shared.web.app import Here
from shared.web.audience import Anyone, Public
from shared.web.command import CommandRoute, OtherMediaType
from shared.web.headers import header

router = APIRouter(route_class=CommandRoute)

VERSION = "1.0.0"
BYTES = "application/offset+octet-stream"
BEGUN = UUID("0d6c4c1e-7b0a-5c52-9f2e-41f6a2f6d9b3")
"""The name space of the ids of uploads that are begun under an Idempotency-Key: the same again is the same upload."""
MOST_DIGITS = 15


class OtherVersion(Refusal):
    """Of the protocol."""

    status = 412


class UploadState(BaseModel):
    """How far an upload is: `received` of `length` bytes; and until when it is kept."""

    id: UploadId
    length: int
    received: int
    until: datetime


def _takes(*names: str) -> dict[str, Any]:
    """Headers of the protocol, for the OpenAPI document: which ones count is looked at where the version is."""
    named = [{"name": name, "in": "header", "schema": {"type": "string"}} for name in ("Tus-Resumable", *names)]
    return {"parameters": named}


@router.options("/uploads", status_code=204, response_class=Response)
async def offer_uploads(_: Public) -> Response:
    """What of tus is spoken here"""
    told = {"tus-version": VERSION, "tus-extension": "creation,expiration,termination", "tus-max-size": str(LONGEST)}
    return Response(status_code=204, headers={"tus-resumable": VERSION, "allow": "POST, OPTIONS", **told})


@router.post("/uploads", status_code=201, response_class=Response, openapi_extra=_takes("Upload-Length"))
async def begin_upload(caller: Anyone, request: Request, intake: Here) -> Response:
    """上传文件: begins one of Upload-Length bytes, at most 50 MB; its address is in Location"""
    _require_version(request)
    length = _number(request, b"upload-length", "Upload-Length")
    key = caller.key
    id = UploadId(uuid5(BEGUN, f"{key.caller} {key.key}") if key else uuid7())
    upload = await uploads.begin(intake, id, caller.person, length, datetime.now(UTC))
    place = f"{request.scope['root_path']}/uploads/{id}"
    return Response(status_code=201, headers={**_told(upload), "location": place})


@router.get("/uploads/{upload_id}", response_model=UploadState)
async def show_upload(upload_id: UploadId, caller: Anyone, intake: Here, response: Response) -> Upload:
    """How far an upload is; HEAD tells it in headers, as tus has it"""
    upload = await uploads.show(intake, upload_id, caller.person)
    response.headers.update(_told(upload))
    return upload


@router.patch(
    "/uploads/{upload_id}",
    status_code=204,
    response_class=Response,
    openapi_extra={
        **_takes("Upload-Offset"),
        "requestBody": {"content": {BYTES: {"schema": {"type": "string", "format": "binary"}}}},
    },
)
async def go_on_with_upload(upload_id: UploadId, request: Request, caller: Anyone, intake: Here) -> Response:
    """续传: the bytes from Upload-Offset on. What came before the line was cut is kept"""
    upload = await uploads.show(intake, upload_id, caller.person)
    _require_version(request)
    if (header(request, b"content-type") or "").strip().lower() != BYTES:
        raise OtherMediaType(
            "other-media-type",
            "请按 media_type 所列的格式上传文件。",
            "Send the file with the Content-Type that `media_type` says.",
            media_type=BYTES,
        )
    if _number(request, b"upload-offset", "Upload-Offset") != upload.received:
        raise uploads.conflict()
    received = await uploads.receive(intake, upload, _chunks(request))
    return Response(status_code=204, headers={**_told(upload), "upload-offset": str(received)})


@router.delete("/uploads/{upload_id}", status_code=204, response_class=Response, openapi_extra=_takes())
async def end_upload(upload_id: UploadId, request: Request, caller: Anyone, intake: Here) -> Response:
    """取消上传"""
    await uploads.show(intake, upload_id, caller.person)
    _require_version(request)
    await uploads.discard(intake, upload_id)
    return Response(status_code=204, headers={"tus-resumable": VERSION})


async def _chunks(request: Request) -> AsyncIterator[bytes]:
    """The body as it comes, until it ends or the line is cut."""
    try:
        async for chunk in request.stream():
            yield chunk
    except ClientDisconnect:
        return


def _told(upload: Upload) -> Mapping[str, str]:
    return {
        "tus-resumable": VERSION,
        "upload-offset": str(upload.received),
        "upload-length": str(upload.length),
        "upload-expires": format_datetime(upload.until, usegmt=True),
        "cache-control": "no-store",
    }


def _require_version(request: Request) -> None:
    if header(request, b"tus-resumable") != VERSION:
        raise OtherVersion(
            "other-tus-version",
            "请用 tus 1.0.0 上传：带上 Tus-Resumable: 1.0.0。",
            "Uploads speak tus 1.0.0: send Tus-Resumable: 1.0.0.",
            version=VERSION,
        )


def _number(request: Request, name: bytes, called: str) -> int:
    said = header(request, name) or ""
    if not (said.isascii() and said.isdecimal() and len(said) <= MOST_DIGITS):
        raise NotValid(
            "bad-upload-header",
            "请求头 header 须为字节数。",
            "The header that `header` names must be a number of bytes.",
            header=called,
        )
    return int(said)
