"""What a query answers: stored JSON as it is, never validated again."""

from collections.abc import Callable
from typing import Annotated, Any, Generic, TypeVar

import orjson
from fastapi import Query, Response
from pydantic import BaseModel

from shared.deciding.refusals import no_such

T = TypeVar("T")
JSON = "application/json"

Limit = Annotated[int, Query(ge=1, le=200)]
Cursor = Annotated[str | None, Query(max_length=500, description="`next` of the page before")]


class Page(BaseModel, Generic[T]):
    """Some items, and the cursor of those after them: `next` is null on the last page."""

    items: list[T]
    next: str | None


def page_of(stored: bytes) -> Response:
    """A page as the view made it."""
    return Response(stored, media_type=JSON)


def one_of(
    stored: bytes | None, kind: str, id: object, allow: Callable[[dict[str, Any]], None] | None = None
) -> Response:
    """One document, after `allow` has let the caller see it. Raises NotFound, and what `allow` raises."""
    if stored is None:
        raise no_such(kind, id)
    if allow is not None:
        allow(orjson.loads(stored))
    return Response(stored, media_type=JSON)
