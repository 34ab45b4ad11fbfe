"""`demo`: two real stories from first word to last."""

import httpx
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from shangliang.commands.connect import settings
from shangliang.commands.errors import plain_errors
from shangliang.commands.output import AsJson, aside, console, fail, run, show_json
from shangliang.replay.account import Account, account_of, show
from shangliang.replay.scenario import Scenario, Story, read
from shangliang.replay.stage import Failed, Stage, stage
from shangliang.replay.steps import VERBS, Telling, missing
from shangliang.replay.world import prepare
from shangliang.running import require_free_port, serving, with_servers
from shangliang.services import SERVICES
from shared.settings import Environment, LogLevel, Settings
from shared.telemetry import start_logs

STORIES = ("corridor-lights", "micro-wishes")


def demo(as_json: AsJson = False) -> None:
    """Starts everything, replays two stories through the public APIs, and tells what became of them."""
    found = settings()
    quiet = {} if "log" in found.model_fields_set else {"log": LogLevel.WARNING}
    wanted = found.model_copy(update={"environment": Environment.DEVELOPMENT, "traces": 0.0, **quiet})
    start_logs(human=aside.is_terminal, level=wanted.log)
    scenario = read()
    with plain_errors():
        if _is_up(wanted):
            aside.print(f"[dim]· using what runs at port {wanted.port}[/]")
            accounts = run(_replay(wanted, scenario, quiet=as_json))
        else:
            require_free_port(wanted)
            with with_servers(wanted, lambda step: aside.print(f"[dim]· {step}[/]")) as found:
                accounts = run(_serve_and_replay(found, scenario, quiet=as_json))
    if as_json:
        show_json([account.told() for account in accounts])
    else:
        for account in accounts:
            show(account, console)
        _go_on()
    if any(account.broken for account in accounts):
        fail("A story did not end as it should: see the lines marked ✗ above.")


def _is_up(settings: Settings) -> bool:
    try:
        return httpx.get(f"http://{settings.host}:{settings.port}/healthz", timeout=2).is_success
    except httpx.HTTPError:
        return False


async def _serve_and_replay(settings: Settings, scenario: Scenario, *, quiet: bool) -> list[Account]:
    async with serving(settings, list(SERVICES.values())):
        return await _replay(settings, scenario, quiet=quiet)


async def _replay(settings: Settings, scenario: Scenario, *, quiet: bool) -> list[Account]:
    stories = [scenario.stories[name] for name in STORIES]
    columns = SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    with Progress(*columns, console=aside, disable=quiet) as progress:
        async with stage(f"http://{settings.host}:{settings.port}", settings) as one:
            try:
                await prepare(one, scenario)
                return [await _tell(one, scenario, story, progress) for story in stories]
            except Failed as error:
                fail(str(error))


async def _tell(one: Stage, scenario: Scenario, story: Story, progress: Progress) -> Account:
    if unknown := missing(story):
        raise Failed(f"{story.id} can't be replayed yet: nothing knows how to do {', '.join(unknown)}")
    task = progress.add_task(story.id, total=len(story.steps))
    telling = Telling(scenario, story, one)
    for step in story.steps:
        progress.update(task, description=f"{story.id}: {step.does}")
        await VERBS[step.does](telling, step)
        progress.advance(task)
    progress.update(task, description=f"{story.id} ✓")
    return await account_of(telling)


def _go_on() -> None:
    console.rule("接下来 · where to go on")
    console.print(
        "[bold]make up[/]                         the same system, in the foreground, on the same data\n"
        "[bold]shangliang log tail intake[/]      what stands in a service's log\n"
        "[bold]shangliang lag[/]                  how far everything is behind\n"
        "[bold]docs/tutorial[/]                   the same matter by hand, with curl",
        highlight=False,
    )
