"""A request's body: what it doesn't know is refused, so a misspelt field is never lost in silence."""

from pydantic import BaseModel, ConfigDict


class Body(BaseModel):
    """The JSON object that a command takes."""

    model_config = ConfigDict(frozen=True, extra="forbid")
