"""A private field of an event: `name: Private[str]`. What is written down anywhere is its sealed form."""

from collections.abc import Mapping
from typing import Any, Generic, TypeVar, get_args, get_origin

from pydantic import GetCoreSchemaHandler
from pydantic.fields import FieldInfo
from pydantic_core import CoreSchema, core_schema

T = TypeVar("T", bound=str)

SEALED = r"^p1\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{70,12000}$"
"""`p1`, the key's id, and nonce, ciphertext and tag; both in base64url without padding."""
MEANING = (
    "Personal data, sealed with the key of the person it is about: `p1.<key id>.<nonce, ciphertext, tag>` in "
    "base64url, AES-256-GCM. Unreadable for ever once that key is destroyed."
)


class NotSealed(TypeError):
    """A private text is to be written down as it is; nothing may do that."""


class Private(Generic[T]):
    """A text about a person: in clear from the command that got it until it is sealed, sealed from then on. Never
    shows the text unless asked for `clear`."""

    __slots__ = ("_clear", "_sealed")

    def __init__(self, clear: str | None = None, *, sealed: str | None = None):
        if (clear is None) == (sealed is None):
            raise TypeError("a private text is either in clear or sealed")
        self._clear, self._sealed = clear, sealed

    @property
    def clear(self) -> str | None:
        """The text, while it is not sealed."""
        return self._clear

    @property
    def sealed(self) -> str:
        """What may be written down. Raises NotSealed."""
        if self._sealed is None:
            raise NotSealed("a private text must be sealed before it is written down")
        return self._sealed

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Private) and (self._clear, self._sealed) == (other._clear, other._sealed)

    def __hash__(self) -> int:
        return hash((self._clear, self._sealed))

    def __repr__(self) -> str:
        return f"Private({'in clear' if self._sealed is None else 'sealed'})"

    @classmethod
    def __get_pydantic_core_schema__(cls, _: Any, __: GetCoreSchemaHandler) -> CoreSchema:
        read = core_schema.no_info_after_validator_function(
            _read, core_schema.str_schema(pattern=SEALED), metadata={"pydantic_js_updates": {"description": MEANING}}
        )
        return core_schema.json_or_python_schema(
            json_schema=read,
            python_schema=core_schema.union_schema([core_schema.is_instance_schema(cls), read]),
            serialization=core_schema.plain_serializer_function_ser_schema(
                _written, return_schema=core_schema.str_schema()
            ),
        )


def _read(sealed: str) -> Private[str]:
    return Private(sealed=sealed)


def _written(private: Private[str]) -> str:
    return private.sealed


def private_names(fields: Mapping[str, FieldInfo]) -> tuple[str, ...]:
    """The names of a model's private fields: `Private[str]`, or that or None. One that is hidden deeper is never
    sealed, and so can't be written down at all."""
    return tuple(name for name, field in fields.items() if _is_private(field.annotation))


def _is_private(annotation: Any) -> bool:
    return annotation is Private or get_origin(annotation) is Private or any(map(_is_private, get_args(annotation)))
