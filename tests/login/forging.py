"""Tokens that no library would make."""

import base64
import hmac
from typing import Any

import orjson


def forged(header: dict[str, Any], claims: dict[str, Any], secret: bytes | None = None) -> str:
    """A JWT with this header: without a signature, or with an HMAC (SHA-256) by something that is no secret."""
    signed = f"{_part(orjson.dumps(header))}.{_part(orjson.dumps(claims))}"
    return f"{signed}.{'' if secret is None else _part(hmac.digest(secret, signed.encode(), 'sha256'))}"


def _part(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
