"""Files that the store has for good, each sealed with a key that only its event knows, itself sealed with its
person's: and what becomes of those that no event names, or whose person was erased."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from typing import BinaryIO
from uuid import UUID

from services.intake.evidence.sealed import FILE, PIECE, THUMBNAIL, Stream
from services.intake.evidence.store import Store, store_of
from services.intake.issues.issue import issues
from shared.contracts.words import IssueId, PersonId
from shared.service import Running

BEGUN = "insert into evidence_file (file, person, issue) values ($1, $2, $3)"
ADDED = "update evidence_file set added = true where file = $1"
GONE = "delete from evidence_file where file = $1"
OF_ERASED = "select e.file from evidence_file e join gone_key g on g.person = e.person limit 200"
UNCERTAIN = """
select file, issue from evidence_file
where not added and began_at < now() - interval '1 hour' order by began_at limit 200
"""
TOGETHER = 16
"""Pieces that are read at once: a megabyte."""
NAMES = {FILE: "file", THUMBNAIL: "thumbnail"}


@dataclass(frozen=True, slots=True)
class Put:
    """What was put: bytes before sealing, and SHA-256 of what is sealed, in hex."""

    size: int
    digest: str


async def begin(intake: Running, file: UUID, person: PersonId, issue: IssueId) -> None:
    """Before anything of it is put."""
    await intake.log.pool.execute(BEGUN, file, person, issue)


async def put(store: Store, file: UUID, secret: bytes, content: BinaryIO, thumbnail: bytes | None) -> Put:
    """The file and its small picture, sealed. Raises StoreAway."""
    size, digest = content.seek(0, 2), sha256()

    async def sealed(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
        for piece in pieces:
            digest.update(piece)
            yield piece

    await store.put_stream(name_of(file, FILE), sealed(Stream(secret, FILE, size).seal(content)))
    if thumbnail is not None:
        small = Stream(secret, THUMBNAIL, len(thumbnail)).seal(BytesIO(thumbnail))
        await store.put(name_of(file, THUMBNAIL), b"".join(small))
    return Put(size, digest.hexdigest())


async def read(store: Store, file: UUID, stream: Stream, start: int, end: int) -> AsyncIterator[bytes]:
    """The bytes from the start on and before the end. Raises StoreAway, NotOpened."""
    first, last = start // PIECE, max(start, end - 1) // PIECE
    for one in range(first, last + 1, TOGETHER):
        sealed = await store.get_range(
            name_of(file, stream.stream), *stream.where(one, min(one + TOGETHER - 1, last, stream.pieces - 1))
        )
        begins = one * PIECE
        yield stream.open(one, sealed)[max(0, start - begins) : end - begins]


async def settle(intake: Running, file: UUID) -> None:
    """An event names it."""
    await intake.log.pool.execute(ADDED, file)


async def discard(intake: Running, file: UUID) -> None:
    """Nothing is left of it."""
    await store_of(intake.settings).delete_below(f"evidence/{file}")
    await intake.log.pool.execute(GONE, file)


async def sweep(intake: Running) -> None:
    """What people who were erased gave, and what nobody knows came to an event or not."""
    for row in await intake.log.pool.fetch(OF_ERASED):
        await discard(intake, row["file"])
    for row in await intake.log.pool.fetch(UNCERTAIN):
        issue, _ = await intake.newest(issues, row["issue"])
        await (settle if row["file"] in issue.evidence.values() else discard)(intake, row["file"])


def name_of(file: UUID, stream: int) -> str:
    """In the store."""
    return f"evidence/{file}/{NAMES[stream]}"
