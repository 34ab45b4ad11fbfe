"""What an event is: a frozen pydantic model with a published name and version, found again by both.

An event class states only its newest version; an upcaster lifts what was written under an older one, one version at
a time, whenever it is read. Unknown fields are ignored, so a producer may add optional ones at any time.
"""

from collections.abc import Callable
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, ClassVar, Final, TypeVar

import orjson
from pydantic import BaseModel, ConfigDict, ValidationError

from shared import contracts
from shared.contracts.words import PersonId
from shared.privacy.private import private_names

JsonObject = dict[str, Any]
Upcaster = Callable[[JsonObject], JsonObject]
E = TypeVar("E", bound="Event")

THE_STREAM: Final = "(the stream)"
"""The subject of an event's private fields where it is the person whose stream the event is in."""

_published: dict[tuple[str, str], type["Event"]] = {}
_upcasters: dict[tuple[type["Event"], int], Upcaster] = {}


class Unreadable(ValueError):
    """An event that this code can't read: newer than its contract, or not what its contract says."""


class Event(BaseModel):
    """A fact of the published language. Subclasses name themselves: `class X(Event, name="x-happened", version=1)`.
    One with private fields says whose they are: `subject="by"`, a field that holds a PersonId, or THE_STREAM."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    event_name: ClassVar[str]
    event_version: ClassVar[int]
    service: ClassVar[str]
    private_fields: ClassVar[tuple[str, ...]] = ()
    private_subject: ClassVar[str | None] = None

    def __init_subclass__(cls, *, name: str, version: int = 1, subject: str | None = None) -> None:
        cls.event_name, cls.event_version, cls.private_subject = name, version, subject
        cls.service = cls.__module__.rpartition(".")[2]
        if _published.setdefault((cls.service, name), cls) is not cls:
            raise TypeError(f"two events are called {cls.service}.{name}")

    @classmethod
    def __pydantic_init_subclass__(cls, **_: Any) -> None:
        cls.private_fields = private_names(cls.model_fields)
        subject = cls.private_subject
        if bool(cls.private_fields) != (subject is not None):
            raise TypeError(f"{cls.__name__}: an event says whose its private fields are, and only then")
        annotation: Any = None if subject in (None, THE_STREAM) else cls.model_fields[subject].annotation
        if annotation not in (None, PersonId):
            raise TypeError(f"{cls.__name__}: {subject} holds no PersonId")


def upcasts(event: type[E], *, version: int) -> Callable[[Upcaster], Upcaster]:
    """Registers how data of `event` written as `version` becomes data of `version + 1`."""

    def register(upcaster: Upcaster) -> Upcaster:
        _upcasters[event, version] = upcaster
        return upcaster

    return register


def has_upcaster(event: type[Event], version: int) -> bool:
    """Whether data written as `version` can be lifted to the next."""
    return (event, version) in _upcasters


def event_class(service: str, name: str) -> type[Event] | None:
    """The newest class of that event, or None where this code has never heard of it."""
    if (service, name) not in _published:
        _import(service)
    return _published.get((service, name))


def published_events() -> list[type[Event]]:
    """Every event of every contract, by service and name."""
    for service in _contracts():
        _import(service)
    return [_published[key] for key in sorted(_published)]


@cache
def _contracts() -> tuple[str, ...]:
    return tuple(module.name for module in iter_modules(contracts.__path__) if not module.ispkg)


def _import(service: str) -> None:
    """Its contract, if there is one: what a process can read does not hang on what else it has imported."""
    if service in _contracts():
        import_module(f"{contracts.__name__}.{service}")


def decode(service: str, name: str, version: int, data: str | bytes) -> Event:
    """The event that `data` (JSON) holds, lifted to its newest version. Raises Unreadable, never shows the data."""
    event = event_class(service, name)
    if event is None:
        raise Unreadable(f"no contract names {service}.{name}")
    try:
        if version == event.event_version:
            return event.__pydantic_validator__.validate_json(data)
        return event.model_validate(_lifted(event, version, orjson.loads(data)))
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'data'}: {e['msg']}" for e in error.errors())
        raise Unreadable(f"{service}.{name} v{version}: {problems}") from None
    except orjson.JSONDecodeError as error:
        raise Unreadable(f"{service}.{name} v{version}: not JSON: {error.msg}") from None


def _lifted(event: type[Event], version: int, data: JsonObject) -> JsonObject:
    if version > event.event_version:
        raise Unreadable(f"{event.event_name} v{version} is newer than v{event.event_version}, the newest known here")
    for old in range(version, event.event_version):
        upcaster = _upcasters.get((event, old))
        if upcaster is None:
            raise Unreadable(f"nothing lifts {event.event_name} from v{old}")
        data = upcaster(data)
    return data
