"""Who a caller is: a short-lived JWT (RFC 7519), signed with the deployment's Ed25519 key (RFC 8037)."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from shared.contracts.words import PersonId, Role
from shared.deciding.act import Grant
from shared.identity.signing import ALGORITHM, SigningKeys

if TYPE_CHECKING:
    from shared.identity.trust import Trust  # brings a Kafka client along

ALGORITHMS = [ALGORITHM]
ISSUER = "shangliang"
LIFETIME = timedelta(minutes=15)
"""Of a token that login mints: so long can a role that was revoked count where Kafka does not bring the news."""
LONGEST = timedelta(hours=12)
"""Of one that a developer mints."""
CLOCKS_APART = 120
"""Seconds that a process' clock may be behind that of who has minted."""
REMEMBERED = 50_000


class BadToken(Exception):
    """Not a token of this deployment, or no longer one."""


class Identity:
    """A person and what they may be where, as the `version` of their stream in directory's log had it, until `expires`
    (seconds since 1970); within the session they signed in to, if the token was made by login."""

    __slots__ = ("expires", "grants", "person", "session", "version")

    def __init__(
        self, person: PersonId, grants: tuple[Grant, ...], expires: float, version: int = 0, session: UUID | None = None
    ):
        self.person, self.grants, self.expires = person, grants, expires
        self.version, self.session = version, session


def load_or_make_key(path: Path) -> OKPKey:
    """The key in the file that signs now; where there is no file, one is made. Raises NoSigningKey."""
    return SigningKeys(path).signing()


def mint(
    key: OKPKey,
    person: PersonId,
    grants: Sequence[Grant],
    now: datetime | None = None,
    *,
    lifetime: timedelta = LONGEST,
    version: int = 0,
    session: UUID | None = None,
) -> str:
    """A token that says who the caller is and what they may be where, as the version of their stream has it."""
    at = (now or datetime.now(UTC)).timestamp()
    claims = {
        "iss": ISSUER,
        "sub": str(person),
        "iat": int(at),
        "exp": int(at + lifetime.total_seconds()),
        "ver": version,
        "grants": [asdict(grant) for grant in grants],
    }
    said = claims if session is None else {**claims, "sid": str(session)}
    return jwt.encode({"alg": ALGORITHM, "kid": key.kid}, said, key, algorithms=ALGORITHMS)


class Tokens:
    """Checks tokens against what the process trusts. One that was found good is remembered until it expires."""

    def __init__(self, trust: "Trust"):
        self.trust = trust
        self._keys = trust.keys
        self._good: OrderedDict[str, Identity] = OrderedDict()

    def identify(self, token: str, now: float) -> Identity:
        """Who the token speaks for at `now` (seconds since 1970). Raises BadToken."""
        trust = self.trust
        if trust.keys is not self._keys:
            self._good.clear()  # what was signed with a key that is gone is good no longer
            self._keys = trust.keys
        identity = self._good.get(token)
        if identity is None:
            identity = self._verified(token, now)
            self._good[token] = identity
            if len(self._good) > REMEMBERED:
                self._good.popitem(last=False)
        if identity.expires <= now:
            raise BadToken("expired")
        if identity.session in trust.sessions:
            raise BadToken("ended")
        barred = trust.people.get(identity.person)
        if barred is not None and identity.version < barred[0]:
            raise BadToken("barred")
        return identity

    def mint(
        self,
        person: PersonId,
        grants: Sequence[Grant],
        *,
        lifetime: timedelta = LONGEST,
        version: int = 0,
        session: UUID | None = None,
    ) -> str:
        """A token signed with the key that signs now. Raises NoSigningKey."""
        key = self.trust.file.signing()
        return mint(key, person, grants, lifetime=lifetime, version=version, session=session)

    def _verified(self, token: str, now: float) -> Identity:
        try:
            claims: dict[str, Any] = jwt.decode(token, self._keys, algorithms=ALGORITHMS).claims
            wanted = {name: {"essential": True} for name in ("sub", "iat", "exp")}
            jwt.JWTClaimsRegistry(
                int(now),
                CLOCKS_APART,
                iss={"essential": True, "value": ISSUER},
                **wanted,  # type: ignore[arg-type]
            ).validate(claims)
            grants = tuple(_grant(claim) for claim in claims["grants"])
            session = UUID(claims["sid"]) if "sid" in claims else None
            person, version = PersonId(UUID(claims["sub"])), int(claims.get("ver", 0))
            return Identity(person, grants, float(claims["exp"]), version, session)
        except (JoseError, ValueError, KeyError, TypeError) as error:
            raise BadToken(type(error).__name__) from None


def _grant(claim: dict[str, Any]) -> Grant:
    """Claims of before grants had places lack them."""
    said, places = dict(claim), claim.get("places")
    said["role"], said["places"] = Role(claim["role"]), None if places is None else tuple(places)
    return Grant(**said)
