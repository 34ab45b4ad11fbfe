"""What a published version may still become: it may gain optional fields and better words, and nothing else.

Consumers hold to a version's schema and the log keeps its events for ever, so a field that goes, a type that narrows
(the log no longer reads) or widens (consumers no longer read) needs version N + 1 and an upcaster from N.
"""

from collections.abc import Iterator
from typing import Any, cast

from shared.contracts.event import JsonObject

WORDS = {"title", "description", "examples", "$id", "$schema", "$comment"}
ABSENT = "(nothing)"


def breaks(published: JsonObject, now: JsonObject) -> list[str]:
    """What a reader of `published` would stumble over in `now`, one line each; both schemas are free of references."""
    return list(_breaks(published, now, "data"))


def _breaks(published: Any, now: Any, at: str) -> Iterator[str]:
    if isinstance(published, dict) and isinstance(now, dict):
        yield from _objects_break(cast("JsonObject", published), cast("JsonObject", now), at)
    elif isinstance(published, list) and isinstance(now, list):
        yield from _lists_break(cast("list[Any]", published), cast("list[Any]", now), at)
    elif published != now:
        yield f"{at}: {published!r} has become {now!r}"


def _lists_break(before: list[Any], after: list[Any], at: str) -> Iterator[str]:
    if len(before) != len(after):
        yield f"{at}: {before!r} has become {after!r}"
        return
    for number, (was, became) in enumerate(zip(before, after, strict=True)):
        yield from _breaks(was, became, f"{at}[{number}]")


def _objects_break(before: JsonObject, after: JsonObject, at: str) -> Iterator[str]:
    for key in sorted((before.keys() | after.keys()) - WORDS - {"properties", "required"}):
        yield from _breaks(before.get(key, ABSENT), after.get(key, ABSENT), f"{at}.{key}")
    yield from _properties_break(before, after, at)


def _properties_break(before: JsonObject, after: JsonObject, at: str) -> Iterator[str]:
    had, has = before.get("properties", {}), after.get("properties", {})
    needed, needs = set(before.get("required", ())), set(after.get("required", ()))
    for name in sorted(had):
        if name not in has:
            yield f"{at}.{name}: has gone"
        else:
            yield from _breaks(had[name], has[name], f"{at}.{name}")
    for name in sorted(needs - needed):
        yield f"{at}.{name}: is required now; events written before may lack it"
    for name in sorted((needed - needs) & has.keys()):
        yield f"{at}.{name}: may be missing now; readers rely on it"
