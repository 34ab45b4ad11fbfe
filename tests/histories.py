"""Made-up histories of a service's log: every event that its views want, in streams that meet each other."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID, uuid5

import orjson
from uuid_utils.compat import uuid7

from shared.contracts.event import Event
from shared.contracts.publishing.schemas import schema_of
from shared.eventlog.log import Log
from shared.projecting import View
from tests.fitting import fitting

COMMUNITIES = ("desheng", "xishan", "yaopo")
PLACES = ("power", "ruyi", "ruyi-1", "weixiao")
SEALED = f"p1.{'k' * 22}.{'s' * 70}"
BEGAN = datetime(2024, 2, 29, 8, 30, tzinfo=UTC)
NAMED = frozenset({"issue", "wish"})
"""Kinds whose streams give a matter its correlation id."""
KINDS = {
    "directory": {"sub_district": "sub-district-opened", "person": "person|contact|consent|role|building-contracted"},
    "intake": {"problem_list": "problem-list", "visit_plan": "visit-plan", "visit": "visit", "issue": "issue"},
    "deliberation": {"consultation": ""},
    "partner": {"unit": "partner-unit|operator", "work_order": ""},
    "volunteer": {"volunteer": "volunteer", "wish": ""},
    "notify": {"message": ""},
}
"""Which stream an event is in, by how its name begins: of the kinds of its service, the first that fits."""
APPEND = """
insert into log (event_id, source, stream, version, type, schema, data, metadata, community, occurred_at, recorded_at)
values ($1, $2, $3, $4, $5, $6, $7::json, $8::json, $9, $10, recorded_now())
"""


def kind_of(event: type[Event]) -> str:
    """The kind of stream that an event is in."""
    kinds = KINDS[event.service]
    return next((kind for kind, begins in kinds.items() if re.match(begins, event.event_name)), "community")


@dataclass
class History:
    """What has been made up so far: who and what there is, and the newest version of each stream."""

    random: Random
    versions: dict[tuple[str, str], int] = field(default_factory=dict[tuple[str, str], int])
    matters: dict[str, str] = field(default_factory=dict[str, str])
    """The community of each matter that was heard of."""

    async def go_on(self, log: Log, views: Sequence[type[View]], number: int) -> None:
        """Some more events, each in a commit of its own."""
        wanted = sorted({one for view in views for one in view.events}, key=lambda one: (one.service, one.event_name))
        for _ in range(number):
            event = self.random.choice(wanted)
            id, community = self._stream(kind_of(event))
            if (data := self._data(event, community)) is not None:
                await self._append(log, event, f"{kind_of(event)}-{id}", community, data)

    def _stream(self, kind: str) -> tuple[str, str]:
        """One of a few of that kind, and the community that it is of for good."""
        nth = self.random.randrange(4)
        community = COMMUNITIES[nth % len(COMMUNITIES)]
        if kind in ("community", "sub_district", "unit"):
            return (community if kind == "community" else PLACES[nth]), community
        id = str(uuid5(UUID(int=0), f"{kind}{nth}"))
        return (f"{community}.{id}" if kind == "volunteer" else id), community

    def _of(self, community: str, kind: str) -> str:
        """The id of one of that kind in the community."""
        return next(id for id, its in iter(lambda: self._stream(kind), None) if its == community)

    def _data(self, event: type[Event], community: str) -> dict[str, Any] | None:
        data = self._written(schema_of(event))
        if "community" in data and event.event_name != "building-contracted":
            data["community"] = community
        if (to := data.get("recipient", {})).get("kind") == "role":  # who are told of a matter are of its community
            to["community"] = community
        if data.get("plan"):
            data["plan"] = self._of(community, "visit_plan")
        for name in ("into", "issues"):  # of any community: but only what has been heard of
            if name in data and event.service == "intake":
                if not self.matters:
                    return None
                some = self.random.sample(sorted(self.matters), min(2, len(self.matters)))
                data[name] = some if name == "issues" else some[0]
        return data

    async def _append(self, log: Log, event: type[Event], stream: str, community: str, data: dict[str, Any]) -> None:
        at = event.service, stream
        self.versions[at] = self.versions.get(at, 0) + 1
        kind, _, id = stream.partition("-")
        own = id if kind in NAMED else str(uuid5(UUID(int=1), f"matter of {community}"))
        self.matters.setdefault(own, community)
        await log.pool.execute(
            APPEND,
            uuid7(),
            event.service,
            stream,
            self.versions[at],
            event.event_name,
            event.event_version,
            orjson.dumps(data).decode(),
            orjson.dumps({"correlation": own, "actor": "secretary:0192"}).decode(),
            community,
            BEGAN + timedelta(hours=self.random.randrange(6)),  # many at the same time
        )

    def _written(self, schema: dict[str, Any]) -> Any:
        """Data that the schema allows, of few different values."""
        choose = self.random.choice
        match schema:
            case {"enum": choices}:
                return choose(choices)
            case {"const": value}:
                return value
            case {"anyOf": kinds} | {"oneOf": kinds}:
                return self._written(choose(kinds))
            case {"type": "array", "items": items}:
                return [self._written(items) for _ in range(self.random.randrange(3))]
            case {"type": "object", "properties": properties}:
                return {name: self._written(one) for name, one in properties.items()}
            case {"type": "string", "format": "uuid"}:
                return str(uuid5(UUID(int=2), str(self.random.randrange(4))))
            case {"type": "string", "format": "date"}:
                return (BEGAN + timedelta(days=self.random.randrange(9))).date().isoformat()
            case {"type": "string", "format": "date-time"}:
                return (BEGAN + timedelta(days=self.random.randrange(9))).isoformat()
            case {"type": "string", "pattern": pattern}:
                return choose(fitting(pattern, (SEALED,) if re.match(pattern, SEALED) else (*COMMUNITIES, *PLACES)))
            case {"type": "string"}:
                return choose(("楼道灯不亮", "2号楼", "10号楼"))
            case {"type": "integer" | "number"}:
                return self.random.randrange(1, 4)
            case {"type": "boolean"}:
                return choose((True, False))
            case _:
                return None
