"""A text is found by any two characters that stand beside each other in it, and PostgreSQL says the same as we do."""

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import given as for_all
from hypothesis import strategies as st

from services.intake.searching.words import Sought, matches, quoted, sought, tsquery, tsvector, words
from shared.eventlog.log import Log

SAID = st.text(st.sampled_from("楼道灯不亮3号12ab ａ１，。'\\ 　ß"), max_size=12)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("楼道灯", {"楼道", "道灯", "灯"}),
        ("3 号楼，没水", {"3", "3号", "号楼", "楼", "没水", "水"}),
        ("１３号楼", {"13", "13号", "号楼", "楼"}),
        ("修WiFi", {"修wifi", "wifi"}),
        ("no light", {"no", "light"}),
        ("……", set[str]()),
    ],
)
def test_neighbours_are_words(text: str, found: set[str]) -> None:
    assert words((text, None)) == found


@pytest.mark.parametrize(
    ("asked", "text", "there"),
    [
        ("灯", "楼道灯不亮", True),
        ("灯", "换个灯", True),
        ("楼灯", "楼道灯不亮", False),
        ("3号楼", "3 号楼没水", True),
        ("3号楼", "13号楼没水", False),
        ("3", "13号楼", False),
        ("楼道 不亮", "楼道灯不亮", True),
        ("楼道 停水", "楼道灯不亮", False),
        ("wif", "没有WiFi", True),
        ("灯，亮", "灯不亮", True),
    ],
)
def test_all_that_is_asked_for_is_to_be_there(asked: str, text: str, there: bool) -> None:
    assert matches(sought(asked), words((text,))) is there


@for_all(st.text(st.sampled_from("楼道灯不亮 ，"), max_size=12), st.integers(0, 12))
def test_two_characters_of_a_text_find_it(text: str, at: int) -> None:
    assert matches(sought(text[at : at + 2]), words((text,)))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@for_all(SAID, SAID)
async def test_postgresql_finds_the_same(log: Log, asked: str, text: str) -> None:
    query = tsquery(sought(asked))
    said = await log.pool.fetchval("select $1::text::tsvector @@ $2::text::tsquery", tsvector(words((text,))), query)
    assert said is (None if query is None else matches(sought(asked), words((text,))))


async def test_no_mark_says_anything_but_itself(log: Log) -> None:
    mark = "place:yaopo/'\\: & !"
    assert await log.pool.fetchval("select tsvector_to_array($1::text::tsvector)", quoted(mark)) == [mark]
    assert await log.pool.fetchval("select $1::text::tsquery @@ $2::text::tsvector", quoted(mark), quoted(mark))
    assert tsquery([Sought("灯", begun=True)], mark) == f"'灯':* & {quoted(mark)}"
