"""API keys 接口密钥 over HTTP: issued to applications, listed, revoked."""

from uuid import UUID

from fastapi import APIRouter, Response
from uuid_utils.compat import uuid7

from services.partner import api_key
from services.partner.api_key import api_keys
from services.partner.views import ApiKeyRow, ApiKeys
from shared.contracts.words import ApiKeyId, CommunityId, Line
from shared.deciding.answers import Accepted
from shared.identity.api_keys import hashed, key_of_id
from shared.privacy.keks import derived_key
from shared.web.app import Here
from shared.web.audience import Keeper
from shared.web.body import Body
from shared.web.command import CommandRoute
from shared.web.reading import Page, Paging, Read

router = APIRouter(route_class=CommandRoute)


class IssueKey(Body):
    """For which application (`12345 热线`), and for which community it may speak up."""

    community: CommunityId
    application: Line


class KeyIssued(Accepted):
    """The key itself: in this answer only, and in the same answer to the same Idempotency-Key."""

    key: str


@router.post("/api-keys", status_code=202)
async def issue_api_key(body: IssueKey, keeper: Keeper, partner: Here) -> KeyIssued:
    """发放接口密钥"""
    id, deployments = ApiKeyId(uuid7()), derived_key(partner.settings, "api keys")
    accepted = await partner.create(
        keeper,
        api_keys,
        id,
        body.community,
        api_key.issue,
        community=body.community,
        by=keeper.person,
        application=body.application,
        sha256=hashed(key_of_id(id, deployments)),
    )
    return KeyIssued(**accepted.model_dump(), key=key_of_id(UUID(accepted.id), deployments))


@router.post("/api-keys/{key_id}/revoke", status_code=202)
async def revoke_api_key(key_id: ApiKeyId, keeper: Keeper, partner: Here) -> Accepted:
    """吊销接口密钥; refused everywhere within seconds"""
    return await partner.execute(keeper, api_keys, key_id, api_key.revoke, by=keeper.person)


@router.get("/api-keys", response_model=Page[ApiKeyRow])
async def list_api_keys(keeper: Keeper, read: Read, part: Paging, community: CommunityId) -> Response:
    """A community's keys, newest first, revoked ones too; never the keys themselves"""
    keeper.require(community)
    return await read.list(keeper, ApiKeys, part, community=community)
