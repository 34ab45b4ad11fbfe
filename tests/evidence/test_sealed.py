"""A sealed file opens piece by piece, and only where it stands."""

import os
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.evidence.sealed import FILE, PIECE, TAG, THUMBNAIL, Stream
from shared.privacy.sealing import NotOpened

SECRET = os.urandom(32)
SIZES = st.sampled_from([0, 1, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 3 * PIECE - 5])


@given(SIZES, st.data())
def test_any_pieces_are_read_by_themselves(size: int, data: st.DataObject) -> None:
    content, stream = os.urandom(size), Stream(SECRET, FILE, size)
    sealed = b"".join(stream.seal(BytesIO(content)))
    first = data.draw(st.integers(0, stream.pieces - 1))
    last = data.draw(st.integers(first, stream.pieces - 1))
    start, end = stream.where(first, last)
    assert stream.open(first, sealed[start:end]) == content[first * PIECE : (last + 1) * PIECE]
    assert stream.where(0, stream.pieces - 1) == (0, len(sealed))


def test_moved_swapped_cut_off_or_of_another_stream_it_does_not_open() -> None:
    content = os.urandom(3 * PIECE)
    stream = Stream(SECRET, FILE, len(content))
    sealed = b"".join(stream.seal(BytesIO(content)))
    one = PIECE + TAG
    wrong = [
        (stream, 1, sealed[:one]),
        (stream, 0, sealed[one : 2 * one] + sealed[:one] + sealed[2 * one :]),
        (Stream(SECRET, FILE, 2 * PIECE), 0, sealed[: 2 * one]),
        (Stream(SECRET, THUMBNAIL, len(content)), 0, sealed),
        (Stream(os.urandom(32), FILE, len(content)), 0, sealed),
        (stream, 0, bytes([sealed[0] ^ 1]) + sealed[1:]),
    ]
    for other, first, piece in wrong:
        with pytest.raises(NotOpened):
            other.open(first, piece)
