"""The Merkle tree of RFC 9162, section 2.1, as arithmetic: which hashes a root or a proof is made of, and of what.

Whatever a root or a proof needs is the hash of a span of leaves, and a span falls apart into complete subtrees, whose
hashes never change again once their last leaf is in. So those are all that has to be kept."""

from collections.abc import Mapping, Sequence
from functools import reduce
from hashlib import sha256

Node = tuple[int, int]
"""A complete subtree: its level, 0 for a leaf, and its place among those of its level."""
Span = tuple[int, int]
"""Leaves: the first, and the one after the last."""

BLOCK_LEVEL = 8
BLOCK = 1 << BLOCK_LEVEL
"""Leaves whose hashes are kept together. Of the subtrees above them each is kept, of those within none."""
SIZE = 32
"""Bytes of a hash."""


def leaf_hash(data: bytes) -> bytes:
    """A leaf's."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """An inner node's."""
    return sha256(b"\x01" + left + right).digest()


def parts(span: Span) -> list[Node]:
    """The complete subtrees that a span of the tree is made of, left to right: each smaller than the one before."""
    first, end = span
    nodes: list[Node] = []
    while first < end:
        level = (end - first).bit_length() - 1
        nodes.append((level, first >> level))
        first += 1 << level
    return nodes


def folded(hashes: Sequence[bytes]) -> bytes:
    """The hash of a span, from those of its parts."""
    if not hashes:
        return sha256().digest()
    return reduce(lambda right, left: node_hash(left, right), reversed(hashes))


def inclusion(index: int, size: int) -> list[Span]:
    """The spans whose hashes prove that a leaf is in the tree of `size` leaves: PATH(m, D_n), section 2.1.3.1."""
    first, end = 0, size
    path: list[Span] = []
    while end - first > 1:
        middle = first + _left(end - first)
        if index < middle:
            path.append((middle, end))
            end = middle
        else:
            path.append((first, middle))
            first = middle
    return path[::-1]


def consistency(before: int, size: int) -> list[Span]:
    """The spans whose hashes prove that the tree of `size` leaves begins with that of `before`, which is not empty:
    PROOF(m, D_n), section 2.1.4.1."""
    first, end = 0, size
    path: list[Span] = []
    while end != before:
        middle = first + _left(end - first)
        if before <= middle:
            path.append((middle, end))
            end = middle
        else:
            path.append((first, middle))
            first = middle
    if first:
        path.append((first, end))
    return path[::-1]


def levels(leaves: Sequence[bytes]) -> list[list[bytes]]:
    """All complete subtrees over the first leaves of a block, level by level from the leaves."""
    rows = [list(leaves)]
    while len(rows[-1]) > 1:
        below = rows[-1]
        pairs = zip(below[::2], below[1::2], strict=False)  # an odd one is not complete yet
        rows.append([sha256(b"\x01" + left + right).digest() for left, right in pairs])
    return rows


def grown(known: Mapping[Node, bytes], block: int, top: bytes) -> dict[Node, bytes]:
    """The subtrees that a block completes, itself among them. `known` holds what is complete to the left of it."""
    node, made = (BLOCK_LEVEL, block), {(BLOCK_LEVEL, block): top}
    while node[1] & 1:
        level, place = node
        left = (level, place - 1)
        above = (level + 1, place >> 1)
        made[above] = node_hash(known[left], made[node])
        node = above
    return made


def split(hashes: bytes) -> list[bytes]:
    """Hashes that stand one after the other."""
    return [hashes[at : at + SIZE] for at in range(0, len(hashes), SIZE)]


def _left(size: int) -> int:
    """The largest power of two below the number of leaves."""
    return 1 << ((size - 1).bit_length() - 1)
