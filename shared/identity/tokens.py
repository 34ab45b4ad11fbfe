"""Who a caller is: a short-lived JWT (RFC 7519), signed with the deployment's Ed25519 key (RFC 8037)."""

import os
from collections import OrderedDict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from shared.contracts.words import PersonId, Role
from shared.deciding.act import Grant

ALGORITHMS = ["Ed25519"]
ISSUER = "shangliang"
LIFETIME = timedelta(hours=12)
REMEMBERED = 50_000


class BadToken(Exception):
    """Not a token of this deployment, or no longer one."""


class Identity:
    """A person and what they may be where, until `expires` (seconds since 1970)."""

    __slots__ = ("expires", "grants", "person")

    def __init__(self, person: PersonId, grants: tuple[Grant, ...], expires: float):
        self.person, self.grants, self.expires = person, grants, expires


def load_or_make_key(path: Path) -> OKPKey:
    """The key in the file; where there is none, a new one is written there, readable by its owner only."""
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        made = OKPKey.generate_key("Ed25519", auto_kid=True)
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_bytes(orjson.dumps(made.as_dict(private=True)))
        with suppress(FileExistsError):  # of two processes that both find none, one wins
            os.link(draft, path)
        draft.unlink()
    return OKPKey.import_key(orjson.loads(path.read_bytes()))


def mint(key: OKPKey, person: PersonId, grants: Sequence[Grant], now: datetime | None = None) -> str:
    """A token that says who the caller is and what they may be where."""
    at = now or datetime.now(UTC)
    claims = {
        "iss": ISSUER,
        "sub": str(person),
        "iat": int(at.timestamp()),
        "exp": int((at + LIFETIME).timestamp()),
        "grants": [asdict(grant) for grant in grants],
    }
    return jwt.encode({"alg": ALGORITHMS[0], "kid": key.kid}, claims, key, algorithms=ALGORITHMS)


class Tokens:
    """Checks tokens against the deployment's key. One that was found good is remembered until it expires."""

    def __init__(self, key: OKPKey):
        self._key = key
        self._good: OrderedDict[str, Identity] = OrderedDict()

    def identify(self, token: str, now: float) -> Identity:
        """Who the token speaks for at `now` (seconds since 1970). Raises BadToken."""
        identity = self._good.get(token)
        if identity is None:
            identity = self._verified(token)
            self._good[token] = identity
            if len(self._good) > REMEMBERED:
                self._good.popitem(last=False)
        if identity.expires <= now:
            raise BadToken("expired")
        return identity

    def mint(self, person: PersonId, grants: Sequence[Grant]) -> str:
        """A token signed with the same key."""
        return mint(self._key, person, grants)

    def public_key(self) -> dict[str, Any]:
        """The key as others may know it, a JWK."""
        return dict(self._key.as_dict(private=False))

    def _verified(self, token: str) -> Identity:
        try:
            claims: dict[str, Any] = jwt.decode(token, self._key, algorithms=ALGORITHMS).claims
            jwt.JWTClaimsRegistry(iss={"essential": True, "value": ISSUER}, sub={"essential": True}).validate(claims)
            grants = tuple(_grant(claim) for claim in claims["grants"])
            return Identity(PersonId(UUID(claims["sub"])), grants, float(claims["exp"]))
        except (JoseError, ValueError, KeyError, TypeError) as error:
            raise BadToken(type(error).__name__) from None


def _grant(claim: dict[str, Any]) -> Grant:
    """Claims of before grants had places lack them."""
    said, places = dict(claim), claim.get("places")
    said["role"], said["places"] = Role(claim["role"]), None if places is None else tuple(places)
    return Grant(**said)
