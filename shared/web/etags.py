"""Answers that a caller may have already (RFC 9110, 13.1.2)."""

from hashlib import blake2b

from fastapi import Request, Response

from shared.web.headers import header


def tagged(request: Request, said: bytes, media_type: str, **headers: str) -> Response:
    """The answer with its ETag, or 304 where the caller names it. Caches ask each time."""
    tag = f'"{blake2b(said, digest_size=16).hexdigest()}"'
    more = {"etag": tag, "cache-control": "no-cache", **headers}
    known = [one.strip().removeprefix("W/") for one in (header(request, b"if-none-match") or "").split(",")]
    if tag in known or known == ["*"]:
        return Response(status_code=304, headers=more)
    return Response(said, headers=more, media_type=media_type)
