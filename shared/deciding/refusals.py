"""Why a command is not carried out: few kinds, each with a stable code and what the caller can do about it."""

from typing import Any, ClassVar


class Refusal(Exception):
    """`code` never changes its meaning; `zh` and `en` say what to change; `values` are what is needed to mend it."""

    status: ClassVar[int] = 409

    def __init__(self, code: str, zh: str, en: str, **values: Any):
        super().__init__(code)
        self.code, self.zh, self.en, self.values = code, zh, en, values


class NotNow(Refusal):
    """Right as it stands, but not in the state that things are in."""


class NotValid(Refusal):
    """What was asked for contradicts itself or a rule."""

    status = 422


class NotFound(Refusal):
    """There is no such thing."""

    status = 404


class NotAllowed(Refusal):
    """Somebody else may, this caller may not."""

    status = 403


class Contended(Refusal):
    """Too many change one thing at once."""

    status = 503


def no_such(kind: str, id: object) -> NotFound:
    """What is asked for is not in the log."""
    return NotFound(
        f"{kind}-not-found", "没有找到，请检查编号。", f"There is no such {kind}: check the id.", id=str(id)
    )
