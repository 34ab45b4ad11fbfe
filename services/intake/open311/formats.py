"""GeoReport's two forms of the same answer: XML, and JSON by the Spark convention, where a list has no root."""

import re
from enum import StrEnum
from typing import Any, cast
from xml.etree.ElementTree import Element, SubElement, tostring

import orjson
from fastapi import Response


class Format(StrEnum):
    """What an address ends with."""

    XML = "xml"
    JSON = "json"


MEDIA_TYPES = {Format.XML: "text/xml; charset=utf-8", Format.JSON: "application/json; charset=utf-8"}
ONE_OF = {
    "services": "service",
    "service_requests": "request",
    "errors": "error",
    "attributes": "attribute",
    "values": "value",
    "endpoints": "endpoint",
    "formats": "format",
}
"""What an element of each list is called."""
NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 can't hold, however they are written."""


def written(form: Format, root: str, said: Any, status: int = 200) -> Response:
    """The answer; `said` is a list or an object, of what JSON has."""
    if form is Format.JSON:
        return Response(orjson.dumps(said), status, media_type=MEDIA_TYPES[form])
    element = Element(root)
    _fill(element, said)
    return Response(tostring(element, encoding="utf-8", xml_declaration=True), status, media_type=MEDIA_TYPES[form])


def _fill(element: Element, said: Any) -> None:
    match said:
        case dict():
            for name, value in cast("dict[str, Any]", said).items():
                _fill(SubElement(element, name), value)
        case list():
            for value in cast("list[Any]", said):
                _fill(SubElement(element, ONE_OF[element.tag]), value)
        case None:
            pass
        case bool():
            element.text = "true" if said else "false"
        case _:
            element.text = NO_XML.sub("\ufffd", str(said))
