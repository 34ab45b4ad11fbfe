"""What each verb of the scenario means as calls: one function a verb, found by its event's name."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from shangliang.replay.scenario import Scenario, Step, Story, moment, number
from shangliang.replay.stage import Failed, Person, Stage
from shangliang.replay.world import venue_code

INTAKE, DELIBERATION = "/api/intake/v1", "/api/deliberation/v1"
PARTNER, VOLUNTEER = "/api/partner/v1", "/api/volunteer/v1"
WRITTEN_DOWN = ("pavilion", "home-visit", "hotline")
"""Channels where a grid worker writes down what a resident says."""


@dataclass
class Telling:
    """A story while it is told: who tells it where, and what has come of it so far."""

    scenario: Scenario
    story: Story
    stage: Stage
    issues: list[str] = field(default_factory=list[str])
    outcome: str = ""
    wishes: list[str] = field(default_factory=list[str])
    consultation: str = ""
    order: str = ""

    async def person(self, label: str) -> Person:
        return await self.stage.person(self.story.community, label)

    async def do(self, step: Step, by: Person, path: str, body: dict[str, Any] | None = None, nth: int = 0) -> str:
        """Sends a command of a step, as its `nth`; the id of what it concerns."""
        key = f"{step.story}/{step.number}/{step.does}/{nth}"
        return (await self.stage.post(by.token, path, body, key=key, at=step.at))["id"]


Verb = Callable[[Telling, Step], Awaitable[None]]
VERBS: dict[str, Verb] = {}


def verb(name: str) -> Callable[[Verb], Verb]:
    """Declares how the steps that do `name` are done."""

    def register(function: Verb) -> Verb:
        VERBS[name] = function
        return function

    return register


def missing(story: Story) -> list[str]:
    """The verbs of a story that nothing here knows how to do."""
    return sorted({step.does for step in story.steps} - set(VERBS))


@verb("issue-raised")
async def raise_issue(telling: Telling, step: Step) -> None:
    speaker = await telling.person(step.who)
    channel = step.said["via"]
    body: dict[str, Any] = {
        "community": telling.story.community,
        "channel": channel,
        "text": step.said.get("text", telling.story.matter),
        "where": {"place": _compound(telling), "detail": telling.story.place},
    }
    writer = speaker
    if channel in WRITTEN_DOWN:
        writer = await telling.person("grid-worker")
        body["by"] = str(speaker.id)
    telling.issues.append(await telling.do(step, writer, f"{INTAKE}/issues", body))


@verb("issue-acknowledged")
async def acknowledge(telling: Telling, step: Step) -> None:
    worker = await telling.person(step.who)
    for nth, issue in enumerate(telling.issues if step.said.get("all") else telling.issues[:1]):
        await telling.do(step, worker, f"{INTAKE}/issues/{issue}/acknowledge", nth=nth)


@verb("issue-merged")
async def merge(telling: Telling, step: Step) -> None:
    secretary = await telling.person(step.who)
    first, *others = telling.issues
    for nth, issue in enumerate(others):
        await telling.do(step, secretary, f"{INTAKE}/issues/{issue}/merge", {"into": first}, nth)


@verb("issue-classified")
async def classify(telling: Telling, step: Step) -> None:
    secretary = await telling.person(step.who)
    body = {name: step.said[name] for name in ("category", "urgency", "kind")}
    await telling.do(step, secretary, f"{INTAKE}/issues/{telling.issues[0]}/classify", body)


@verb("issue-seconded")
async def second(telling: Telling, step: Step) -> None:
    for nth, resident in enumerate(await telling.stage.everybody(telling.story.community, step.who)):
        await telling.do(step, resident, f"{INTAKE}/issues/{telling.issues[0]}/second", nth=nth)


@verb("problem-list-published")
async def publish_problem_list(telling: Telling, step: Step) -> None:
    secretary = await telling.person(step.who)
    title = f"{telling.story.place or telling.story.community} 问题清单"
    body = {"community": telling.story.community, "title": title, "issues": telling.issues[:1]}
    drawn_up = await telling.do(step, secretary, f"{INTAKE}/problem-lists", body)
    await telling.do(step, secretary, f"{INTAKE}/problem-lists/{drawn_up}/publish", nth=1)


@verb("issue-referred")
async def refer(telling: Telling, step: Step) -> None:
    secretary = await telling.person(step.who)
    to = step.said["to"]
    referral = {"to": to} if to in ("consultation", "community") else {"to": "unit", "unit": to}
    await telling.do(step, secretary, f"{INTAKE}/issues/{telling.issues[0]}/refer", {"referral": referral})


@verb("consultation-scheduled")
async def schedule(telling: Telling, step: Step) -> None:
    secretary = await telling.person(step.who)
    telling.consultation = await _consultation(telling, secretary)
    body = {
        "venue": _venue(telling, step.said["venue"]),
        "starts_at": moment(step.said["time"]).isoformat(),
        "agenda": [telling.story.matter],
        "invites": [await _invite(telling, said) for said in step.said["invites"]],
    }
    await telling.do(step, secretary, f"{DELIBERATION}/consultations/{telling.consultation}/schedule", body)


@verb("consultation-held")
async def hold(telling: Telling, step: Step) -> None:
    secretary = await telling.person(step.who)
    telling.outcome = step.said["outcome"]
    body = {
        "attendance": number(step.said["attendance"]),
        "way": step.said["way"],
        "outcome": step.said["outcome"],
        "minutes": f"议题：{telling.story.matter}。议定：{step.said['outcome']}。",
    }
    await telling.do(step, secretary, f"{DELIBERATION}/consultations/{telling.consultation}/hold", body)


@verb("action-assigned")
async def assign(telling: Telling, step: Step) -> None:
    secretary = await telling.person(step.who)
    body = {
        "assignee": {"kind": "unit", "unit": step.said["to"]},
        "task": telling.outcome or telling.story.matter,
        "due": moment(step.said["due"]).isoformat(),
    }
    await telling.do(step, secretary, f"{DELIBERATION}/consultations/{telling.consultation}/actions", body)


@verb("work-order-accepted")
async def accept(telling: Telling, step: Step) -> None:
    operator = await telling.stage.operator(telling.story.community, step.who)

    async def ask() -> str | None:
        page = await telling.stage.get(operator.token, f"{PARTNER}/work-orders")
        ours = (telling.consultation, *telling.issues)
        return next((row["id"] for row in page["items"] if set(row["origin"].values()) & set(ours)), None)

    telling.order = await telling.stage.until(ask, "the work order to reach the unit")
    await telling.do(step, operator, f"{PARTNER}/work-orders/{telling.order}/accept")


@verb("site-surveyed")
async def survey(telling: Telling, step: Step) -> None:
    for nth in range(number(step.said.get("times", 1))):
        body = {"findings": step.said.get("text", f"第{nth + 1}次实地考察")}
        await _by_unit(telling, step, "survey", body, nth)


@verb("work-started")
async def start(telling: Telling, step: Step) -> None:
    await _by_unit(telling, step, "start", None)


@verb("work-completed")
async def complete(telling: Telling, step: Step) -> None:
    await _by_unit(telling, step, "complete", {"report": step.said.get("text", telling.story.matter)})


@verb("work-verified")
async def verify(telling: Telling, step: Step) -> None:
    worker = await telling.person(step.who)
    body = {"report": step.said.get("text", "现场核验，已完成")}
    await telling.do(step, worker, f"{PARTNER}/work-orders/{telling.order}/verify", body)


@verb("issue-rated")
async def rate(telling: Telling, step: Step) -> None:
    raiser = await telling.person(step.who)
    path = f"{INTAKE}/issues/{telling.issues[0]}"

    async def ask() -> bool:
        return (await telling.stage.get(raiser.token, path))["status"] == "closed"

    await telling.stage.until(ask, "the issue to be closed")
    await telling.do(step, raiser, f"{path}/rate", {name: step.said[name] for name in ("solved", "satisfied")})


@verb("visit-recorded")
async def visit(telling: Telling, step: Step) -> None:
    worker = await telling.person(step.who)
    body = {"community": telling.story.community, "households": step.said["households"]}
    await telling.do(step, worker, f"{INTAKE}/visits", body)


@verb("wish-registered")
async def register_wishes(telling: Telling, step: Step) -> None:
    worker = await telling.person(step.who)
    for nth, item in enumerate(step.said["items"]):
        beneficiary = await telling.person(f"beneficiary~{nth + 1}")
        body = {"community": telling.story.community, "beneficiary": str(beneficiary.id), "item": item}
        telling.wishes.append(await telling.do(step, worker, f"{VOLUNTEER}/wishes", body, nth))


@verb("wish-published")
async def publish_wishes(telling: Telling, step: Step) -> None:
    secretary = await telling.person(step.who)
    for nth, wish in enumerate(telling.wishes):
        await telling.do(step, secretary, f"{VOLUNTEER}/wishes/{wish}/publish", nth=nth)


@verb("wish-claimed")
async def claim_wishes(telling: Telling, step: Step) -> None:
    people = await telling.stage.everybody(telling.story.community, step.who)
    for nth, (member, wish) in enumerate(zip(people, telling.wishes, strict=True)):
        await telling.do(step, member, f"{VOLUNTEER}/wishes/{wish}/claim", nth=nth)


@verb("wish-delivered")
async def deliver_wishes(telling: Telling, step: Step) -> None:
    people = await telling.stage.everybody(telling.story.community, step.who)
    for nth, (member, wish) in enumerate(zip(people, telling.wishes, strict=True)):
        body = {"claim": await _claim(telling, wish)}
        await telling.do(step, member, f"{VOLUNTEER}/wishes/{wish}/deliver", body, nth)


@verb("wish-confirmed")
async def confirm_wishes(telling: Telling, step: Step) -> None:
    worker = await telling.person(step.who)
    for nth, wish in enumerate(telling.wishes):
        body = {"claim": await _claim(telling, wish)}
        await telling.do(step, worker, f"{VOLUNTEER}/wishes/{wish}/confirm", body, nth)


async def _by_unit(telling: Telling, step: Step, act: str, body: dict[str, Any] | None, nth: int = 0) -> None:
    operator = await telling.stage.operator(telling.story.community, step.who)
    await telling.do(step, operator, f"{PARTNER}/work-orders/{telling.order}/{act}", body, nth)


async def _claim(telling: Telling, wish: str) -> str:
    async def ask() -> str | None:
        row = await telling.stage.get(telling.stage.steward, f"{VOLUNTEER}/wishes/{wish}")
        return row["claims"][0]["id"] if row["claims"] else None

    return await telling.stage.until(ask, "the claim to show")


async def _consultation(telling: Telling, secretary: Person) -> str:
    async def ask() -> str | None:
        page = await telling.stage.get(
            secretary.token,
            f"{DELIBERATION}/consultations",
            community=telling.story.community,
            issue=telling.issues[0],
        )
        return page["items"][0]["id"] if page["items"] else None

    return await telling.stage.until(ask, "the consultation to be proposed")


async def _invite(telling: Telling, said: str) -> dict[str, Any]:
    who, _, capacity = said.partition(" as ")
    if any(who == unit["id"] for unit in telling.scenario.units):
        invitee: dict[str, Any] = {"kind": "unit", "unit": who}
    else:
        invitee = {"kind": "person", "person": str((await telling.person(who)).id)}
    return {"invitee": invitee, "capacity": capacity.replace(" ", "-")}


def _venue(telling: Telling, name: str) -> str:
    for venue in telling.scenario.communities[telling.story.community]["venues"]:
        if venue["name"] == name:
            return venue_code(venue)
    raise Failed(f"the scenario's community {telling.story.community} has no venue {name}")


def _compound(telling: Telling) -> str | None:
    compounds = telling.scenario.communities[telling.story.community].get("compounds", [])
    return next((one["id"] for one in compounds if one["name"] == telling.story.place), None)
