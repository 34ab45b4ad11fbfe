"""The city of the scenario: its places down to the building, and its units, opened as a steward would."""

from typing import Any

from shangliang.replay.scenario import Scenario, number
from shangliang.replay.stage import Stage

DIRECTORY = "/api/directory/v1"


def venue_code(venue: dict[str, Any]) -> str:
    """The code of a venue of the file, which names it in Chinese."""
    return f"{venue['kind']}-{venue['compound']}" if "compound" in venue else f"{venue['kind']}-1"


async def prepare(stage: Stage, scenario: Scenario) -> None:
    """Makes all that the file says of the city exist; what is there already stays as it is."""
    for sub_district in scenario.sub_districts:
        body = {"name": sub_district["name"], "district": sub_district["district"]}
        await _steward(stage, f"{DIRECTORY}/sub-districts/{sub_district['id']}", body)
        for community in sub_district["communities"]:
            await _open(stage, community, sub_district["id"], scenario.communities[community])
    for unit in scenario.units:
        path = f"/api/partner/v1/units/{unit['id']}"
        await _steward(stage, path, {"name": unit["name"].rstrip("~"), "field": unit["field"]})


async def _open(stage: Stage, community: str, sub_district: str, said: dict[str, Any]) -> None:
    at = f"{DIRECTORY}/communities/{community}"
    await _steward(stage, at, {"sub_district": sub_district, "name": said["name"]})
    buildings: list[str] = []
    for compound in said.get("compounds", []):
        many = number(compound["buildings"])
        await _steward(stage, f"{at}/compounds/{compound['id']}", {"name": compound["name"], "buildings": many})
        for nth in range(1, many + 1):
            buildings.append(f"{compound['id']}-{nth}")
            body = {"name": f"{nth}号楼", "compound": compound["id"]}
            await _steward(stage, f"{at}/buildings/{buildings[-1]}", body)
    grids = number(said.get("grids", 0))
    for grid in range(1, grids + 1):
        body = {"name": f"第{grid}网格", "buildings": _share(buildings, grid, grids)}
        path = f"{at}/grids/grid-{grid}"
        await stage.post(stage.steward, path, body, key=f"{path}/buildings")  # the key without it drew it without any
    for venue in said.get("venues", []):
        body = {"name": venue["name"], "kind": venue["kind"], "compound": venue.get("compound")}
        await _steward(stage, f"{at}/venues/{venue_code(venue)}", body)


def _share(buildings: list[str], grid: int, grids: int) -> list[str]:
    """The buildings of one grid, where neighbours stay together and all grids are of about one size."""
    first, last = (len(buildings) * nth // grids for nth in (grid - 1, grid))
    return buildings[first:last]


async def _steward(stage: Stage, path: str, body: dict[str, Any]) -> None:
    await stage.post(stage.steward, path, body, key=path)
