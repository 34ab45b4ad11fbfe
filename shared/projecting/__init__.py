"""Read models as pure folds over the log."""

from shared.projecting.reading import BadCursor
from shared.projecting.view import Change, Figure, Row, View
from shared.projecting.views import NotWritten, ViewBehind, Views, install_views, request_rebuild

__all__ = [
    "BadCursor",
    "Change",
    "Figure",
    "NotWritten",
    "Row",
    "View",
    "ViewBehind",
    "Views",
    "install_views",
    "request_rebuild",
]
