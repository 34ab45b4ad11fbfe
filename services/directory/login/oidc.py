"""Signing in by an OpenID Connect issuer (OpenID Connect Core 1.0): authorization code, PKCE (RFC 7636), state, nonce.

What has to be remembered while somebody is at the issuer stands sealed in a cookie of theirs, so that only the browser
that set out can come back, and any process may answer it."""

import hmac
from base64 import urlsafe_b64encode
from dataclasses import asdict, dataclass
from hashlib import sha256
from secrets import token_urlsafe
from time import monotonic, time
from typing import Any
from urllib.parse import quote, urlencode

import httpx
import orjson
from joserfc import jwe, jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet, OctKey

from shared.deciding.refusals import NotFound, Refusal
from shared.privacy.keks import derived_key
from shared.settings import Settings

ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"]
"""Signatures by a key pair only: never `none`, never an HMAC of something that is public."""
CLOCKS_APART = 60
SEALED = {"alg": "dir", "enc": "A256GCM"}
AWAY_FOR = 600
"""Seconds that somebody may take at the issuer."""
FRESH = 3600.0
"""Seconds that what the issuer says of itself is believed."""
KEYS_AGAIN = 10.0
"""Seconds until an unknown key makes us look at the issuer's keys again."""
PATIENCE = 10.0


class NotProven(Exception):
    """What came back from the issuer does not show who it is; says why, for the log."""


class IssuerAway(Refusal):
    """The issuer does not answer, or not as it should."""

    status = 503


@dataclass(frozen=True, slots=True)
class Outward:
    """What somebody set out with to the issuer."""

    state: str
    nonce: str
    verifier: str
    invitation: str | None
    until: float


@dataclass(frozen=True, slots=True)
class Outside:
    """Who somebody is by an issuer; and the invitation that they set out with."""

    issuer: str
    subject: str
    invitation: str | None


class Provider:
    """The issuer of the settings, and we as its client."""

    def __init__(self, settings: Settings, callback: str):
        assert settings.oidc_issuer
        assert settings.oidc_client_id
        self._issuer, self._client = settings.oidc_issuer, settings.oidc_client_id
        self._secret = settings.oidc_client_secret
        self._callback = callback
        self._key = OctKey.import_key(derived_key(settings, "oidc"))
        self._metadata: dict[str, Any] = {}
        self._metadata_at = self._keys_at = float("-inf")
        self._keys = KeySet([])

    async def begin(self, invitation: str | None) -> tuple[str, str]:
        """Where to send the browser, and the cookie's value. Raises IssuerAway."""
        metadata = await self._known()
        out = Outward(token_urlsafe(), token_urlsafe(), token_urlsafe(48), invitation, time() + AWAY_FOR)
        challenge = urlsafe_b64encode(sha256(out.verifier.encode()).digest()).rstrip(b"=").decode()
        asked = {
            "response_type": "code",
            "client_id": self._client,
            "redirect_uri": self._callback,
            "scope": "openid",
            "state": out.state,
            "nonce": out.nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        sealed = jwe.encrypt_compact(SEALED, orjson.dumps(asdict(out)), self._key, algorithms=list(SEALED.values()))
        endpoint: str = metadata["authorization_endpoint"]
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(asked)}", sealed

    async def finish(self, cookie: str, state: str, code: str, issuer: str | None = None) -> Outside:
        """Who came back, with the cookie they set out with. `issuer` is what the answer says of itself (RFC 9207).
        Raises NotProven, IssuerAway."""
        out = self._outward(cookie)
        if not hmac.compare_digest(out.state, state) or issuer not in (None, self._issuer):
            raise NotProven("not what was asked for")
        claims = await self._claims(await self._id_token(code, out.verifier), out.nonce)
        return Outside(self._issuer, claims["sub"], out.invitation)

    def _outward(self, cookie: str) -> Outward:
        try:
            said = jwe.decrypt_compact(cookie, self._key, algorithms=list(SEALED.values())).plaintext
            out = Outward(**orjson.loads(said or b""))
        except (JoseError, ValueError, TypeError):
            raise NotProven("another browser's, or nobody's") from None
        if out.until < time():
            raise NotProven("too late")
        return out

    async def _id_token(self, code: str, verifier: str) -> str:
        metadata = await self._known()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._callback,
            "code_verifier": verifier,
        }
        secret = self._secret.get_secret_value() if self._secret else None
        methods = metadata.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        auth = None
        if secret is None:
            form["client_id"] = self._client
        elif "client_secret_basic" in methods:
            auth = httpx.BasicAuth(quote(self._client, safe=""), quote(secret, safe=""))  # RFC 6749, 2.3.1
        else:
            form |= {"client_id": self._client, "client_secret": secret}
        async with httpx.AsyncClient(timeout=PATIENCE) as http:
            try:
                answer = await http.post(metadata["token_endpoint"], data=form, auth=auth or httpx.USE_CLIENT_DEFAULT)
            except httpx.HTTPError as error:
                raise away() from error
        if answer.status_code >= 500:
            raise away()
        try:
            return str(answer.json()["id_token"])
        except (ValueError, KeyError, TypeError):
            raise NotProven(f"the issuer answered {answer.status_code} to the code") from None

    async def _claims(self, id_token: str, nonce: str) -> dict[str, Any]:
        """OpenID Connect Core 1.0, 3.1.3.7. Raises NotProven."""
        try:
            try:
                claims = jwt.decode(id_token, await self._known_keys(), algorithms=ALGORITHMS).claims
            except InvalidKeyIdError:  # it has another key since
                claims = jwt.decode(id_token, await self._known_keys(again=True), algorithms=ALGORITHMS).claims
            jwt.JWTClaimsRegistry(
                None,
                CLOCKS_APART,
                iss={"essential": True, "value": self._issuer},
                aud={"essential": True, "value": self._client},
                sub={"essential": True},
                exp={"essential": True},
                iat={"essential": True},
                nonce={"essential": True, "value": nonce},
            ).validate(claims)
        except (JoseError, ValueError, TypeError) as error:
            raise NotProven(type(error).__name__) from None
        others = isinstance(claims["aud"], list) and claims["aud"] != [self._client]
        if (others or "azp" in claims) and claims.get("azp") != self._client:
            raise NotProven("for another client")
        return claims

    async def _known(self) -> dict[str, Any]:
        """The issuer's metadata (OpenID Connect Discovery 1.0). Raises IssuerAway."""
        if monotonic() - self._metadata_at > FRESH:
            said = await self._fetched(f"{self._issuer.rstrip('/')}/.well-known/openid-configuration")
            if said.get("issuer") != self._issuer:
                raise away()
            self._metadata, self._metadata_at = said, monotonic()
        return self._metadata

    async def _known_keys(self, *, again: bool = False) -> KeySet:
        age = monotonic() - self._keys_at
        if age > FRESH or (again and age > KEYS_AGAIN):
            said: Any = await self._fetched((await self._known())["jwks_uri"])
            self._keys, self._keys_at = KeySet.import_key_set(said), monotonic()
        return self._keys

    async def _fetched(self, url: str) -> dict[str, Any]:
        async with httpx.AsyncClient(timeout=PATIENCE) as http:
            try:
                return (await http.get(url)).raise_for_status().json()
            except (httpx.HTTPError, ValueError) as error:
                raise away() from error


def away() -> IssuerAway:
    """The refusal of who wants to sign in meanwhile."""
    return IssuerAway(
        "issuer-away",
        "统一身份认证暂时不可用，请稍后再试，或用手机号登录。",
        "The identity provider does not answer as it should: try again shortly, or sign in by phone.",
    )


def none_set() -> NotFound:
    """The refusal where the settings name no issuer."""
    return NotFound(
        "no-issuer",
        "本系统没有接入统一身份认证，请用手机号登录。",
        "No identity provider is set here: sign in by phone.",
    )
