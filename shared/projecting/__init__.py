"""Read models as pure folds over the log."""

from shared.projecting.parts import MATTERS, OfCommunities, OfMatter, OfStream, Part, Said, Whole, several
from shared.projecting.reading import BadCursor
from shared.projecting.view import Change, Figure, Row, View
from shared.projecting.views import NotWritten, ViewBehind, Views, install_finds, install_views, request_rebuild

__all__ = [
    "MATTERS",
    "BadCursor",
    "Change",
    "Figure",
    "NotWritten",
    "OfCommunities",
    "OfMatter",
    "OfStream",
    "Part",
    "Row",
    "Said",
    "View",
    "ViewBehind",
    "Views",
    "Whole",
    "install_finds",
    "install_views",
    "request_rebuild",
    "several",
]
