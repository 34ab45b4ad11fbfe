"""Portal over HTTP."""

from uuid import UUID

from fastapi import APIRouter, Response

from services.portal.views import Stories, StoryRow
from shared.contracts.words import CommunityId
from shared.web.audience import Anyone, Worker
from shared.web.reading import Page, Paging, Read

router = APIRouter()


@router.get("/stories", response_model=Page[StoryRow])
async def list_stories(worker: Worker, read: Read, part: Paging, community: CommunityId) -> Response:
    """A community's matters, newest first"""
    worker.require(community)
    return await read.list(worker, Stories, part, community=community)


@router.get("/stories/{matter}", response_model=StoryRow)
async def show_story(matter: UUID, caller: Anyone, read: Read) -> Response:
    """One matter from first word to last, for the people of its community"""
    return await read.one(caller, Stories, matter, "story")
