"""What spans and figures are from."""

from uuid import uuid4

from opentelemetry.sdk.resources import Resource

_INSTANCE = str(uuid4())


def resource_of(service: str) -> Resource:
    """A service, or several in one process under another name; and which of its processes."""
    said = {"service.namespace": "shangliang", "service.name": service, "service.instance.id": _INSTANCE}
    return Resource.create(said)
