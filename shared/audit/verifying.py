"""Recomputes a service's seal from its log, and says where log, seal and heads no longer agree.

Rows are held against the leaves that were sealed: that names each position. The leaves' tree is held against the
signed heads, those on Kafka too: so nobody who holds the database can seal anew what they have changed; where they
tried, the positions between the last head that holds and the first that doesn't are named."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from typing import Any

from joserfc.jwk import OKPKey

from shared.audit.leaves import LEAF, POSITION, positions_of, subtrees
from shared.audit.note import BadNote, opened
from shared.audit.tree import BLOCK, BLOCK_LEVEL, SIZE, Node, folded, grown, levels, parts, split
from shared.eventlog.connections import Pool

Notes = list[tuple[str, str]]
"""Signed heads, and of each where it was found."""
PAGE = 16 * BLOCK
"""Leaves that are looked at at once."""
SEALED = "select first, last, positions, leaves from audit.sealed where first >= $1 and first < $2 order by first"
ROWS = f"select {LEAF} from log where position > $1 and position <= $2 order by position"
UNSEALED = "select count(*) from log where position > $1"
TOTAL = "select coalesce(max(first), 0) from audit.sealed"
BEFORE_ALL = -(2**63)


class What(StrEnum):
    """What is wrong with the positions."""

    CHANGED = "changed"  # the event is not the one that was sealed
    MISSING = "missing"  # an event was sealed, and is no longer there
    ADDED = "added"  # an event stands among sealed ones, and was not sealed with them
    SEAL = "seal"  # what is kept of the tree is not what its leaves give
    HEAD = "head"  # a signed head has another root: events and seal were changed after it was signed
    CUT_OFF = "cut-off"  # a signed head counts more events than there are
    UNSIGNED = "unsigned"  # a head is not signed with a key of the deployment; about no position


@dataclass(frozen=True, slots=True)
class Broken:
    """Positions of the log, the first and the last, and what is wrong with them."""

    first: int
    last: int
    what: What
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Root:
    """What a head says, and where that head was found."""

    size: int
    root: bytes
    where: str


@dataclass
class Verdict:
    """What came of it. `events` were sealed, `unsealed` have come since and are not looked at."""

    events: int = 0
    unsealed: int = 0
    heads: int = 0
    broken: list[Broken] = field(default_factory=list[Broken])

    def add(self, position: int, what: What) -> None:
        """One more position, joined to its neighbour where the same is wrong with both."""
        last = self.broken[-1] if self.broken else None
        if last and last.what is what and last.last == position - 1:
            self.broken[-1] = Broken(last.first, position, what)
        else:
            self.broken.append(Broken(position, position, what))


class Tree:
    """The tree over the sealed leaves, block after block, and the heads that are still to be held against it."""

    def __init__(self, heads: Sequence[Root], verdict: Verdict):
        self._heads = sorted(heads, key=lambda head: head.size)
        self._verdict = verdict
        self._known: dict[Node, bytes] = {}
        self._next = 0
        self._good = BEFORE_ALL
        self._failed = False
        self.size = 0
        self.whole = True

    def take(self, leaves: Sequence[bytes], positions: Sequence[int]) -> dict[Node, bytes]:
        """The next block's leaves, the last of which may be fewer than a block; the subtrees that it completes."""
        start = self.size
        self.size += len(leaves)
        if not self.whole:
            return {}
        rows = levels(leaves)
        made = grown(self._known, start // BLOCK, rows[BLOCK_LEVEL][0]) if len(leaves) == BLOCK else {}
        self._known |= made
        while self._next < len(self._heads) and self._heads[self._next].size <= self.size:
            head = self._heads[self._next]
            nodes = (self._hash(node, start // BLOCK, rows) for node in parts((0, head.size)))
            last = positions[head.size - start - 1] if head.size > start else self._good
            self._hold(head, folded(list(nodes)), last)
            self._next += 1
        return made

    def stop(self) -> None:
        """What is kept of the leaves has a hole: there is no tree from here on."""
        self.whole = False

    def finish(self, last: int) -> None:
        """There are no more leaves; the last one's position."""
        for head in self._heads[self._next :]:
            if self.whole and head.size > self.size:
                detail = f"{head.where}: {head.size} events were signed for, {self.size} are sealed here"
                self._verdict.broken.append(Broken(last + 1, last + head.size - self.size, What.CUT_OFF, detail))
                return
        if self._next < len(self._heads):
            detail = f"{self._heads[self._next].where}: leaves are gone that it was signed for"
            self._verdict.broken.append(Broken(max(0, self._good + 1), last, What.HEAD, detail))

    def _hash(self, node: Node, block: int, rows: Sequence[Sequence[bytes]]) -> bytes:
        level, place = node
        if level >= BLOCK_LEVEL:
            return self._known[node]
        return rows[level][place - (block << (BLOCK_LEVEL - level))]

    def _hold(self, head: Root, root: bytes, last: int) -> None:
        if root == head.root:
            self._good = last
        elif not self._failed:
            self._failed = True  # whatever was signed later has that past, too
            detail = f"{head.where}, of {head.size} events, has another root"
            self._verdict.broken.append(Broken(max(0, self._good + 1), last, What.HEAD, detail))


async def verify(
    pool: Pool,
    notes: Notes,
    keys: Sequence[OKPKey],
    origin: str,
    progress: Callable[[int, int], None] | None = None,
) -> Verdict:
    """Holds the whole log against its seal, and the seal against the heads, signed with any of the keys; tells
    `progress` how far of how much it has come."""
    verdict = Verdict(heads=len(notes))
    tree = Tree(list(_roots(notes, keys, origin, verdict)), verdict)
    total: int = await pool.fetchval(TOTAL)
    after = BEFORE_ALL
    for first in range(0, total + 1, PAGE):
        runs = await pool.fetch(SEALED, first, first + PAGE)
        if not runs:
            continue
        last = max(run["last"] for run in runs)
        rows = await pool.fetch(ROWS, after, last)
        compare(runs, rows, verdict)
        await _hold_tree(pool, tree, runs, verdict)
        after = last
        if progress:
            progress(tree.size, total)
    tree.finish(max(0, after))
    verdict.events, verdict.unsealed = tree.size, await pool.fetchval(UNSEALED, after)
    return verdict


def _roots(notes: Notes, keys: Sequence[OKPKey], origin: str, verdict: Verdict) -> Iterator[Root]:
    for where, note in notes:
        try:
            head = opened(note, keys, origin)
        except BadNote as error:
            verdict.broken.append(Broken(0, 0, What.UNSIGNED, f"{where}: {error}"))
        else:
            yield Root(head.size, head.root, f"{where} ({head.at.isoformat()})")


def compare(runs: Sequence[Mapping[str, Any]], rows: Sequence[Any], verdict: Verdict) -> None:
    """Holds rows against the leaves that were sealed of them."""
    positions, leaves = b"".join(run["positions"] for run in runs), b"".join(run["leaves"] for run in runs)
    hashes = [sha256(b"\x00" + row[0]).digest() for row in rows]
    if leaves == b"".join(hashes) and positions == b"".join([row[0][POSITION] for row in rows]):
        return
    sealed = dict(zip(positions_of(positions), split(leaves), strict=False))
    found: dict[int, bytes] = {}
    for row, hash in zip(rows, hashes, strict=True):
        position = int.from_bytes(row[0][POSITION], "big", signed=True)
        if found.setdefault(position, hash) != hash:
            verdict.add(position, What.ADDED)
    for position in sorted(sealed.keys() | found.keys()):
        if position not in found:
            verdict.add(position, What.MISSING)
        elif position not in sealed:
            verdict.add(position, What.ADDED)
        elif sealed[position] != found[position]:
            verdict.add(position, What.CHANGED)


async def _hold_tree(pool: Pool, tree: Tree, runs: Sequence[Any], verdict: Verdict) -> None:
    """Goes on with the tree, and holds what is kept of it against what it gives."""
    _require_whole(tree, runs, verdict)
    leaves = split(b"".join(run["leaves"] for run in runs))
    positions = positions_of(b"".join(run["positions"] for run in runs))
    made: dict[Node, bytes] = {}
    where: dict[Node, tuple[int, int]] = {}
    for at in range(0, len(leaves), BLOCK):
        own = positions[at : at + BLOCK]
        completed = tree.take(leaves[at : at + BLOCK], own)
        made |= completed
        where |= dict.fromkeys(completed, (own[0], own[-1]))
    kept = await subtrees(pool, list(made))
    for node in sorted(node for node, hash in made.items() if kept.get(node) != hash):
        detail = f"subtree {node[1]} of level {node[0]} is not its leaves'"
        verdict.broken.append(Broken(*where[node], What.SEAL, detail))


def _require_whole(tree: Tree, runs: Sequence[Any], verdict: Verdict) -> None:
    """Stops the tree where leaves are gone or don't fit what stands beside them."""
    expected = tree.size
    for run in runs:
        leaves, rest = divmod(len(run["leaves"]), SIZE)
        own = positions_of(run["positions"]) or [run["last"]]
        if tree.whole and (run["first"] != expected or rest or len(own) != leaves or own[-1] != run["last"]):
            detail = f"leaf {expected} is expected, {run['first']} to {run['first'] + leaves - 1} are kept"
            verdict.broken.append(Broken(own[0], run["last"], What.SEAL, detail))
            tree.stop()
        expected += leaves
