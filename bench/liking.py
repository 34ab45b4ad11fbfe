"""What is like a text: how many of the labelled pairs are found, and how long it takes."""

from datetime import UTC, datetime

from bench.city import community
from bench.measuring import percentile, seconds
from bench.pairs import pairs, recall
from bench.result import Result
from bench.standing import analysed, city, following
from services.intake.chats.gazetteer import Gazetteer
from services.intake.issues.views import Ledger
from services.intake.searching.views import IssueWords
from services.intake.searching.words import words
from services.intake.similar.looking import like


async def similar(server: str, number: int, asked: int) -> list[Result]:
    """Recall at 5 of the labelled pairs; and the 95th percentile of looking for what is like one of their texts, all
    issues in one community, one caller at a time."""
    among, parts = pairs()
    every = [one for some in parts.values() for one in some]
    found = {f"{part}, {len(some)} pairs": recall(among, some) for part, some in parts.items()}
    found |= {f"{part}, as neighbours": recall(among, some, by_neighbours=True) for part, some in parts.items()}
    now, of = datetime.now(UTC), community(0)
    said = [words((one.said,)) for one in (every * (1 + asked // len(every)))[:asked]]
    async with (
        city(server, number, communities=1) as (log, uri, own),
        following(uri, own, log, [Ledger, IssueWords, Gazetteer]) as followed,
    ):
        await analysed(uri)
        taken = [await seconds(lambda: like(followed.reader, of, one, "b-3", now)) for one in said]  # noqa: B023
    figures = {"p50 ms": percentile(taken, 0.5) * 1e3, "issues": float(number)}
    return [
        Result("similar_recall_at_5", recall(among, every), 0.9, "higher", found, unit="of pairs"),
        Result("similar_p95_ms", percentile(taken, 0.95) * 1e3, 20, "lower", figures, unit="ms"),
    ]
