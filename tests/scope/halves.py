"""Two sub-districts of two communities each, two partner units, and what everybody of them has said, over HTTP: each
private text carries a secret of its own, and it is known here who may read it."""

import asyncio
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from shared.contracts.words import Role
from shared.excel import XLSX
from tests.evidence.made import PDF, picture
from tests.intake.ledgers import workbook
from tests.system.places import District, Headers, until
from tests.system.sender import Sender
from tests.town import Town

INTAKE, DELIBERATION = "/api/intake/v1", "/api/deliberation/v1"
PARTNER, VOLUNTEER = "/api/partner/v1", "/api/volunteer/v1"
LATER = "2099-12-31T18:00:00+08:00"


@dataclass(frozen=True)
class Caller:
    """Somebody in a role, none for the public, and the communities and unit that they are of."""

    role: Role | None
    name: str
    person: str
    headers: Headers
    of: frozenset[str]


@dataclass
class Quarter(District):
    """One of the communities of a sub-district."""

    name: str = "a"
    callers: list[Caller] = field(default_factory=list[Caller])
    phones: list[str] = field(default_factory=list[str])

    @property
    def community(self) -> str:
        return f"{self.code}-{self.name}"

    def caller(self, role: Role, who: tuple[str, Headers], *of: str) -> Caller:
        person, headers = who
        made = Caller(role, f"{role} of {self.community}", person, headers, frozenset(of or {self.community}))
        self.callers.append(made)
        return made


@dataclass
class Halves:
    """All of it. `secrets`: each private text and whose it is: communities and units, by their codes; nobody's is what
    no route shows."""

    here: Town
    quarters: list[Quarter] = field(default_factory=list[Quarter])
    units: list[str] = field(default_factory=list[str])
    callers: list[Caller] = field(default_factory=list[Caller])
    secrets: dict[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])
    kept: list[tuple[str, str, str]] = field(default_factory=list[tuple[str, str, str]])
    """What has an id and no stream: its kind, its community, the id."""

    @property
    def communities(self) -> list[str]:
        return [one.community for one in self.quarters]

    def secret(self, *of: str) -> str:
        """A new one."""
        said = f"密{uuid.uuid4().hex}"
        self.secrets[said] = frozenset(of)
        return said

    async def post(self, by: Caller, path: str, body: Any = None) -> str:
        """A command that is accepted; the id of what it is about."""
        answer = await self.here.http.post(path, json=body, headers=by.headers)
        assert answer.status_code == 202, (path, answer.text)
        return answer.json()["id"]

    async def upload(self, by: Caller, path: str, media_type: str, content: bytes) -> None:
        """A file that is taken in."""
        headers = {**by.headers, "content-type": media_type}
        answer = await self.here.http.post(path, content=content, headers=headers)
        assert answer.status_code == 202, (path, answer.text)

    async def send(self, by: Caller, content: bytes) -> str:
        """A file that is on its way; the upload's id."""
        sender = Sender(self.here, by.headers)
        return await sender.sent(content)

    async def found(self, by: Caller, path: str, fits: Callable[[Any], bool], **params: str) -> Any:
        """A row of a list, as soon as there is one that fits."""

        async def ask() -> Any:
            answer = await self.here.http.get(path, params=params, headers=by.headers)
            assert answer.is_success or answer.status_code == 503, answer.text
            rows: list[Any] = answer.json().get("items", [])
            return next((row for row in rows if fits(row)), None)

        return await until(ask, 30)


async def settled(here: Town, seconds: float = 1.5) -> None:
    """Returns when no log has grown for a while, and so nothing that was set off is still on its way."""

    async def heads() -> list[int]:
        return [await one.log.head() for one in here.running.values()]

    before: list[int] = []
    while (now := await heads()) != before:
        before = now
        await asyncio.sleep(seconds)


async def halves(here: Town) -> Halves:
    """Everybody signed in, and everything said."""
    made = Halves(here)
    steward = Caller(Role.STEWARD, "steward", "", here.headers(Role.STEWARD), frozenset())
    made.units = [f"u-{uuid.uuid4().hex[:10]}" for _ in range(2)]
    for unit in made.units:
        await made.post(steward, f"{PARTNER}/units/{unit}", {"name": unit, "field": "power"})
    for _ in range(2):
        first = Quarter(here)
        second = Quarter(here, first.code, name="b")
        await opened(made, first, second)
    for quarter, unit in zip(made.quarters, [*made.units, *made.units], strict=True):
        operator = await quarter.enrol(quarter.steward, "operator", Role.OPERATOR, unit=unit)
        quarter.caller(Role.OPERATOR, operator, unit)
    await asyncio.gather(
        *(told(made, quarter, unit) for quarter, unit in zip(made.quarters, [*made.units, *made.units], strict=True))
    )
    for quarter in made.quarters:
        made.callers += quarter.callers
        made.secrets |= {one.person: one.of | {quarter.community} for one in quarter.callers}
    made.callers.append(Caller(Role.AUDITOR, "auditor", "", here.headers(Role.AUDITOR, None), frozenset()))
    made.callers.append(Caller(None, "public", "", {}, frozenset()))
    await settled(here)
    return made


async def opened(made: Halves, first: Quarter, second: Quarter) -> None:
    """Both communities of a sub-district, with their places and people."""
    code = first.code
    await first.do(first.steward, f"/sub-districts/{code}", {"name": f"{code}街道", "district": "城区"})
    officer = await first.enrol(first.steward, "officer", Role.OFFICER, sub_district=code)
    for quarter in (first, second):
        body = {"sub_district": code, "name": f"{quarter.community}社区"}
        await quarter.do(officer[1], f"/communities/{quarter.community}", body)
    told_now = (officer[0], await second.sign_in(officer[0]))
    caller = first.caller(Role.OFFICER, told_now, first.community, second.community)
    await made.post(caller, f"{INTAKE}/deadline-policies/{code}", {})
    for quarter in (first, second):
        made.quarters.append(quarter)
        await peopled(made, quarter, told_now[1])


async def peopled(made: Halves, quarter: Quarter, officer: Headers) -> None:
    """One person in each role, with a name and a number of their own."""
    at = quarter.community
    secretary = await quarter.enrol(officer, made.secret(at), Role.SECRETARY, community=at)
    quarter.caller(Role.SECRETARY, secretary)
    await quarter.built(secretary[1])
    for role in (Role.VOLUNTEER, Role.RESIDENT):
        quarter.caller(role, await quarter.enrol(secretary[1], made.secret(at), role, community=at))
    grid = {"community": at, "grid": "grid-1"}
    quarter.caller(Role.GRID_WORKER, await quarter.enrol(secretary[1], made.secret(at), Role.GRID_WORKER, **grid))
    contact = await quarter.person(secretary[1], made.secret(at))
    said = {"community": at, "building": "ruyi-1", "capacity": "volunteer"}
    await quarter.do(secretary[1], f"/people/{contact}/contract", said)
    quarter.caller(Role.BUILDING_CONTACT, (contact, await quarter.sign_in(contact)))
    quarter.phones.append(f"13{uuid.uuid4().int % 10**9:09d}")
    body = {"community": at, "label": made.secret(at), "name": made.secret(at), "phone": quarter.phones[0]}
    await quarter.do(secretary[1], "/people", body)


async def told(made: Halves, quarter: Quarter, unit: str) -> None:
    """What people say and do in one community: every aggregate there is, each in more than one state."""
    at = quarter.community
    of = {one.role: one for one in quarter.callers}
    secretary, worker, resident = of[Role.SECRETARY], of[Role.GRID_WORKER], of[Role.RESIDENT]
    operator, volunteer = of[Role.OPERATOR], of[Role.VOLUNTEER]
    post = made.post

    async def issue(text: str, referral: Mapping[str, str] | None = None) -> str:
        body = {"community": at, "channel": "web", "text": text, "where": {"place": "ruyi-1", "detail": text}}
        id = await post(resident, f"{INTAKE}/issues", body)
        await post(worker, f"{INTAKE}/issues/{id}/acknowledge")
        if referral:
            await post(secretary, f"{INTAKE}/issues/{id}/refer", {"referral": referral})
        return id

    plain = await issue(made.secret(at))
    line = {"接件时间": "2023-11-20 11:02", "诉求内容": made.secret(at)}
    await made.upload(secretary, f"{INTAKE}/communities/{at}/ledger", XLSX, workbook(line))
    chat = f"居民~6 2023/11/21 9:30:00\n楼道灯不亮{made.secret(at)}\n"
    await made.upload(worker, f"{INTAKE}/communities/{at}/chats", "text/plain", chat.encode())
    question = {"text": "还缺什么？", "kind": "words"}
    asked = {"community": at, "title": "问卷", "questions": [question], "closes": LATER}
    for content in (picture(size=(20, 20)), PDF + made.secret(at).encode()):
        sent = await made.send(resident, content)
        await post(resident, f"{INTAKE}/issues/{plain}/evidence", {"upload": sent})
        made.kept.append(("evidence", at, sent))
    made.kept.append(("upload", at, await made.send(resident, made.secret().encode())))
    survey = await post(secretary, f"{INTAKE}/surveys", asked)
    await post(resident, f"{INTAKE}/surveys/{survey}/answer", {"replies": [{"question": 0, "words": made.secret(at)}]})
    for title in ("清单", made.secret(at)):  # the latter is not published
        body = {"community": at, "title": title, "issues": [plain]}
        drawn = await post(secretary, f"{INTAKE}/problem-lists", body)
        if title == "清单":
            await post(secretary, f"{INTAKE}/problem-lists/{drawn}/publish")
    await post(secretary, f"{PARTNER}/api-keys", {"community": at, "application": made.secret(at)})
    await post(secretary, f"{INTAKE}/issues/{plain}/publish", {"title": "楼道灯", "text": "正在联系电力公司。"})
    visit = {"community": at, "households": [made.secret(at)], "notes": made.secret(at), "place": "ruyi-1"}
    found = {"text": made.secret(at), "where": {"detail": made.secret(at)}}
    wished = {"beneficiary": resident.person, "item": "老花镜"}
    walk = {"community": at, "grid": "grid-1", "title": made.secret(at), "places": ["ruyi-1"]}
    plan = await post(worker, f"{INTAKE}/visit-plans", {**walk, "first": "2024-01-01", "last": "2024-12-31"})
    came = {"issues": [plain], "plan": plan, "found": [found], "wishes": [wished]}
    await post(worker, f"{INTAKE}/visits", {**visit, **came})
    await issue(made.secret(at, unit), {"to": "unit", "unit": unit})
    order = await made.found(operator, f"{PARTNER}/work-orders", lambda row: row["community"] == at)
    await post(operator, f"{PARTNER}/work-orders/{order['id']}/accept")
    await post(operator, f"{PARTNER}/work-orders/{order['id']}/survey", {"findings": made.secret(at, unit)})
    talked = await issue(made.secret(at, unit), {"to": "consultation"})
    consultations = f"{DELIBERATION}/consultations"
    row = await made.found(secretary, consultations, lambda row: talked in row["issues"], community=at)
    held = f"{consultations}/{row['id']}"
    invitees = ({"kind": "unit", "unit": unit}, {"kind": "person", "person": resident.person})
    invites = [{"invitee": one, "capacity": "partner-unit"} for one in invitees]
    said = {"venue": "pavilion-1", "starts_at": LATER, "agenda": [made.secret(at)], "invites": invites}
    await post(secretary, f"{held}/schedule", said)
    await post(operator, f"{held}/answer-for-unit", {"coming": True})
    outcome = {"attendance": 12, "way": "consensus", "outcome": made.secret(at), "minutes": made.secret(at)}
    await post(secretary, f"{held}/hold", outcome)
    task = {"assignee": {"kind": "unit", "unit": unit}, "task": made.secret(at, unit), "due": LATER}
    await post(secretary, f"{held}/actions", task)
    await post(volunteer, f"{VOLUNTEER}/volunteers", {"community": at, "skills": [made.secret(at)]})
    wish = {"community": at, "beneficiary": resident.person, "item": "老花镜", "place": "ruyi-1"}
    for publish in (True, False):
        wished = await post(worker, f"{VOLUNTEER}/wishes", wish)
        if publish:
            await post(secretary, f"{VOLUNTEER}/wishes/{wished}/publish")
            await post(volunteer, f"{VOLUNTEER}/wishes/{wished}/claim")
