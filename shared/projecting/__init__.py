"""Read models as pure folds over the log."""

from shared.projecting.past import TooMuchBehind
from shared.projecting.reader import Reader
from shared.projecting.reading import BadCursor
from shared.projecting.scoped import PUBLIC, Scoped
from shared.projecting.slices import MATTERS, OfCommunities, OfMatter, OfStream, Said, Slice, Whole, several
from shared.projecting.view import Change, Figure, Row, View
from shared.projecting.views import NotWritten, ViewBehind, Views, install_finds, install_views, request_rebuild

__all__ = [
    "MATTERS",
    "PUBLIC",
    "BadCursor",
    "Change",
    "Figure",
    "NotWritten",
    "OfCommunities",
    "OfMatter",
    "OfStream",
    "Reader",
    "Row",
    "Said",
    "Scoped",
    "Slice",
    "TooMuchBehind",
    "View",
    "ViewBehind",
    "Views",
    "Whole",
    "install_finds",
    "install_views",
    "request_rebuild",
    "several",
]
