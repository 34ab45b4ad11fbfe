"""The tree, held against RFC 9162's own definitions."""

from collections.abc import Callable, Sequence
from functools import cache
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.audit.tree import (
    BLOCK,
    Node,
    Span,
    consistency,
    folded,
    grown,
    inclusion,
    leaf_hash,
    levels,
    node_hash,
    parts,
)
from tests.audit.script import script

ALL = 130
"""Sizes that are tried one by one."""
LARGEST = 3 * BLOCK + 10
LEAVES = [leaf_hash(str(n).encode()) for n in range(LARGEST)]
VERIFY = script()


def included(*arguments: Any) -> bool:
    """Whether the auditors' script takes a proof."""
    return holds(VERIFY.included, *arguments)


def grew(*arguments: Any) -> bool:
    """Whether the auditors' script takes a proof of consistency."""
    return holds(VERIFY.grew, *arguments)


def holds(check: Callable[..., bool], *arguments: Any) -> bool:
    """A proof that is too long is refused by an exception."""
    try:
        return check(*arguments)
    except ValueError:
        return False


@cache
def mth(first: int, end: int) -> bytes:
    """MTH(D[first:end]), section 2.1.1, as it is written there."""
    match end - first:
        case 0:
            return sha256().digest()
        case 1:
            return LEAVES[first]
        case n:
            k = largest_below(n)
            return node_hash(mth(first, first + k), mth(first + k, end))


def largest_below(n: int) -> int:
    """The largest power of two smaller than n."""
    k = 1
    while k * 2 < n:
        k *= 2
    return k


def path(m: int, first: int, end: int) -> list[bytes]:
    """PATH(m, D[first:end]), section 2.1.3.1."""
    n = end - first
    if n == 1:
        return []
    k = largest_below(n)
    if m < k:
        return [*path(m, first, first + k), mth(first + k, end)]
    return [*path(m - k, first + k, end), mth(first, first + k)]


def subproof(m: int, first: int, end: int, *, known: bool) -> list[bytes]:
    """SUBPROOF(m, D[first:end], b), section 2.1.4.1."""
    n = end - first
    if m == n:
        return [] if known else [mth(first, end)]
    k = largest_below(n)
    if m <= k:
        return [*subproof(m, first, first + k, known=known), mth(first + k, end)]
    return [*subproof(m - k, first + k, end, known=False), mth(first, first + k)]


def made_of(spans: Sequence[Span]) -> list[bytes]:
    """The spans' hashes, from complete subtrees only."""
    assert all(is_complete(node) for span in spans for node in parts(span))
    return [folded([mth(place << level, (place + 1) << level) for level, place in parts(span)]) for span in spans]


def is_complete(node: Node) -> bool:
    """Whether a subtree is within the largest tree tried here."""
    level, place = node
    return (place + 1) << level <= LARGEST


sizes = st.integers(1, LARGEST)


def test_an_empty_tree_and_one_leaf_hash_as_the_rfc_says() -> None:
    assert folded([]).hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert leaf_hash(b"").hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"


@pytest.mark.parametrize("size", range(ALL))
def test_root_and_proofs_of_every_small_size(size: int) -> None:
    assert made_of([(0, size)]) == [mth(0, size)]
    for m in range(size):
        proof = made_of(inclusion(m, size))
        assert proof == path(m, 0, size)
        assert included(LEAVES[m], m, size, proof, mth(0, size))
    for m in range(1, size + 1):
        proof = made_of(consistency(m, size))
        assert proof == subproof(m, 0, size, known=True)
        assert grew(m, size, proof, mth(0, m), mth(0, size))


@given(sizes.flatmap(lambda size: st.tuples(st.integers(0, size - 1), st.just(size))))
def test_a_leaf_of_a_larger_tree_is_proved_to_be_in_it(case: tuple[int, int]) -> None:
    index, size = case
    assert made_of(inclusion(index, size)) == path(index, 0, size)


@given(sizes.flatmap(lambda size: st.tuples(st.integers(1, size), st.just(size))))
def test_a_larger_tree_is_proved_to_begin_with_a_smaller(case: tuple[int, int]) -> None:
    before, size = case
    assert made_of(consistency(before, size)) == subproof(before, 0, size, known=True)


@given(sizes.flatmap(lambda size: st.tuples(st.integers(0, size - 1), st.just(size))), st.data())
def test_a_proof_that_was_meddled_with_is_refused(case: tuple[int, int], data: st.DataObject) -> None:
    index, size = case
    proof, root = made_of(inclusion(index, size)), mth(0, size)
    assert not included(LEAVES[index], index, size, [*proof, root], root)
    assert not included(leaf_hash(b"another"), index, size, proof, root)
    if proof:
        at = data.draw(st.integers(0, len(proof) - 1))
        assert not included(LEAVES[index], index, size, [*proof[:at], b"\0" * 32, *proof[at + 1 :]], root)
        assert not included(LEAVES[index], index, size, proof[:-1], root)
        assert not included(LEAVES[index], (index + 1) % size, size, proof, root)


@given(sizes.flatmap(lambda size: st.tuples(st.integers(1, size), st.just(size))), st.data())
def test_no_proof_makes_another_past_consistent(case: tuple[int, int], data: st.DataObject) -> None:
    before, size = case
    proof = made_of(consistency(before, size))
    assert not grew(before, size, proof, leaf_hash(b"another"), mth(0, size))
    assert not grew(before, size, proof, mth(0, before), leaf_hash(b"another"))
    if proof:
        at = data.draw(st.integers(0, len(proof) - 1))
        bad = [*proof[:at], b"\0" * 32, *proof[at + 1 :]]
        assert not grew(before, size, bad, mth(0, before), mth(0, size))
        assert not grew(before, size, proof[:-1], mth(0, before), mth(0, size))


def test_blocks_grow_into_the_same_tree() -> None:
    known: dict[Node, bytes] = {}
    for block in range(LARGEST // BLOCK):
        [top] = levels(LEAVES[block * BLOCK : (block + 1) * BLOCK])[-1]
        known |= grown(known, block, top)
    assert known == {(level, place): mth(place << level, (place + 1) << level) for level, place in known}
    assert set(known) == {(8, 0), (8, 1), (8, 2), (9, 0)}


@given(st.integers(0, BLOCK))
def test_the_subtrees_within_a_block_are_those_that_are_complete(size: int) -> None:
    for level, row in enumerate(levels(LEAVES[:size])):
        assert row == [mth(place << level, (place + 1) << level) for place in range(size >> level)]
