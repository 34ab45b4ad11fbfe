"""Files on their way: received part by part, each sealed and put into the store before it counts. What counts is in
the database, so any process goes on where another was interrupted, and nothing is received twice."""

import os
import re
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.resources import files
from typing import BinaryIO
from uuid import UUID, uuid4

import asyncpg
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from services.intake.evidence.evidence import LARGEST
from services.intake.evidence.store import store_of
from shared.contracts.words import IssueId, PersonId, UploadId
from shared.deciding.refusals import NotNow, NotValid, Refusal, no_such
from shared.eventlog.connections import Borrowed, Connection
from shared.privacy.passing import end_passing, make_passing
from shared.privacy.sealing import NONCE, DataKey
from shared.service import Running

SQL = dict(
    re.findall(
        r"-- name: (\w+)\n(.+?)(?:\n\n|\Z)",
        files("services.intake.evidence").joinpath("uploads.sql").read_text(),
        re.DOTALL,
    )
)
LASTS = timedelta(days=1)
LONGEST = max(LARGEST.values())
UNFINISHED, AT_ONCE = 200_000_000, 20
"""Bytes, and uploads, that a person may have begun and not added to anything."""
PART = 512 * 1024
"""Bytes that are sealed, kept and counted together: so much is sent again where a process is killed."""


class TooMuch(Refusal):
    """More than one may have at once."""

    status = 429


class TooLong(Refusal):
    """More bytes than there may be."""

    status = 413


@dataclass(frozen=True, slots=True)
class Upload:
    """How far it is, of its length in bytes, and until when it is kept."""

    id: UploadId
    length: int
    received: int
    until: datetime


async def install_evidence(connection: Connection, role: str) -> None:
    """Intake's own tables."""
    await connection.execute(files("services.intake.evidence").joinpath("schema.sql").read_text())
    await connection.execute(f'grant select, insert, update, delete on upload, upload_part, evidence_file to "{role}"')


async def begin(intake: Running, id: UploadId, owner: PersonId, length: int, now: datetime) -> Upload:
    """The same again, where the id has been begun. Raises TooLong, TooMuch, NotValid, KekAway."""
    if length > LONGEST:
        raise TooLong(
            "upload-too-long",
            "文件太大，请压缩或截取后再传。",
            "The file is too large: make it smaller.",
            largest=LONGEST,
        )
    async with intake.log.pool.acquire() as connection, connection.transaction():
        await connection.execute(SQL["alone"], owner)
        known = await connection.fetchrow(SQL["show"], id, owner)
        if known is None:
            await _require_room(connection, owner, length)
            await connection.execute(SQL["begin"], id, owner, length, now + LASTS)
    if known is not None and known["length"] != length:
        raise NotValid(
            "idempotency-key-reused",
            "该 Idempotency-Key 已用于另一请求，请换一个新的。",
            "This Idempotency-Key was used for another request: use a new one.",
        )
    if await intake.keyring.key_of(id) is None:
        with suppress(asyncpg.UniqueViolationError):  # the same request, sent twice at once
            await make_passing(intake.keyring, [id], now + LASTS)
    return await show(intake, id, owner)


async def _require_room(connection: Borrowed, owner: PersonId, length: int) -> None:
    begun = await connection.fetchrow(SQL["unfinished"], owner)
    assert begun is not None
    if begun["bytes"] + length > UNFINISHED or begun["uploads"] >= AT_ONCE:
        raise TooMuch(
            "too-much-unfinished",
            "您还有未用的上传太多；请先附上或取消，一天后自动清除。",
            "Too much that you sent is not added to anything: add or delete it. After a day it is deleted by itself.",
            bytes=UNFINISHED,
            uploads=AT_ONCE,
        )


async def show(intake: Running, id: UploadId, owner: PersonId) -> Upload:
    """Raises NotFound, also where it is another's."""
    row = await intake.log.pool.fetchrow(SQL["show"], id, owner)
    if row is None:
        raise no_such("upload", id)
    return Upload(**row)


async def receive(intake: Running, upload: Upload, chunks: AsyncIterator[bytes]) -> int:
    """Keeps what comes, and on an error what came before it; how far it is then. Raises NotNow where somebody else has
    sent the same meanwhile, TooLong, NotFound, StoreAway, KekAway."""
    key = await _key(intake, upload.id)
    received, waiting = upload.received, bytearray()
    try:
        async for chunk in chunks:
            waiting += chunk
            if received + len(waiting) > upload.length:
                raise TooLong(
                    "upload-too-long",
                    "传来的比声明的长。",
                    "More was sent than was said before.",
                    largest=upload.length,
                )
            if len(waiting) >= PART:
                part, waiting = bytes(waiting), bytearray()
                received = await _keep(intake, upload.id, key, received, part)
    finally:
        if waiting and received + len(waiting) <= upload.length:
            received = await _keep(intake, upload.id, key, received, bytes(waiting))
    return received


async def _keep(intake: Running, id: UploadId, key: DataKey, start: int, part: bytes) -> int:
    kept, nonce = uuid4(), os.urandom(NONCE)
    sealed = nonce + AESGCM(key.secret).encrypt(nonce, part, _about(id, start))
    await store_of(intake.settings).put(f"uploads/{id}/{kept}", sealed)
    if await intake.log.pool.fetchval(SQL["advance"], id, start, len(part), kept) is None:
        raise conflict()  # what was put for nothing goes with the upload
    return start + len(part)


async def claim(intake: Running, id: UploadId, owner: PersonId, issue: IssueId) -> Upload:
    """What is whole, for this issue and no other. Raises NotFound, NotNow."""
    row = await intake.log.pool.fetchrow(SQL["claim"], id, owner, issue)
    if row is None:
        await show(intake, id, owner)
        raise NotNow("upload-in-use", "这个文件正附到另一件诉求。", "This is being added to another issue.")
    upload = Upload(**row)
    if upload.received < upload.length or not upload.length:
        await release(intake, id)
        raise NotNow(
            "upload-unfinished",
            "文件还没传完，请续传。",
            "The file has not been sent in full: go on with it.",
            received=upload.received,
            length=upload.length,
        )
    return upload


async def release(intake: Running, id: UploadId) -> None:
    """It may be added to any issue again."""
    await intake.log.pool.execute(SQL["release"], id)


async def write_to(intake: Running, upload: Upload, file: BinaryIO) -> None:
    """All that was received, into a file. Raises NotFound, StoreAway, KekAway."""
    key = await _key(intake, upload.id)
    for row in await intake.log.pool.fetch(SQL["parts"], upload.id):
        sealed = await store_of(intake.settings).get(f"uploads/{upload.id}/{row['object']}")
        file.write(AESGCM(key.secret).decrypt(sealed[:NONCE], sealed[NONCE:], _about(upload.id, row["start"])))


async def discard(intake: Running, id: UUID) -> None:
    """Nothing is left of it."""
    await store_of(intake.settings).delete_below(f"uploads/{id}")
    await intake.log.pool.execute(SQL["forget"], id)
    await end_passing(intake.keyring, [id])


async def over(intake: Running) -> list[UUID]:
    """Those to be discarded."""
    return [row["id"] for row in await intake.log.pool.fetch(SQL["over"])]


def conflict() -> NotNow:
    """It is elsewhere by now than the sender thinks."""
    return NotNow(
        "upload-elsewhere",
        "续传位置不对：请用 HEAD 查询后从 Upload-Offset 处继续。",
        "This is not where it goes on: ask with HEAD, and go on from Upload-Offset.",
    )


async def _key(intake: Running, id: UploadId) -> DataKey:
    key = await intake.keyring.key_of(id)
    if key is None:
        raise no_such("upload", id)
    return key


def _about(id: UUID, start: int) -> bytes:
    return id.bytes + start.to_bytes(8)
