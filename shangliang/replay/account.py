"""What became of a story: step by step as portal tells it, and what each service knows in the end."""

import asyncio
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from shangliang.replay.scenario import LOCAL, number
from shangliang.replay.steps import DELIBERATION, INTAKE, PARTNER, VOLUNTEER, Telling

PORTAL, NOTIFY = "/api/portal/v1", "/api/notify/v1"


@dataclass(frozen=True)
class Account:
    """One story: its steps in order, what services know of it, and whether it ended as expected."""

    story: str
    matter: str
    community: str
    steps: list[dict[str, Any]]
    knows: dict[str, str]
    expected: list[tuple[str, bool]]

    @property
    def broken(self) -> bool:
        return not all(held for _, held in self.expected)

    def told(self) -> dict[str, Any]:
        return asdict(self)


async def account_of(telling: Telling) -> Account:
    """Asks each service. Raises Failed where a story's steps do not show in time."""
    steps = await _story(telling)
    knows: dict[str, str] = {}
    expected: list[tuple[str, bool]] = []
    if telling.issues:
        expected = await _issue(telling, knows, steps)
    if telling.wishes:
        expected += await _wishes(telling, knows, steps)
    return Account(telling.story.id, telling.story.matter, telling.story.community, steps, knows, expected)


async def _story(telling: Telling) -> list[dict[str, Any]]:
    matters = telling.issues[:1] or telling.wishes
    secretary = (await telling.person("secretary")).token
    wanted = {step.does for step in telling.story.steps} - {"visit-recorded"}

    async def ask() -> list[dict[str, Any]] | None:
        stories = [await telling.stage.get(secretary, f"{PORTAL}/stories/{matter}") for matter in matters]
        steps = [step for story in stories for step in story["steps"]]
        return steps if wanted <= {step["event"] for step in steps} else None

    await telling.stage.until(lambda: _listed(telling, matters), "the story to show in portal")
    steps: list[dict[str, Any]] = await telling.stage.until(ask, "every step to show in portal")
    await asyncio.sleep(0.3)  # what follows the last step by itself
    steps = await ask() or steps
    return sorted(steps, key=lambda step: datetime.fromisoformat(step["at"]))


async def _listed(telling: Telling, matters: list[str]) -> bool:
    secretary = (await telling.person("secretary")).token
    missing, cursor = set(matters), ""
    while missing and cursor is not None:  # newest first: behind all that the community has heard of since
        asked = {"community": telling.story.community, "limit": "200"} | ({"after": cursor} if cursor else {})
        page = await telling.stage.get(secretary, f"{PORTAL}/stories", **asked)
        missing -= {row["id"] for row in page["items"]}
        cursor = page["next"]
    return not missing


async def _issue(telling: Telling, knows: dict[str, str], steps: list[dict[str, Any]]) -> list[tuple[str, bool]]:
    get = telling.stage.get
    secretary = (await telling.person("secretary")).token
    issue = await get(secretary, f"{INTAKE}/issues/{telling.issues[0]}")
    rating = issue["ratings"][-1] if issue["ratings"] else None
    said = f"{issue['status']}，附议 {issue['seconds']}，合并 {len(issue['merged'])} 件"
    knows["intake"] = said + ("，提出人：已解决、满意" if rating and rating["satisfied"] else "")
    if telling.consultation:
        held = await get(secretary, f"{DELIBERATION}/consultations/{telling.consultation}")
        knows["deliberation"] = f"{held['status']}，{held['attendance']} 人到会：{held['outcome']}"
    if telling.order:
        order = await get(secretary, f"{PARTNER}/work-orders/{telling.order}")
        knows["partner"] = f"{order['unit']} 的工单 {order['status']}：{order['report']}"
    raiser = await telling.person("resident~1")
    page = await get(raiser.token, f"{NOTIFY}/messages")
    knows["notify"] = f"告知提出人 {len(page['items'])} 次：" + "；".join(
        row["text"] for row in reversed(page["items"])
    )
    expect = telling.story.expect
    shown = {step["event"] for step in steps}
    open_ = [one for one in telling.issues if (await get(secretary, f"{INTAKE}/issues/{one}"))["status"] != "merged"]
    return [
        (f"issue: {expect.get('issue', 'closed')}", issue["status"] == expect.get("issue", "closed")),
        (f"matters: {len(open_)}", len(open_) == number(expect.get("matters", 1))),
        (f"seconds: {issue['seconds']}", issue["seconds"] == number(expect.get("seconds", issue["seconds"]))),
        ("story shows every step", {step.does for step in telling.story.steps} <= shown),
    ]


async def _wishes(telling: Telling, knows: dict[str, str], steps: list[dict[str, Any]]) -> list[tuple[str, bool]]:
    get = telling.stage.get
    secretary = (await telling.person("secretary")).token
    rows = [await get(secretary, f"{VOLUNTEER}/wishes/{wish}") for wish in telling.wishes]
    knows["volunteer"] = "；".join(f"{row['item']} {row['status']}" for row in rows)
    visits = await get(secretary, f"{INTAKE}/visits", community=telling.story.community)
    knows["intake"] = f"入户走访 {len(visits['items'])} 次：" + "、".join(visits["items"][0]["households"])
    worker = await telling.person("grid-worker")
    page = await get(worker.token, f"{NOTIFY}/messages")
    knows["notify"] = f"告知网格员 {len(page['items'])} 次"
    confirmed = sum(row["status"] == "confirmed" for row in rows)
    shown = {step["event"] for step in steps} | {"visit-recorded"}
    return [
        (f"{confirmed} of {len(rows)} wishes confirmed", confirmed == len(rows)),
        ("story shows every step", {step.does for step in telling.story.steps} <= shown),
    ]


def show(account: Account, console: Console) -> None:
    """The story for a person to read, in 80 columns or more: day by day, what was done several times in one line."""
    console.print()
    console.rule(f"[bold]{account.story}[/]")
    console.print(account.matter)
    lines = _lines(account.steps)
    widths = [max(cell_len(line[column]) for _, line in lines) for column in range(len(lines[0][1]) - 1)]
    told: set[str] = set()
    for day, of_day in groupby(lines, lambda line: line[0]):
        console.print(f"\n[bold]{day}[/]", highlight=False)
        table = Table.grid(padding=(0, 2))
        for width, style in zip(widths, ("", "cyan", "bold", ""), strict=True):
            table.add_column(width=width, style=style)
        table.add_column(overflow="fold")
        for _, (*first, says) in of_day:
            table.add_row(*first, Text(says, no_wrap=says in told, overflow="ellipsis" if says in told else "fold"))
            told.add(says)
        console.print(table)
    console.print()
    knows = Table.grid(padding=(0, 2))
    for service, said in account.knows.items():
        knows.add_row(Text(service, style="cyan"), said.replace("；", "\n"))
    console.print(knows)
    for what, held in account.expected:
        console.print(f"[green]✓[/] {what}" if held else f"[red]✗ {what}[/]", highlight=False)


def _lines(steps: list[dict[str, Any]]) -> list[tuple[str, tuple[str, ...]]]:
    """Each line's day, and its time, service, event, role, and what was said: like steps in a row are one line."""
    times = [datetime.fromisoformat(step["at"]).astimezone(LOCAL) for step in steps]
    said = [
        (f"{at:%Y-%m-%d}", f"{at:%H:%M}", step["service"], step["event"], step["role"], step["says"] or "")
        for at, step in zip(times, steps, strict=True)
    ]
    counted = ((one, len(list(alike))) for one, alike in groupby(said))
    return [
        (day, (time, service, event if number == 1 else f"{event} ×{number}", role, says))
        for (day, time, service, event, role, says), number in counted
    ]
