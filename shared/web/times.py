"""Times that a request says in a header or in its query."""

from datetime import datetime


def time_of(said: str) -> datetime | None:
    """An RFC 3339 time, years 1900 to 2999; None where it is none, or has no offset."""
    try:
        at = datetime.fromisoformat(said)
    except ValueError:
        return None
    return at if at.tzinfo is not None and 1900 <= at.year <= 2999 else None
