"""The deployment's signing keys: a JWK Set file (RFC 7517) of Ed25519 keys (RFC 8037), oldest first.

A key is checked with as soon as it stands in the file and signs from its `nbf` on, so that everybody has learnt it
before anything is signed with it. A retired one has an `exp` and no private part: what is still checked with it are
the tree heads of its time, never a token."""

import os
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from time import time
from typing import Any

import orjson
from joserfc.jwk import OKPKey

Jwk = dict[str, Any]
ALGORITHM = "Ed25519"
"""Fully specified (RFC 9864): no key of another curve, no other algorithm."""


class NoSigningKey(Exception):
    """The file holds no key that may sign now."""


class SigningKeys:
    """The keys of the file as it stands: one that was added is there without a restart."""

    def __init__(self, path: Path):
        self._path = path
        self._seen: object = None
        self._keys: list[Jwk] = []

    def signing(self) -> OKPKey:
        """The newest whose time has come. Raises NoSigningKey."""
        keys, now = self._known(), time()
        if (found := signs(keys, now)) is None:
            raise NoSigningKey(f"{self._path} holds no private key whose nbf has passed")
        return OKPKey.import_key(found)

    def checking(self) -> list[Jwk]:
        """The public keys that tokens may be signed with, those to come included."""
        return [public(key) for key in self._known() if "exp" not in key]

    def ever(self) -> list[OKPKey]:
        """Every public key that there has been, newest first: a tree head may be signed with any of them."""
        return [OKPKey.import_key(public(key)) for key in reversed(self._known())]

    def _known(self) -> list[Jwk]:
        if self._seen is None or self._changed() != self._seen:
            keys = read_keys(self._path)
            self._keys, self._seen = keys, self._changed()
        return self._keys

    def _changed(self) -> object:
        with suppress(FileNotFoundError):
            told = self._path.stat()
            return told.st_mtime_ns, told.st_ino
        return None


def signs(keys: Sequence[Jwk], now: float) -> Jwk | None:
    """Which of the keys signs at `now` (seconds since 1970)."""
    ready = [key for key in keys if "d" in key and key.get("nbf", 0) <= now]
    return ready[-1] if ready else None


def public(key: Jwk) -> Jwk:
    """The key as others may know it."""
    return {name: value for name, value in key.items() if name != "d"}


def new_key(nbf: int | None = None) -> Jwk:
    """A key that nobody has seen, named by when it was made; it signs from `nbf` (seconds since 1970), or at once."""
    made = dict(OKPKey.generate_key("Ed25519").as_dict(private=True))
    name = f"sig-{datetime.now(UTC):%Y%m%dT%H%M%S%f}"
    return {**made, "kid": name, "use": "sig", "alg": ALGORITHM, **({} if nbf is None else {"nbf": nbf})}


def retired(key: Jwk, at: int) -> Jwk:
    """What is kept of a key: nothing can be signed with it again."""
    return {**public(key), "exp": at}


def read_keys(path: Path) -> list[Jwk]:
    """The keys of the file, oldest first; where there is none, one is made, readable by its owner only. A file of one
    key alone, as it was made once, is read too."""
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_keys(path, [new_key()], anew=True)
    said = orjson.loads(path.read_bytes())
    return said.get("keys", [said])


def write_keys(path: Path, keys: Sequence[Jwk], *, anew: bool = False) -> None:
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
