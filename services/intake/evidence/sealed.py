"""A file sealed in pieces that open by themselves, so that it is never in memory whole and any part of it can be read:
AES-256-GCM, a key for each file, and in the nonce which of the file's streams, which piece and whether it is the last
(STREAM, of Hoang, Reyhanitabar, Rogaway and Vizár, 2015). Moved, swapped or cut off it does not open."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shared.privacy.sealing import NotOpened

PIECE = 64 * 1024
TAG = 16
FILE, THUMBNAIL = 0, 1
"""The streams that one key seals."""


@dataclass(frozen=True, slots=True)
class Stream:
    """One of a file's streams: `size` is in bytes, before it is sealed."""

    secret: bytes
    stream: int
    size: int

    @property
    def pieces(self) -> int:
        """How many, the last of which may be shorter."""
        return max(1, -(-self.size // PIECE))

    def seal(self, file: BinaryIO) -> Iterator[bytes]:
        """The file from its beginning, sealed piece by piece."""
        cipher = AESGCM(self.secret)
        file.seek(0)
        for number in range(self.pieces):
            yield cipher.encrypt(self._nonce(number), file.read(PIECE), None)

    def where(self, first: int, last: int) -> tuple[int, int]:
        """Where in what is sealed some pieces begin and end."""
        end = min((last + 1) * PIECE, self.size) + (last + 1) * TAG
        return first * (PIECE + TAG), end

    def open(self, first: int, sealed: bytes) -> bytes:
        """What these pieces say, of which `first` is the first. Raises NotOpened."""
        cipher, said = AESGCM(self.secret), bytearray()
        try:
            for nth, start in enumerate(range(0, len(sealed), PIECE + TAG)):
                said += cipher.decrypt(self._nonce(first + nth), sealed[start : start + PIECE + TAG], None)
        except InvalidTag:
            raise NotOpened from None
        return bytes(said)

    def _nonce(self, number: int) -> bytes:
        return bytes([self.stream]) + number.to_bytes(10) + bytes([number == self.pieces - 1])
