"""Portal over HTTP."""

from uuid import UUID

from fastapi import APIRouter, Response

from services.portal.views import Stories, StoryRow
from shared.contracts.words import CommunityId
from shared.web.answer import Cursor, Limit, Page, one_of, page_of
from shared.web.app import Here, ReadAfter
from shared.web.audience import Anyone, Worker

router = APIRouter()


@router.get("/stories", response_model=Page[StoryRow])
async def list_stories(
    worker: Worker,
    portal: Here,
    community: CommunityId,
    after: Cursor = None,
    limit: Limit = 50,
    read_after: ReadAfter = None,
) -> Response:
    """A community's matters, newest first"""
    worker.require(community)
    where = {"community": community}
    return page_of(await portal.views.list(Stories, where, after=after, limit=limit, read_after=read_after))


@router.get("/stories/{matter}", response_model=StoryRow)
async def show_story(matter: UUID, caller: Anyone, portal: Here, read_after: ReadAfter = None) -> Response:
    """One matter from first word to last, for the people of its community"""
    row = await portal.views.get(Stories, str(matter), read_after=read_after)
    return one_of(row, "story", matter, lambda said: caller.require(said["community"]))
