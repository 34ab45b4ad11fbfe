"""Read models as pure folds over the log."""

from shared.projecting.reader import Reader
from shared.projecting.reading import BadCursor
from shared.projecting.scoped import PUBLIC, Scoped
from shared.projecting.view import Change, Figure, Row, View
from shared.projecting.views import NotWritten, ViewBehind, Views, install_views, request_rebuild

__all__ = [
    "PUBLIC",
    "BadCursor",
    "Change",
    "Figure",
    "NotWritten",
    "Reader",
    "Row",
    "Scoped",
    "View",
    "ViewBehind",
    "Views",
    "install_views",
    "request_rebuild",
]
