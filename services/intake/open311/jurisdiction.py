"""A jurisdiction is a community: by its code, or the one that the deployment's settings name."""

import re
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Query

from services.intake.chats.gazetteer import gazetteer
from services.intake.ledgers.columns import Places, places_of
from services.intake.open311.applications import Application, application_of
from shared.contracts.words import CODE
from shared.deciding.refusals import NotFound, NotValid
from shared.service import Running
from shared.web.app import Here

Said = Annotated[str | None, Query(max_length=4_000)]


@dataclass(frozen=True, slots=True)
class Jurisdiction:
    """A community by its code, its name, and the names of its places."""

    community: str
    name: str
    places: Places


async def jurisdiction_of(intake: Running, jurisdiction_id: str | None) -> Jurisdiction:
    """The one that is meant. Raises NotValid, NotFound."""
    community = jurisdiction_id or intake.settings.jurisdiction
    if community is None:
        raise NotValid(
            "jurisdiction-missing",
            "请给出 jurisdiction_id，即社区编号。",
            "Send jurisdiction_id, a community's code.",
        )
    names = await gazetteer(intake.reader, community) if re.fullmatch(CODE, community) else None
    if names is None:
        raise NotFound(
            "jurisdiction-not-found",
            "没有这个 jurisdiction_id；它是社区编号，见 /api/directory/v1/communities。",
            "There is no such jurisdiction_id: it is a community's code, see /api/directory/v1/communities.",
        )
    return Jurisdiction(community, names["name"], places_of(names))


async def _asked(intake: Here, jurisdiction_id: Said = None) -> Jurisdiction:
    return await jurisdiction_of(intake, jurisdiction_id)


Where = Annotated[Jurisdiction, Depends(_asked)]
"""The one that the query names."""


async def _caller(intake: Here, where: Where, api_key: Said = None) -> Application | None:
    return await application_of(intake, api_key, where.community) if api_key else None


Caller = Annotated[Application | None, Depends(_caller)]
"""Whose key comes with the query, if any does."""
