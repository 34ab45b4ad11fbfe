"""What a query takes and how it answers: stored JSON as it is, never validated again, of what its caller may see."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Generic, TypeVar

import orjson
from fastapi import Depends, Header, Query, Request, Response
from pydantic import BaseModel

from shared.deciding.act import Act
from shared.deciding.refusals import no_such
from shared.eventlog.log import NotPast
from shared.projecting.reader import Reader
from shared.projecting.view import Foldable, Row
from shared.web.times import time_of

T = TypeVar("T")


class Page(BaseModel, Generic[T]):
    """Some items, and the cursor of those after them: `next` is null on the last page."""

    items: list[T]
    next: str | None


@dataclass(frozen=True, slots=True)
class Part:
    """Which part of a list is asked for."""

    after: str | None
    limit: int


@dataclass(frozen=True, slots=True)
class Reading:
    """The views of the service that the route belongs to, once they show what the caller has written; or as they stood
    `at` a past time."""

    reader: Reader
    read_after: int | None
    at: datetime | None

    async def list(self, act: Act, view: type[Foldable], part: Part, **where: Any) -> Response:
        """A page of the rows that the caller may see, of those whose columns have the values; None is any value."""
        wanted = {column: value for column, value in where.items() if value is not None}
        stored = await self.reader.list(
            act.scope, view, wanted, after=part.after, limit=part.limit, read_after=self.read_after, at=self.at
        )
        return Response(stored, media_type="application/json")

    async def tally(
        self, act: Act, view: type[Foldable], counted: Mapping[str, tuple[str, Sequence[str]]], **where: Any
    ) -> dict[str, int]:
        """How many of these rows have one of some values in a column: for each name in `counted`."""
        return await self.reader.tally(act.scope, view, where, counted, read_after=self.read_after, at=self.at)

    async def one(self, act: Act, view: type[Foldable], key: object, kind: str) -> Response:
        """The document of the key. Raises NotFound where there is none, and just so where the caller may not see it."""
        return Response(await self._stored(act, view, key, kind), media_type="application/json")

    async def row(self, act: Act, view: type[Foldable], key: object, kind: str) -> Row:
        """The same to go on with."""
        return orjson.loads(await self._stored(act, view, key, kind))

    async def _stored(self, act: Act, view: type[Foldable], key: object, kind: str) -> bytes:
        stored = await self.reader.get(act.scope, view, str(key), read_after=self.read_after, at=self.at)
        if stored is None:
            raise no_such(kind, key)
        return stored


async def _part(
    after: Annotated[str | None, Query(max_length=500, description="`next` of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Part:
    return Part(after, limit)


READ_AFTER = "The position that a command's answer carried: the query waits until it shows."
AT = (
    "As it stood at a past time, as far as it was recorded by then: RFC 3339, with its offset (in an address, `+` is "
    "written `%2B`). Who may read it is asked of today. The same time gets the same answer for ever."
)


ReadAfter = Annotated[int | None, Header(ge=0, le=2**62, description=READ_AFTER)]


async def _reading(
    request: Request,
    read_after: ReadAfter = None,
    at: Annotated[str | None, Query(max_length=40, description=AT, json_schema_extra={"format": "date-time"})] = None,
) -> Reading:
    then = None if at is None else time_of(at)
    if at is not None and then is None:
        raise NotPast(at)
    return Reading(request.app.state.running.reader, read_after, then)


async def _reading_now(request: Request, read_after: ReadAfter = None) -> Reading:
    return Reading(request.app.state.running.reader, read_after, None)


Paging = Annotated[Part, Depends(_part)]
Read = Annotated[Reading, Depends(_reading)]
"""How a query asks: with `Read-After`, or with `at`."""
ReadNow = Annotated[Reading, Depends(_reading_now)]
"""How one asks for what has no past, or no longer shows it: with `Read-After`."""
