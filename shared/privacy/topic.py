"""`directory.keys`: each person's wrapped key under the person's id, in a compacted topic; a tombstone once erased."""

import base64
from uuid import UUID

import orjson

from shared.privacy.keyring import Wrapped

KEYS_OF = "directory"
"""The service that makes the keys."""
KEYS = f"{KEYS_OF}.keys"
MINUTE = 60_000
COMPACTION = {
    "cleanup.policy": "compact",
    "segment.ms": str(10 * MINUTE),  # what is still being written to is never compacted
    "max.compaction.lag.ms": str(60 * MINUTE),  # after this what was overwritten or erased is compacted away
    "min.cleanable.dirty.ratio": "0.1",
    "delete.retention.ms": str(7 * 24 * 60 * MINUTE),  # how long a tombstone can be found
}
"""How long Kafka may hold on to the wrapped key of somebody erased: docs/decisions, "Keys and erasure"."""


def to_value(key: Wrapped) -> bytes:
    """A wrapped key as a message's value."""
    wrapped = base64.b64encode(key.wrapped).decode()
    return orjson.dumps({"key": str(key.key_id), "kek": key.kek, "wrapped": wrapped})


def from_value(value: bytes) -> Wrapped:
    """And back. Raises ValueError, KeyError."""
    said = orjson.loads(value)
    return Wrapped(UUID(said["key"]), said["kek"], base64.b64decode(said["wrapped"]))
