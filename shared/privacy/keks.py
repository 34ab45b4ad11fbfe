"""The deployment's key-encryption keys: what wraps each person's key, so that no table or topic holds it bare.

They come from a JWK Set file (RFC 7517), from the environment, or from a KMS by a function of the operator's own. The
newest, the last, wraps; all unwrap. The file also holds the key of the blind index."""

import hmac
import importlib
import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shared.privacy.sealing import NONCE, SECRET, NotOpened, new_secret
from shared.settings import Settings

Jwk = dict[str, str]
WRAPS, BLINDS = "enc", "sig"
"""The `use` of a key: it wraps people's keys, or it blinds phone numbers."""


class KekAway(Exception):
    """What a key was wrapped with is not to be had: the file lacks it, or the KMS is away."""


class Kek(Protocol):
    """One key-encryption key. `about` is authenticated with the wrapped key: whose it is. A KMS' own raises KekAway
    where it can't be reached, and NotOpened where it refuses."""

    @property
    def id(self) -> str: ...

    async def wrap(self, key: bytes, about: bytes) -> bytes: ...

    async def unwrap(self, wrapped: bytes, about: bytes) -> bytes: ...


@dataclass(frozen=True, slots=True)
class LocalKek:
    """A key-encryption key that this process holds itself: AES-256-GCM."""

    id: str
    secret: bytes = field(repr=False)

    async def wrap(self, key: bytes, about: bytes) -> bytes:
        nonce = os.urandom(NONCE)
        return nonce + AESGCM(self.secret).encrypt(nonce, key, about)

    async def unwrap(self, wrapped: bytes, about: bytes) -> bytes:
        try:
            return AESGCM(self.secret).decrypt(wrapped[:NONCE], wrapped[NONCE:], about)
        except (InvalidTag, ValueError):
            raise NotOpened from None


class Keks:
    """Those that there are. One that is asked for and not known is looked for anew, so a new key needs no restart."""

    def __init__(self, load: Callable[[], Sequence[Kek]], changed: Callable[[], object] = lambda: None):
        self._load, self._changed = load, changed
        self._known: dict[str, Kek] = {}
        self._seen: object = self

    def newest(self) -> Kek:
        """The one that wraps. Raises KekAway."""
        self._look()
        if not self._known:
            raise KekAway("there is no key-encryption key")
        return list(self._known.values())[-1]

    def named(self, id: str) -> Kek:
        """The one of that id. Raises KekAway."""
        if id not in self._known:
            self._seen = self
        self._look()
        if id not in self._known:
            raise KekAway(f"the key-encryption key {id} is not here")
        return self._known[id]

    def ids(self) -> list[str]:
        """Oldest first."""
        self._look()
        return list(self._known)

    def _look(self) -> None:
        if (now := self._changed()) != self._seen:
            self._known, self._seen = {kek.id: kek for kek in self._load()}, now


def keks_of(settings: Settings) -> Keks:
    """The deployment's, from where the settings say."""
    if settings.kms:
        module, _, name = settings.kms.partition(":")
        return Keks(getattr(importlib.import_module(module), name))
    path = settings.key_encryption_keys
    changed = (lambda: path.stat().st_mtime_ns if path.exists() else None) if settings.keks_json is None else lambda: 0
    return Keks(
        lambda: [LocalKek(one["kid"], _secret(one)) for one in key_set(settings) if one["use"] == WRAPS], changed
    )


def blind_key(settings: Settings) -> bytes:
    """The key that phone numbers are looked up by."""
    for one in key_set(settings):
        if one["use"] == BLINDS:
            return _secret(one)
    raise KekAway("there is no key of the blind index")


def derived_key(settings: Settings, use: str) -> bytes:
    """A key of the deployment for one use only, the same in every process. Raises KekAway."""
    return hmac.digest(blind_key(settings), f"shangliang {use}".encode(), "sha256")


def key_set(settings: Settings) -> list[Jwk]:
    """The keys of the environment or of the file, which is made, readable by its owner only, where there is none."""
    if settings.keks_json is not None:
        return orjson.loads(settings.keks_json.get_secret_value())["keys"]
    path = settings.key_encryption_keys
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_key_set(path, [_made("blind", BLINDS), _made(kek_name(), WRAPS)], anew=True)
    return orjson.loads(path.read_bytes())["keys"]


def write_key_set(path: Path, keys: Sequence[Jwk], *, anew: bool = False) -> None:
    """Puts the file in place at once; `anew` leaves one that is there meanwhile."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_bytes(orjson.dumps({"keys": keys}, option=orjson.OPT_INDENT_2))
    if anew:
        with suppress(FileExistsError):  # of two processes that both find none, one wins
            os.link(draft, path)
        draft.unlink()
    else:
        draft.replace(path)


def new_kek() -> Jwk:
    """One more, for the end of the file."""
    return _made(kek_name(), WRAPS)


def kek_name() -> str:
    """When it was made, as its id."""
    return f"kek-{datetime.now(UTC):%Y%m%dT%H%M%S%f}"


def _made(name: str, use: str) -> Jwk:
    return {"kty": "oct", "kid": name, "use": use, "k": urlsafe_b64encode(new_secret()).rstrip(b"=").decode()}


def _secret(jwk: dict[str, Any]) -> bytes:
    secret = urlsafe_b64decode(jwk["k"] + "=" * (-len(jwk["k"]) % 4))
    if len(secret) != SECRET:
        raise ValueError(f"the key {jwk['kid']} must have {SECRET} bytes")
    return secret
