"""Search over a city's issues: by who asks and how frequent the words are, within the scope of each; and how fast its
index is built."""

from dataclasses import replace
from random import Random

from bench.city import CHARACTERS, COMMUNITIES, SELDOM, SUB_DISTRICTS, TROUBLES, community, sub_district
from bench.logs import AT
from bench.measuring import percentile, seconds
from bench.result import Result
from bench.standing import analysed, city, following
from services.intake.issues.views import Ledger
from services.intake.searching.finding import Asked, find
from services.intake.searching.views import IssueWords
from services.intake.searching.words import sought
from shared.contracts.words import Role
from shared.deciding.act import Act, Grant
from shared.projecting import Reader
from shared.web.reading import Part, Reading

GOAL = 50.0
"""Milliseconds."""
MIB = "select pg_total_relation_size(('views.issue_words_' || max(build))::regclass) / 1048576.0 from views.view_build"


def asking(who: str, random: Random) -> tuple[Act, Asked]:
    """Somebody who looks for something: words that one in eight issues has, or one in thirty, or next to none; half of
    them only what is open, or withdrawn (which nothing is), or of a category."""
    of = random.randrange(COMMUNITIES)
    grants = {
        "worker": [Grant(Role.SECRETARY, community(of))],
        "officer": [Grant(Role.OFFICER, one) for one in sub_district(of % SUB_DISTRICTS)],
    }[who]
    category = random.choice(list(TROUBLES))
    trouble = random.choice(TROUBLES[category])
    text = random.choice(
        (
            trouble[:2],
            trouble[:4],
            trouble,
            random.choice(SELDOM)[:2],
            "".join(random.sample(CHARACTERS, 2)),
            f"{random.randrange(1, 30)}号楼 {trouble[:2]}",
        )
    )
    asked = Asked(tuple(sought(text)))
    narrowed = (asked, replace(asked, status="withdrawn"), replace(asked, status="raised"))
    asked = random.choice((asked, asked, *narrowed, replace(asked, category=category)))
    return Act("somebody", AT, tuple(grants)), asked


async def search(server: str, number: int, asked: int) -> list[Result]:
    """The 95th percentile of a page of 20, one caller at a time, over all who ask; and each by themselves."""
    async with city(server, number) as (log, uri, own):
        async with following(uri, own, log, [IssueWords]) as built:
            pass
        mib = float(await log.pool.fetchval(MIB))
        async with following(uri, own, log, [Ledger, IssueWords]) as followed:
            await analysed(uri)
            taken = {who: await _taken(followed.reader, who, asked) for who in ("worker", "officer")}
    every = [one for some in taken.values() for one in some]
    figures = {f"p95 ms of a {who}": percentile(some, 0.95) * 1e3 for who, some in taken.items()}
    figures |= {"p50 ms": percentile(every, 0.5) * 1e3, "slowest ms": max(every) * 1e3, "issues": float(number)}
    figures |= {"issues/s into the index": number / built.seconds, "MiB of the index": mib}
    return [Result("search_p95_ms", percentile(every, 0.95) * 1e3, GOAL, "lower", figures, unit="ms")]


async def _taken(reader: Reader, who: str, asked: int) -> list[float]:
    random = Random(7)
    taken: list[float] = []
    for _ in range(asked):
        act, wanted = asking(who, random)
        taken.append(await seconds(lambda: find(Reading(reader, None, None), act, wanted, Part(None, 20))))  # noqa: B023
    return taken
