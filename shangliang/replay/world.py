"""The places and units that a story needs: opened, registered, drawn, as a steward would."""

from typing import Any

from shangliang.replay.scenario import Scenario, number
from shangliang.replay.stage import Stage

DIRECTORY = "/api/directory/v1"


def venue_code(venue: dict[str, Any]) -> str:
    """The code of a venue of the file, which names it in Chinese."""
    return f"{venue['kind']}-{venue['compound']}" if "compound" in venue else f"{venue['kind']}-1"


async def prepare(stage: Stage, scenario: Scenario, community: str) -> None:
    """Makes the community exist, with what the file says of it; and all partner units."""
    [sub_district] = [one for one in scenario.sub_districts if community in one["communities"]]
    await _steward(
        stage,
        f"{DIRECTORY}/sub-districts/{sub_district['id']}",
        {"name": sub_district["name"], "district": sub_district["district"]},
    )
    said = scenario.communities[community]
    at = f"{DIRECTORY}/communities/{community}"
    await _steward(stage, at, {"sub_district": sub_district["id"], "name": said["name"]})
    for compound in said.get("compounds", []):
        body = {"name": compound["name"], "buildings": number(compound["buildings"])}
        await _steward(stage, f"{at}/compounds/{compound['id']}", body)
    for grid in range(1, number(said.get("grids", 0)) + 1):
        await _steward(stage, f"{at}/grids/grid-{grid}", {"name": f"第{grid}网格"})
    for venue in said.get("venues", []):
        body = {"name": venue["name"], "kind": venue["kind"], "compound": venue.get("compound")}
        await _steward(stage, f"{at}/venues/{venue_code(venue)}", body)
    for unit in scenario.units:
        path = f"/api/partner/v1/units/{unit['id']}"
        await _steward(stage, path, {"name": unit["name"].rstrip("~"), "field": unit["field"]})


async def _steward(stage: Stage, path: str, body: dict[str, Any]) -> None:
    await stage.post(stage.steward, path, body, key=path)
