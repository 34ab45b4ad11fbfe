"""A one-time code on its way from directory to notify: `directory.codes` carries it sealed, for minutes.

Sealed as a JWE (RFC 7516) under a key that every process of the deployment derives and Kafka never sees; the code is
worth nothing once it has been used or its time is over, and no log ever holds it."""

from dataclasses import dataclass

import orjson
from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from shared.messaging.topics import DAY
from shared.privacy.keks import derived_key
from shared.settings import Settings

CODES = "directory.codes"
KEPT = {"retention.ms": str(DAY // 96), "segment.ms": str(DAY // 288)}
"""A quarter of an hour, and closed every five minutes: what is being written to is never deleted."""
HEADER = {"alg": "dir", "enc": "A256GCM"}


class NotACode(ValueError):
    """Not sealed here."""


@dataclass(frozen=True, slots=True)
class OneTimeCode:
    """A code for a phone number (ITU-T E.164), good until `ends` (seconds since 1970)."""

    phone: str
    code: str
    ends: float


def sealed(code: OneTimeCode, settings: Settings) -> bytes:
    """As the topic may have it. Raises KekAway."""
    said = orjson.dumps([code.phone, code.code, code.ends])
    return jwe.encrypt_compact(HEADER, said, _key(settings), algorithms=list(HEADER.values())).encode()


def opened(value: bytes, settings: Settings) -> OneTimeCode:
    """And back. Raises NotACode, KekAway."""
    try:
        plaintext = jwe.decrypt_compact(value, _key(settings), algorithms=list(HEADER.values())).plaintext
        return OneTimeCode(*orjson.loads(plaintext or b""))
    except (JoseError, ValueError, TypeError) as error:
        raise NotACode(type(error).__name__) from None


def _key(settings: Settings) -> OctKey:
    return OctKey.import_key(derived_key(settings, "one-time codes"))
