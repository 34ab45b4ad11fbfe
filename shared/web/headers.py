"""One header of a request, read where every microsecond counts: Starlette encodes and compares for each look-up."""

from collections.abc import Mapping
from typing import Any


def header(request: Mapping[str, Any], name: bytes) -> str | None:
    """The first header of that lower-case name, of a request or its scope."""
    for key, value in request["headers"]:
        if key == name:
            return value.decode("latin-1")
    return None
