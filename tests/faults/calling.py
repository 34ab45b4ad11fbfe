"""People who send each command under a key of its own, again and again, until it is acknowledged."""

import asyncio
import uuid
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from shared.contracts.words import PersonId, Role
from shared.deciding.act import Grant
from shared.identity.tokens import load_or_make_key, mint
from shared.settings import Settings
from tests.faults.wire import NO_ANSWER, Wire

AGAIN = 0.4
"""Seconds until a command is tried again."""
AT_ONCE = 50
NEIGHBOURS = 8
"""Who second each issue: nothing follows from that elsewhere, so the reactions of other services keep up."""
GONE_THROUGH = ["issue-raised", *["issue-seconded"] * NEIGHBOURS, "issue-acknowledged", "issue-referred"]
"""The events of a matter."""
DOUBTED = 10
"""Each tenth command is sent once more, as if its answer had been lost: it must be the same then."""
UNIT = "power"


@dataclass(frozen=True)
class Person:
    """Somebody, and what their requests carry."""

    id: PersonId
    headers: dict[str, str]


@dataclass
class Matter:
    """An issue with the commands that were acknowledged: for each, the answer. `referral` says who gets it."""

    community: str
    raiser: Person
    referral: dict[str, str]
    id: str = ""
    answers: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])


class Callers:
    """The people of a test; they go to one of the `origins`, and when it fails them to the next."""

    def __init__(self, wire: Wire, origins: Sequence[str], data: Path):
        self.wire, self.origins = wire, origins
        self._key = load_or_make_key(Settings(data=data).signing_key)
        self._turns = count()
        self.acknowledged = 0
        self.failed = 0

    def person(self, role: Role, community: str) -> Person:
        """Somebody new in a role."""
        id = PersonId(uuid.uuid4())
        return Person(id, {"authorization": f"Bearer {mint(self._key, id, [Grant(role, community)])}"})

    async def send(self, who: Person, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """The answer, once it is there. What may come instead is no answer, 503 and that the key is still in use."""
        headers = {**who.headers, "idempotency-key": str(uuid.uuid4())}
        first: dict[str, Any] | None = None
        for turn in count(next(self._turns)):
            origin = self.origins[turn % len(self.origins)]
            try:
                answer = await self.wire.post(f"{origin}/api/intake/v1/issues{path}", body, headers)
            except NO_ANSWER:
                pass
            else:
                if answer.status == 202:
                    assert first in (None, answer.json())
                    if first is None and self.acknowledged % DOUBTED == 0:
                        first = answer.json()
                        self.acknowledged += 1
                        continue
                    self.acknowledged += first is None
                    return answer.json()
                in_use = answer.status == 409 and answer.json()["code"] == "idempotency-key-in-use"
                assert answer.status == 503 or in_use, f"{path}: {answer.status} {answer.text.decode()}"
            self.failed += 1
            await asyncio.sleep(AGAIN)
        raise AssertionError

    async def go_through(self, matter: Matter, secretary: Person, neighbours: Sequence[Person]) -> Matter:
        """Raised, seconded, taken up and referred: each command after the one before was acknowledged."""
        raised = {"community": matter.community, "channel": "web", "text": "楼道灯不亮"}
        matter.answers.append(await self.send(matter.raiser, "", raised))
        matter.id = matter.answers[0]["id"]
        for neighbour in neighbours:
            matter.answers.append(await self.send(neighbour, f"/{matter.id}/second"))
        matter.answers.append(await self.send(secretary, f"/{matter.id}/acknowledge"))
        matter.answers.append(await self.send(secretary, f"/{matter.id}/refer", {"referral": matter.referral}))
        return matter

    async def keep_going(self, communities: Sequence[str], rate: float, done: asyncio.Event) -> list[Matter]:
        """Begins matters for so many commands a second, whatever becomes of them, until `done`; all, gone through."""
        secretaries = {community: self.person(Role.SECRETARY, community) for community in communities}
        residents = {
            community: [self.person(Role.RESIDENT, community) for _ in range(1 + NEIGHBOURS)]
            for community in communities
        }
        referrals = ({"to": "unit", "unit": UNIT}, {"to": "consultation"}, {"to": "community"})
        loop = asyncio.get_running_loop()
        started = loop.time()
        tasks: list[asyncio.Task[Matter]] = []
        async with asyncio.TaskGroup() as group:
            while not done.is_set():
                while len(tasks) < (loop.time() - started) * rate / len(GONE_THROUGH):
                    community = communities[len(tasks) % len(communities)]
                    raiser, *neighbours = residents[community]
                    matter = Matter(community, raiser, referrals[len(tasks) % len(referrals)])
                    going = self.go_through(matter, secretaries[community], neighbours)
                    tasks.append(group.create_task(going))
                await asyncio.sleep(0.02)
        return [task.result() for task in tasks]

    async def keep_going_for(self, seconds: float, communities: Sequence[str], rate: float) -> list[Matter]:
        """The same for a while."""
        done = asyncio.Event()
        asyncio.get_running_loop().call_later(seconds, done.set)
        return await self.keep_going(communities, rate, done)


@asynccontextmanager
async def calling(data: Path, *origins: str, patience: float = 10) -> AsyncGenerator[Callers]:
    """Callers who wait so many seconds for an answer."""
    wire = Wire(AT_ONCE, patience)
    try:
        yield Callers(wire, origins, data)
    finally:
        wire.close()
