"""Whom a process believes: with which keys tokens are checked, and which tokens no longer count.

Directory tells it on the topic `directory.trust`, each process reads that from its beginning into memory: no call, no
table, and no address of directory. `keys` is the whole set of public keys; `person/<id>` bars what was minted before a
version of the person's stream, `session/<id>` all of a session, as long as such a token could still be good. Told twice
or in another order, it comes to the same."""

import asyncio
from collections.abc import Iterable
from time import time
from typing import Any
from uuid import UUID

import orjson
import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from joserfc.jwk import KeySet, OKPKey

from shared.contracts.words import PersonId
from shared.identity.signing import Jwk, SigningKeys
from shared.messaging.lasting import read_on
from shared.messaging.topics import DAY

TRUST = "directory.trust"
KEPT = {"retention.ms": str(DAY), "segment.ms": str(DAY // 24)}
"""Longer than any token lives, and the keys are told again every minute: what is older is of no use."""
KEYS, PERSON, SESSION = "keys", "person", "session"
WAIT = 500
"""Milliseconds that a fetch waits for the first message."""
LOOK = 1.0
"""Seconds between looks at the file of keys."""

logger = structlog.get_logger()


class Trust:
    """What this process knows of it: the keys of its file, those that were told, and who is barred."""

    def __init__(self, file: SigningKeys):
        self.file = file
        self._told: list[Jwk] = []
        self._seen: list[Jwk] = []
        self.keys = KeySet([])
        """Another set whenever a key has come or gone."""
        self.people: dict[PersonId, tuple[int, float]] = {}
        """Of whose stream a token has to know a version at least, as long as until a time."""
        self.sessions: dict[UUID, float] = {}
        """Which sessions have ended, each as long as until a time."""
        self.look()

    def look(self) -> None:
        """Takes in what has changed in the file, and forgets bars whose time is over."""
        known = {key["kid"]: key for key in (*self._told, *self.file.checking())}
        if (keys := list(known.values())) != self._seen:
            self.keys, self._seen = KeySet([OKPKey.import_key(key) for key in keys]), keys
        now = time()
        for barred in [one for one, (_, until) in self.people.items() if until < now]:
            del self.people[barred]
        for ended in [one for one, until in self.sessions.items() if until < now]:
            del self.sessions[ended]

    def public(self) -> list[Jwk]:
        """The keys as a JWK Set says them."""
        return self._seen

    def hear(self, subject: str, value: bytes | None) -> None:
        """Takes in one message. Raises ValueError, KeyError where it is none."""
        kind, _, id = subject.partition("/")
        said: dict[str, Any] = orjson.loads(value or b"{}")
        match kind:
            case "keys":
                self._told = list(said["keys"])
                self.look()
            case "person":
                person = PersonId(UUID(id))
                version, until = self.people.get(person, (0, 0.0))
                self.people[person] = max(version, int(said["version"])), max(until, float(said["until"]))
            case "session":
                self.sessions[UUID(id)] = float(said["until"])
            case _:
                logger.warning("trust-not-understood", kind=kind)

    async def run(self, bootstrap: str) -> None:
        """For ever: follows the topic, and looks at the file."""
        following = read_on(bootstrap, TRUST, self._read, wait=WAIT, away="trust-away")
        await asyncio.gather(self._watch(), following)

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(LOOK)
            try:
                self.look()
            except (OSError, ValueError, KeyError) as error:
                logger.error("signing-keys-unreadable", why=type(error).__name__)

    async def _read(self, consumer: AIOKafkaConsumer, partitions: list[TopicPartition]) -> None:
        """From the beginning."""
        consumer.assign(partitions)
        await consumer.seek_to_beginning(*partitions)
        while True:
            for messages in (await consumer.getmany(timeout_ms=WAIT)).values():
                for message in messages:
                    try:
                        self.hear((message.key or b"").decode(), message.value)
                    except (ValueError, KeyError, TypeError) as error:
                        logger.warning("trust-not-understood", why=type(error).__name__)


def keys_told(keys: Iterable[Jwk]) -> tuple[str, bytes]:
    """Key and value of the message that says the public keys."""
    return KEYS, orjson.dumps({"keys": list(keys)})


def person_barred(person: UUID, version: int, until: float) -> tuple[str, bytes]:
    """Of the one that bars a person's tokens of before a version, as long as until a time (seconds since 1970)."""
    return f"{PERSON}/{person}", orjson.dumps({"version": version, "until": until})


def session_ended(session: UUID, until: float) -> tuple[str, bytes]:
    """Of the one that bars a session's tokens, as long as until a time."""
    return f"{SESSION}/{session}", orjson.dumps({"until": until})
