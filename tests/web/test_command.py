"""What a command may be made of: its path, a query that may be left out, and one body, in JSON or a file."""

from typing import Annotated, Any

import httpx
import pytest
from fastapi import APIRouter, Depends, Header
from pydantic import BaseModel

from shared.service import Service
from shared.web.app import api_of
from shared.web.command import CommandRoute, Raw

router = APIRouter(route_class=CommandRoute)
LARGEST = 1_000_000


class Said(BaseModel):
    """What a route was told."""

    place: str
    size: int
    twice: bool


@router.post("/files/{place}")
async def send(place: str, file: Annotated[bytes, Raw("text/csv", largest=LARGEST)], twice: bool = False) -> Said:
    """A file"""
    return Said(place=place, size=len(file), twice=twice)


def client() -> httpx.AsyncClient:
    app: Any = api_of(Service("files", router))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://files")


async def test_a_file_arrives_as_it_was_sent() -> None:
    async with client() as http:
        headers = {"content-type": "Text/CSV; charset=utf-8"}
        said = await http.post("/files/north?twice=true", content=b"x" * LARGEST, headers=headers)
        assert said.json() == {"place": "north", "size": LARGEST, "twice": True}
        assert (await http.post("/files/north", content=b"", headers=headers)).json()["twice"] is False


@pytest.mark.parametrize(
    ("content", "media_type", "query", "status", "code"),
    [
        (b"x" * (LARGEST + 1), "text/csv", "", 413, "too-large"),
        (b"{}", "application/json", "", 415, "other-media-type"),
        (b"x", "", "", 415, "other-media-type"),
        (b"x", "text/csv", "?twice=perhaps", 422, "not-valid"),
    ],
)
async def test_a_file_that_is_not_taken_is_refused_with_a_reason(
    content: bytes, media_type: str, query: str, status: int, code: str
) -> None:
    async with client() as http:
        answer = await http.post(f"/files/north{query}", content=content, headers={"content-type": media_type})
        assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_a_file_is_documented_with_its_media_type_and_the_query_with_it() -> None:
    operation = api_of(Service("files", router)).openapi()["paths"]["/files/{place}"]["post"]
    assert list(operation["requestBody"]["content"]) == ["text/csv"]
    assert {(one["name"], one["in"]) for one in operation["parameters"]} == {("place", "path"), ("twice", "query")}


def test_a_command_that_asks_for_anything_else_is_not_made() -> None:
    async def of_a_header(x: Annotated[str, Header()]) -> Said: ...

    async def of_a_query_that_must_be_there(x: str) -> Said: ...

    async def of_two_bodies(x: Said, y: Said) -> Said: ...

    async def one() -> int:
        return 1

    async def of_what_it_may(x: Said, y: Annotated[int, Depends(one)], z: int = 1) -> Said: ...

    for endpoint in (of_a_header, of_a_query_that_must_be_there, of_two_bodies):
        with pytest.raises(TypeError):
            APIRouter(route_class=CommandRoute).post("/x")(endpoint)
    APIRouter(route_class=CommandRoute).post("/x")(of_what_it_may)
