"""An API key 接口密钥: an application speaks to one community with it, until it is revoked."""

from dataclasses import dataclass, replace

from shared.contracts.event import Event
from shared.contracts.partner import ApiKeyIssued, ApiKeyRevoked
from shared.contracts.words import PersonId
from shared.deciding.aggregate import Aggregate
from shared.deciding.refusals import NotNow


@dataclass(frozen=True, slots=True)
class ApiKey:
    """Whether it is good."""

    revoked: bool = False


def evolve(key: ApiKey | None, event: Event) -> ApiKey | None:
    """What an event makes of a key."""
    match key, event:
        case None, ApiKeyIssued():
            return ApiKey()
        case ApiKey(), ApiKeyRevoked():
            return replace(key, revoked=True)
        case _:
            return key


def issue(*, community: str, by: PersonId, application: str, sha256: str) -> ApiKeyIssued:
    """To an application, by who keeps the community."""
    return ApiKeyIssued(community=community, by=by, application=application, sha256=sha256)


def revoke(key: ApiKey, *, by: PersonId) -> ApiKeyRevoked:
    """For good."""
    if key.revoked:
        raise NotNow("api-key-revoked", "这个密钥已吊销。", "This key was revoked before.")
    return ApiKeyRevoked(by=by)


api_keys = Aggregate("api_key", evolve)
