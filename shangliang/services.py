"""All services, by name: the one place that knows them all. Each is imported when it is asked for."""

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shared.service import Service

NAMES = ("directory", "intake", "deliberation", "partner", "volunteer", "notify", "portal")


class _Services(Mapping[str, "Service"]):
    def __getitem__(self, name: str) -> "Service":
        if name not in NAMES:
            raise KeyError(name)
        return import_module(f"services.{name}").service

    def __contains__(self, name: object) -> bool:
        return name in NAMES

    def __iter__(self) -> Iterator[str]:
        return iter(NAMES)

    def __len__(self) -> int:
        return len(NAMES)


SERVICES = _Services()
