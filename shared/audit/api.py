"""The seal over HTTP, in every service's API."""

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from pydantic import AwareDatetime, BaseModel

from shared.audit.heads import Heads
from shared.audit.trail import Trail, head_said
from shared.web.audience import Public

router = APIRouter(prefix="/audit")
MOST = 2**62
Size = Annotated[int, Query(ge=1, le=MOST)]


async def _heads(request: Request) -> Heads:
    return request.app.state.running.heads


Published = Annotated[Heads, Depends(_heads)]


async def _trail(request: Request) -> Trail:
    return request.app.state.running.trail


Here = Annotated[Trail, Depends(_trail)]
Given = Annotated[int | None, Query(ge=1, le=MOST, description="The size of a head; the newest if left out")]


class HeadSaid(BaseModel):
    """A signed tree head. `note` is what is signed, the rest is what it says: how many events are sealed, and their
    tree's root, base64."""

    origin: str
    size: int
    root: str
    at: AwareDatetime
    note: str


class ProofSaid(BaseModel):
    """That an event is sealed: its leaf, the leaf's place, and the hashes up to the root of the head in `note`; all
    hashes base64."""

    index: int
    leaf: str
    path: list[str]
    note: str


class ConsistencySaid(BaseModel):
    """That the tree of `second` leaves begins with that of `first`: hashes, base64."""

    first: int
    second: int
    path: list[str]


@router.get("/head")
async def show_head(_: Public, trail: Here) -> HeadSaid:
    """The newest signed tree head: a new one every minute while there is something new 树头"""
    note = await trail.head()
    origin, size, root, at = head_said(note)
    return HeadSaid(origin=origin, size=size, root=root, at=datetime.fromtimestamp(at, UTC), note=note)


class KeysSaid(BaseModel):
    """A JWK Set (RFC 7517), the newest key first: `exp` says when one was retired."""

    keys: list[dict[str, Any]]


@router.get("/keys")
async def show_keys(_: Public, heads: Published) -> KeysSaid:
    """Every public key that heads have been signed with, past ones too 验签公钥"""
    return KeysSaid(keys=[dict(key.as_dict(private=False)) for key in heads.known_keys()])


@router.get("/proof/{event}")
async def prove_event(event: UUID, _: Public, trail: Here, size: Given = None) -> ProofSaid:
    """Proves that an event is in the sealed log 包含证明"""
    proof = await trail.prove(event, size)
    return ProofSaid(index=proof.index, leaf=proof.leaf, path=proof.path, note=proof.note)


@router.get("/consistency")
async def prove_consistency(first: Size, second: Size, _: Public, trail: Here) -> ConsistencySaid:
    """Proves that the log only grew between two heads 一致性证明"""
    return ConsistencySaid(first=first, second=second, path=await trail.grew(first, second))
