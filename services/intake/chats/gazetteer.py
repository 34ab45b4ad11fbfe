"""The names of a community's compounds, buildings and grids, by which a place is found in what people say."""

from typing import Any

import orjson

from shared.contracts.directory import BuildingRegistered, CommunityOpened, CompoundRegistered, GridDrawn
from shared.deciding.scope import Scope
from shared.eventlog.recorded import Recorded
from shared.projecting import PUBLIC, Reader, Row, View


class Gazetteer(
    View,
    number=1,
    scope=PUBLIC,
    events=(CommunityOpened, CompoundRegistered, BuildingRegistered, GridDrawn),
    columns={"name": "text"},
    order="name",
    lists=(),
):
    """One document a community."""

    def fold(self, row: Row | None, event: Recorded) -> Row | None:
        match event.data:
            case CommunityOpened(name=name):
                return {"id": event.stream_id, "name": name, "places": [], "grids": {}}
            case _ if row is None:
                return None
            case CompoundRegistered(place=place, name=name):
                return row | {"places": _with(row["places"], {"place": place, "name": name, "compound": None})}
            case BuildingRegistered(place=place, name=name, compound=compound):
                return row | {"places": _with(row["places"], {"place": place, "name": name, "compound": compound})}
            case GridDrawn(place=place, name=name, buildings=buildings):
                return row | {"grids": {**row["grids"], place: {"name": name, "buildings": list(buildings)}}}
            case _:
                return row


def _with(places: list[dict[str, Any]], told: dict[str, Any]) -> list[dict[str, Any]]:
    return [*(one for one in places if one["place"] != told["place"]), told]


async def gazetteer(reader: Reader, community: str) -> Row | None:
    """A community's names, None where none has been heard of. Raises ViewBehind."""
    stored = await reader.get(Scope(), Gazetteer, community)
    return orjson.loads(stored) if stored else None
