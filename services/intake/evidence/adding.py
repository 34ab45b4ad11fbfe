"""What was sent becomes evidence: looked at, cleaned, sealed, put into the store, and said of the issue."""

import asyncio
import secrets
from contextlib import suppress
from tempfile import TemporaryFile
from typing import BinaryIO
from uuid import UUID, uuid4

from services.intake.evidence import evidence, files, kinds, pictures, scanning, uploads
from services.intake.evidence.evidence import Kept
from services.intake.evidence.store import StoreAway, store_of
from services.intake.issues.issue import Issue, issues
from shared.contracts.intake import EvidenceKind
from shared.contracts.words import EvidenceId, IssueId, PersonId, UploadId
from shared.deciding.act import WORKERS, Act
from shared.deciding.answers import Accepted
from shared.deciding.refusals import NotAllowed, NotValid, Refusal
from shared.privacy.sealing import SECRET
from shared.service import Running

LOOKING, UNPACKING = asyncio.Semaphore(4), asyncio.Semaphore(1)
"""In a process so many files at a time are looked at, and one picture is unpacked: that takes disk, this memory."""


async def add(
    intake: Running, act: Act, issue_id: IssueId, upload_id: UploadId, by: PersonId, *, keep_spot: bool
) -> Accepted:
    """Raises what the command refuses, NotFound, NotValid, ScannerAway, StoreAway, KekAway."""
    answers, file = intake.repositories[issues.kind].answers, uuid4()
    try:
        worker = await _require_may(intake, act, issue_id, by)
        upload = await uploads.claim(intake, upload_id, act.person, issue_id)
        try:
            kept = await _looked_at(intake, upload, file, by, issue_id, keep_spot=keep_spot)
            accepted = await intake.execute(
                act,
                issues,
                issue_id,
                evidence.add,
                by=by,
                recorded_by=None if by == act.person else act.person,
                worker=worker,
                evidence=EvidenceId(upload_id),
                kept=kept,
            )
        except Refusal:
            await _left(intake, upload_id, file)
            raise
    except Refusal as refusal:
        return await answers.refuse(act, refusal)
    await _settled(intake, issue_id, upload_id, file)
    return accepted


async def _require_may(intake: Running, act: Act, issue_id: IssueId, by: PersonId) -> bool:
    """Before anything is done for it; whether it is a worker's doing. Raises NotFound, NotAllowed, NotNow."""
    issue, _ = await intake.newest(issues, issue_id)
    act.require(issue.community, place=issue.place)
    worker = by != act.person or _reaches(act, issue)
    if by != act.person:
        act.require_role(issue.community, *WORKERS, place=issue.place)
    evidence.require_may_add(issue, by=by, worker=worker)
    return worker


def _reaches(act: Act, issue: Issue) -> bool:
    try:
        act.require_role(issue.community, *WORKERS, place=issue.place)
    except NotAllowed:
        return False
    return True


async def _looked_at(
    intake: Running, upload: uploads.Upload, file: UUID, by: PersonId, issue_id: IssueId, *, keep_spot: bool
) -> Kept:
    """What may not be kept is not, nor is what was sent of it."""
    try:
        async with LOOKING:
            return await _kept(intake, upload, file, by, issue_id, keep_spot=keep_spot)
    except NotValid:
        await uploads.discard(intake, upload.id)
        raise


async def _kept(
    intake: Running, upload: uploads.Upload, file: UUID, by: PersonId, issue_id: IssueId, *, keep_spot: bool
) -> Kept:
    with TemporaryFile() as given:
        await uploads.write_to(intake, upload, given)
        if intake.settings.scanner:
            await scanning.scan(intake.settings.scanner, given)
        media_type = await asyncio.to_thread(kinds.media_type_of, given)
        kind = kinds.kind_of(media_type)
        evidence.require_size(kind, upload.length)
        if kind is not EvidenceKind.PHOTO:
            return await _put(intake, file, by, issue_id, kind, media_type, given, None, None)
        async with UNPACKING:
            picture = await asyncio.to_thread(pictures.clean, given, media_type)
    with picture.file as clean:
        spot = picture.spot if keep_spot else None
        return await _put(intake, file, by, issue_id, kind, picture.media_type, clean, picture.thumbnail, spot)


async def _put(
    intake: Running,
    file: UUID,
    by: PersonId,
    issue_id: IssueId,
    kind: EvidenceKind,
    media_type: str,
    content: BinaryIO,
    thumbnail: bytes | None,
    spot: str | None,
) -> Kept:
    secret = secrets.token_bytes(SECRET)
    await files.begin(intake, file, by, issue_id)
    put = await files.put(store_of(intake.settings), file, secret, content, thumbnail)
    small = None if thumbnail is None else len(thumbnail)
    return Kept(file, kind, media_type, put.size, put.digest, small, secret.hex(), spot)


async def _left(intake: Running, upload_id: UploadId, file: UUID) -> None:
    """It was refused: of the file nothing stays, and what was sent may be added to something else."""
    with suppress(StoreAway):  # the sweep comes by
        await files.discard(intake, file)
    await uploads.release(intake, upload_id)


async def _settled(intake: Running, issue_id: IssueId, upload_id: UploadId, file: UUID) -> None:
    """It was added; if not by this file, then by another under the same key."""
    with suppress(StoreAway):  # the sweep comes by
        issue, _ = await intake.newest(issues, issue_id)
        if issue.evidence.get(EvidenceId(upload_id)) == file:
            await files.settle(intake, file)
        else:
            await files.discard(intake, file)
        await uploads.discard(intake, upload_id)
