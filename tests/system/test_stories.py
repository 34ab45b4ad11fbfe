"""The two real stories, through the public APIs, from first word to last."""

import asyncio

from shangliang.replay.account import Account, account_of
from shangliang.replay.scenario import read
from shangliang.replay.stage import stage
from shangliang.replay.steps import VERBS, Telling
from shangliang.replay.world import prepare
from tests.town import Town


async def told(here: Town, name: str) -> Account:
    scenario = read()
    story = scenario.stories[name]
    async with stage(str(here.http.base_url), here.settings) as one:
        await prepare(one, scenario)
        telling = Telling(scenario, story, one)
        for step in story.steps:
            await VERBS[step.does](telling, step)
        return await account_of(telling)


async def heads(here: Town) -> dict[str, int]:
    return {name: await running.log.head() for name, running in here.running.items()}


async def test_the_corridor_lights_go_on_and_told_again_nothing_is_repeated(here: Town) -> None:
    await asyncio.gather(*(here.raised() for _ in range(201)))  # so that what is told is not on the list's first page
    account = await told(here, "corridor-lights")
    assert not account.broken, account.expected
    assert {step["service"] for step in account.steps} == {"intake", "deliberation", "partner"}
    last = account.steps[-1]
    assert (last["event"], last["role"]) == ("issue-rated", "resident")
    before = await heads(here)
    again = await told(here, "corridor-lights")
    assert again.steps == account.steps
    assert await heads(here) == before


async def test_the_wishes_come_true(here: Town) -> None:
    account = await told(here, "micro-wishes")
    assert not account.broken, account.expected
    assert [step["event"] for step in account.steps].count("wish-confirmed") == 4
