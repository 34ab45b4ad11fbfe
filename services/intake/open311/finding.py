"""GET requests: what is found, of what everybody may see and of what came with the caller's key."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

import orjson

from services.intake.open311.applications import Application
from services.intake.open311.asking import MOST, Asked
from services.intake.open311.jurisdiction import Jurisdiction
from services.intake.open311.telling import told_publicly, told_to_its_application
from services.intake.open311.views import Reports
from services.intake.publishing.views import Matters
from shared.deciding.scope import Scope
from shared.projecting import Reader, Row, View

EVERYBODY = Scope()
Told = Callable[[Row], dict[str, Any]]


class Requests:
    """Those of one community, as one caller sees them. What came with their key they see in their own words."""

    def __init__(self, reader: Reader, where: Jurisdiction, caller: Application | None, *, extended: bool):
        self._reader, self._community = reader, where.community
        self._sources: list[tuple[type[View], Scope, dict[str, str], Told]] = [
            (Matters, EVERYBODY, {}, partial(told_publicly, where=where, extended=extended))
        ]
        if caller is not None:
            own = str(caller.id)
            tell = partial(told_to_its_application, where=where, extended=extended)
            self._sources.append((Reports, Scope(person=own), {"application": own}, tell))

    async def list(self, asked: Asked) -> list[dict[str, Any]]:
        """The newest first, MOST of them."""
        found: dict[str, tuple[datetime, dict[str, Any]]] = {}
        for view, scope, more, tell in self._sources:
            wanted = asked.where(community=self._community, **more)
            page = orjson.loads(await self._reader.list(scope, view, wanted, limit=MOST))
            found |= {row["id"]: (datetime.fromisoformat(row["raised_at"]), tell(row)) for row in page["items"]}
        newest = sorted(found.values(), key=lambda one: (one[0], one[1]["service_request_id"]), reverse=True)
        return [told for _, told in newest[:MOST]]

    async def one(self, id: str) -> dict[str, Any] | None:
        """The request of an id; None where there is none that the caller may see."""
        if not is_id(id):
            return None
        for view, scope, _, tell in reversed(self._sources):
            stored = await self._reader.get(scope, view, id.lower())
            row = orjson.loads(stored) if stored else None
            if row and row["community"] == self._community:
                return tell(row)
        return None


def is_id(said: str) -> bool:
    """Whether an id could be that."""
    try:
        UUID(said)
    except ValueError:
        return False
    return len(said) == 36
