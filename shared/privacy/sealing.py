"""A private text sealed to its place: AES-256-GCM under its person's key (NIST SP 800-38D), the place as associated
data. Moved to another field, event, stream, service or person, it does not open."""

import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from uuid import UUID

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

SECRET = 32
"""Bytes of a key."""
NONCE = 12
BLOCK = 32
"""A text is filled up to a multiple of it (ISO/IEC 7816-4), so that its length tells little."""


class NotOpened(ValueError):
    """This key does not open this here: it was moved, altered, or is another's."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a private text stands, and whom it is about."""

    source: str
    stream: str
    event: UUID
    field: str
    person: UUID

    def to_bytes(self) -> bytes:
        return orjson.dumps([self.source, self.stream, str(self.event), self.field, str(self.person)])


@dataclass(frozen=True, slots=True)
class DataKey:
    """One person's key."""

    id: UUID
    secret: bytes = field(repr=False)

    def seal(self, text: str, place: Place) -> str:
        """The form that may be written down."""
        nonce = os.urandom(NONCE)
        return (
            f"p1.{_told(self.id.bytes)}.{_told(nonce + self._cipher.encrypt(nonce, _filled(text), place.to_bytes()))}"
        )

    def open(self, sealed: str, place: Place) -> str:
        """The text. Raises NotOpened."""
        try:
            version, key, content = sealed.split(".")
            raw = _bytes(content)
            if version != "p1" or _bytes(key) != self.id.bytes:
                raise NotOpened
            text = self._cipher.decrypt(raw[:NONCE], raw[NONCE:], place.to_bytes())
        except (InvalidTag, ValueError):
            raise NotOpened from None
        return text.rstrip(b"\x00")[:-1].decode()

    @property
    def _cipher(self) -> AESGCM:
        return AESGCM(self.secret)


def key_id(sealed: str) -> UUID:
    """The id of the key that something is sealed with."""
    return UUID(bytes=_bytes(sealed.split(".")[1]))


def new_secret() -> bytes:
    """A key that nobody has seen."""
    return os.urandom(SECRET)


def _filled(text: str) -> bytes:
    marked = text.encode() + b"\x80"
    return marked + b"\x00" * (-len(marked) % BLOCK)


def _told(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def _bytes(told: str) -> bytes:
    return urlsafe_b64decode(told + "=" * (-len(told) % 4))
