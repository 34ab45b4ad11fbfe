"""A signed tree head: a checkpoint of the transparency-log ecosystem (c2sp.org/tlog-checkpoint), a signed note.

```
shangliang/intake
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— shangliang/intake Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
— shangliang/intake jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIU…
```
Origin, number of leaves, root. The first signature is over that text, the second over the text and the time, which it
carries (c2sp.org/tlog-cosignature, version 1). Neither can be mistaken for a token's: no JWS has a line break in it."""

from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, cast

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from joserfc.jwk import OKPKey

from shared.audit.tree import SIZE

PLAIN, TIMED = b"\x01", b"\x04"
"""The kinds of signatures: Ed25519 over the note, and the same with a time."""


class BadNote(Exception):
    """Not a head of this log, or not signed with the deployment's key."""


@dataclass(frozen=True, slots=True)
class Head:
    """What a tree was at a time, to the second: so many leaves, this root."""

    origin: str
    size: int
    root: bytes
    at: datetime

    @property
    def text(self) -> str:
        """What is signed."""
        return f"{self.origin}\n{self.size}\n{b64encode(self.root).decode()}\n"


class Signer:
    """Signs the heads of one log with the deployment's key: the one that signs now, where there are several."""

    def __init__(self, key: OKPKey | Callable[[], OKPKey], origin: str):
        self.origin = origin
        self._key = key if callable(key) else lambda: key

    def sign(self, size: int, root: bytes, at: datetime) -> tuple[Head, str]:
        """The head, and its note."""
        head = Head(self.origin, size, root, at.astimezone(UTC).replace(microsecond=0))
        seconds, key = int(head.at.timestamp()), self._key()
        private = cast("Ed25519PrivateKey", key.get_op_key("sign"))
        plain = private.sign(head.text.encode())
        timed = seconds.to_bytes(8, "big") + private.sign(_timed(head.text, seconds))
        ids = [_key_id(self.origin, kind, raw_key(key)) for kind in (PLAIN, TIMED)]
        lines = (
            f"— {self.origin} {b64encode(id + signature).decode()}\n"
            for id, signature in zip(ids, (plain, timed), strict=True)
        )
        return head, f"{head.text}\n{''.join(lines)}"


def raw_key(key: OKPKey) -> bytes:
    """The public key's 32 bytes."""
    said: dict[str, Any] = dict(key.as_dict(private=False))
    return b64decode(said["x"] + "=", altchars=b"-_")


def verifier_key(key: OKPKey, origin: str) -> str:
    """The public key as tools for signed notes take it: name, key id, kind and key."""
    raw = raw_key(key)
    return f"{origin}+{_key_id(origin, PLAIN, raw).hex()}+{b64encode(PLAIN + raw).decode()}"


def opened(note: str, keys: Sequence[OKPKey], origin: str) -> Head:
    """The head that a note is signed for, at the time it was signed, with any of the keys. Raises BadNote."""
    try:
        text, lines = note.rsplit("\n\n", 1)
        said, size, root = text.split("\n")
        signed = {bytes[:4]: bytes[4:] for bytes in (b64decode(line.split(" ")[2]) for line in lines.splitlines())}
        raw = next(raw for raw in map(raw_key, keys) if _key_id(origin, PLAIN, raw) in signed)
        plain, timed = (signed[_key_id(origin, kind, raw)] for kind in (PLAIN, TIMED))
        seconds = int.from_bytes(timed[:8], "big")
        head = Head(said, int(size), b64decode(root), datetime.fromtimestamp(seconds, UTC))
        if head.text != f"{text}\n" or said != origin or len(head.root) != SIZE:
            raise BadNote("not a head of this log")
        public = Ed25519PublicKey.from_public_bytes(raw)
        public.verify(plain, head.text.encode())
        public.verify(timed[8:], _timed(head.text, seconds))
    except (ValueError, IndexError, NotBase64, OverflowError):
        raise BadNote("not a signed head") from None
    except (StopIteration, KeyError, InvalidSignature):
        raise BadNote("not signed with a key of the deployment") from None
    return head


def _timed(text: str, seconds: int) -> bytes:
    return f"cosignature/v1\ntime {seconds}\n{text}".encode()


def _key_id(name: str, kind: bytes, raw: bytes) -> bytes:
    return sha256(name.encode() + b"\n" + kind + raw).digest()[:4]
