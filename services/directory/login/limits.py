"""How often anything may be asked for: by one caller, and for one phone number."""

import hmac
from ipaddress import ip_address, ip_network
from time import time

from fastapi import Request
from limits import RateLimitItem, parse
from limits.aio.strategies import MovingWindowRateLimiter

from services.directory.login.trying import too_often
from services.directory.login.windows import Windows
from shared.privacy.keks import derived_key
from shared.service import Running
from shared.settings import Settings

PER_PHONE = parse("5 per 15 minutes")
"""Codes that one number gets."""


def caller_of(request: Request, settings: Settings) -> str:
    """Who calls, as limits know it: the peer's address, or what the nearest proxies have written down; of IPv6 the
    network of 64 bits, which is one caller's."""
    told = request.headers.getlist("x-forwarded-for") if settings.proxies else []
    hops = [one.strip() for line in told for one in line.split(",")]
    peer = request.client.host if request.client else ""
    said = hops[-settings.proxies] if len(hops) >= settings.proxies > 0 else peer
    try:
        address = ip_address(said)
    except ValueError:
        return "unknown"
    return str(ip_network(f"{address}/64", strict=False)) if address.version == 6 else str(address)


class Limits:
    """Moving windows in directory's own database: the same for however many processes of it there are."""

    def __init__(self, directory: Running):
        self._limiter = MovingWindowRateLimiter(Windows(directory.log.pool))
        self._key = derived_key(directory.settings, "limits")
        self._per_caller = parse(f"{directory.settings.logins} per 15 minutes")

    async def caller(self, address: str) -> None:
        """One more request from an address. Raises TooOften."""
        await self._hit(self._per_caller, "caller", address.encode())

    async def phone(self, blind: bytes) -> None:
        """One more code for a number. Raises TooOften."""
        await self._hit(PER_PHONE, "phone", blind)

    async def _hit(self, limit: RateLimitItem, kind: str, who: bytes) -> None:
        named = hmac.digest(self._key, who, "sha256").hex()
        if not await self._limiter.hit(limit, kind, named):
            stats = await self._limiter.get_window_stats(limit, kind, named)
            raise too_often(stats.reset_time - time())
