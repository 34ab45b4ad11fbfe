"""What a deployment may set, from the settings' own fields and docstrings."""

from pydantic.fields import FieldInfo

from shangliang.reference.table import WRITTEN, table
from shared.settings import Settings

PREFIX = Settings.model_config.get("env_prefix", "")


def settings() -> str:
    """A row a variable."""
    rows = ((f"`{PREFIX}{name.upper()}`", _default(field), field.description or "") for name, field in _fields())
    about = " ".join((Settings.__doc__ or "").split())
    return f"# Settings\n\n{WRITTEN} Environment variables. {about}\n\n" + table(
        ("variable", "without it", "what it sets"), rows
    )


def _fields() -> list[tuple[str, FieldInfo]]:
    return list(Settings.model_fields.items())


def _default(field: FieldInfo) -> str:
    return "" if field.default is None else f"`{field.default}`"
