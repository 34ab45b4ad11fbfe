"""A jurisdiction is a community: by its code, or the one that the deployment's settings name."""

import re
from typing import Annotated

from fastapi import Depends, Query

from services.intake.chats.gazetteer import gazetteer
from services.intake.open311.applications import Application, application_of
from shared.deciding.refusals import NotFound, NotValid
from shared.projecting import Row
from shared.service import Running
from shared.web.app import Here

CODE = re.compile(r"[a-z][a-z0-9-]{1,39}")
Said = Annotated[str | None, Query(max_length=4_000)]


async def names_in(intake: Running, jurisdiction_id: str | None) -> Row:
    """The community's gazetteer. Raises NotValid, NotFound."""
    community = jurisdiction_id or intake.settings.jurisdiction
    if community is None:
        raise NotValid(
            "jurisdiction-missing",
            "请给出 jurisdiction_id，即社区编号。",
            "Send jurisdiction_id, a community's code.",
        )
    names = await gazetteer(intake.reader, community) if CODE.fullmatch(community) else None
    if names is None:
        raise NotFound(
            "jurisdiction-not-found",
            "没有这个 jurisdiction_id；它是社区编号，见 /api/directory/v1/communities。",
            "There is no such jurisdiction_id: it is a community's code, see /api/directory/v1/communities.",
        )
    return names


async def _names(intake: Here, jurisdiction_id: Said = None) -> Row:
    return await names_in(intake, jurisdiction_id)


Names = Annotated[Row, Depends(_names)]
"""The names of the community that is asked for."""


async def _caller(intake: Here, names: Names, api_key: Said = None) -> Application | None:
    return await application_of(intake, api_key, names["id"]) if api_key else None


Caller = Annotated[Application | None, Depends(_caller)]
"""Whose key comes with the query, if any does."""
