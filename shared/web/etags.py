"""Answers that a caller may have already (RFC 9110, 13.1.2)."""

from hashlib import blake2b

from fastapi import Request, Response

from shared.web.headers import header


def is_known(request: Request, tag: str) -> bool:
    """Whether the caller has it as it is."""
    said = (header(request, b"if-none-match") or "").split(",")
    return any(one.strip().removeprefix("W/") in (tag, "*") for one in said)


def tagged(request: Request, said: bytes, media_type: str, **headers: str) -> Response:
    """The answer with its ETag, or 304 where the caller names it. Caches ask each time."""
    tag = f'"{blake2b(said, digest_size=16).hexdigest()}"'
    more = {"etag": tag, "cache-control": "no-cache", **headers}
    if is_known(request, tag):
        return Response(status_code=304, headers=more)
    return Response(said, headers=more, media_type=media_type)
