"""What anybody may ask of a service's seal: its newest head, and proofs."""

from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from shared.audit.leaves import hashes_of, positions_of, sealed_size
from shared.audit.tree import SIZE, consistency, inclusion
from shared.deciding.refusals import NotFound, NotNow, NotValid, no_such
from shared.eventlog.log import Log

NEWEST = "select size, note from audit.head order by number desc limit 1"
OF_SIZE = "select size, note from audit.head where size = $1 order by number desc limit 1"
POSITION = "select position from log where source = any($1::text[]) and event_id = $2"
RUN = "select first, positions, leaves from audit.sealed where last >= $1 order by last limit 1"


@dataclass(frozen=True, slots=True)
class Proof:
    """That leaf `index`, whose hash is `leaf`, is in the tree that `note` is the head of."""

    index: int
    leaf: str
    path: list[str]
    note: str


class Trail:
    """The seal of one service's log, as it may be looked at. `sources`: whose events the log holds."""

    def __init__(self, log: Log, sources: Sequence[str]):
        self.log, self._sources = log, list(sources)

    async def head(self, size: int | None = None) -> str:
        """The note of the newest head, or of the newest of that size. Raises NotFound."""
        _, note = await self._head(size)
        return note

    async def prove(self, event: UUID, size: int | None = None) -> Proof:
        """That an event is in the tree of a head. Raises NotFound, NotNow."""
        position = await self.log.pool.fetchval(POSITION, self._sources, event)
        if position is None:
            raise no_such("event", event)
        size, note = await self._head(size)
        run: Any = await self.log.pool.fetchrow(RUN, position)
        places = positions_of(run["positions"]) if run else []
        index: int = run["first"] + places.index(position) if position in places else size
        if index >= size:
            raise NotNow(
                "not-sealed-yet",
                "该事件还不在这个树头里，请稍候用最新的树头再试。",
                "The event is not in this head: try again with a newer one, there is one every minute.",
                size=size,
            )
        at = (index - run["first"]) * SIZE
        path = await hashes_of(self.log.pool, inclusion(index, size))
        return Proof(index, _said(run["leaves"][at : at + SIZE]), [_said(hash) for hash in path], note)

    async def grew(self, first: int, second: int) -> list[str]:
        """That the tree of `second` leaves begins with that of `first`. Raises NotValid."""
        if not 0 < first <= second <= await sealed_size(self.log.pool):
            raise NotValid(
                "bad-sizes",
                "first 和 second 须为先后两个树头的 size。",
                "`first` and `second` must be the sizes of two heads, the earlier first.",
            )
        return [_said(hash) for hash in await hashes_of(self.log.pool, consistency(first, second))]

    async def _head(self, size: int | None) -> tuple[int, str]:
        row = await self.log.pool.fetchrow(NEWEST) if size is None else await self.log.pool.fetchrow(OF_SIZE, size)
        if row is None:
            raise NotFound(
                "head-not-found",
                "没有这样的树头，请看 /audit/head。",
                "There is no such head: see /audit/head.",
            )
        return row["size"], row["note"]


def head_said(note: str) -> tuple[str, int, str, int]:
    """Origin, size, root and time (seconds since 1970) of a note of our own."""
    origin, size, root = note.split("\n", 3)[:3]
    timed = b64decode(note.splitlines()[-1].rpartition(" ")[2])
    return origin, int(size), root, int.from_bytes(timed[4:12], "big")


def _said(hash: bytes) -> str:
    return b64encode(hash).decode()
