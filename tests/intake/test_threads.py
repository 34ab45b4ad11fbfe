"""Which messages of a chat are one matter, what it is about, and where."""

from datetime import date, datetime, timedelta
from time import perf_counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.intake.chats.guessing import CATEGORIES, TROUBLES, Guess, Known, category, place
from services.intake.chats.threads import MOST, text_of, threads
from services.intake.chats.wechat import LOCAL, Kind, Message, Quote, parse
from tests.intake.chatting import DESKTOP

TODAY = date(2023, 11, 22)
KNOWN = (
    Known("ruyi", "如意小区"),
    Known("nongji", "农机局小区"),
    Known("ruyi-3", "3号楼", "ruyi"),
    Known("ruyi-4", "4号楼", "ruyi"),
    Known("nongji-3", "3号楼", "nongji"),
    Known("nongji-7", "7栋", "nongji"),
)
LIGHTS, RUBBISH = "公共设施/照明", "环境卫生"
BEGAN = datetime(2023, 11, 20, 19, 0, tzinfo=LOCAL)


def said(text: str, minutes: float = 0, speaker: str = "居民~1", kind: Kind = Kind.TEXT, **more: Quote) -> Message:
    return Message(speaker, BEGAN + timedelta(minutes=minutes), text, kind, **more)


def test_a_chat_has_two_matters_and_some_chatter() -> None:
    chat = parse(DESKTOP, TODAY)
    lights, rubbish = threads(chat, KNOWN, "如意小区业主群")
    assert [chat[one].speaker for one in lights.messages] == ["楼长-3号楼", "居民~2", "楼长-3号楼"]
    assert (lights.category.value, lights.place) == (LIGHTS, Guess("ruyi-3", 85))
    assert text_of(chat, lights) == "3号楼楼道灯又不亮了，老人上下楼摸黑"
    assert [chat[one].speaker for one in rubbish.messages] == ["居民~4", "居民~5"]
    assert rubbish.category.value == RUBBISH


def test_a_reply_belongs_to_what_it_answers_however_late_and_a_place_of_its_own_parts_two_matters() -> None:
    chat = [
        said("3号楼楼道灯不亮"),
        said("4号楼楼道灯也坏了好几天", 5, "居民~2"),
        said("今晚还是黑的", 5_000, "居民~3", quotes=Quote("居民~1", "3号楼楼道…")),
    ]
    three, four = threads(chat, KNOWN, "如意小区")
    assert (three.messages, three.place.value) == ([0, 2], "ruyi-3")
    assert (four.messages, four.place.value) == ([1], "ruyi-4")


def test_the_same_trouble_much_later_is_another_matter() -> None:
    chat = [said("楼道灯不亮"), said("楼道灯不亮", 60 * 5), said("楼道灯不亮", 60 * 24)]
    assert [one.messages for one in threads(chat)] == [[0, 1], [2]]


def test_a_picture_belongs_to_what_its_sender_has_said_just_before() -> None:
    chat = [said("楼道灯不亮"), said("[图片]", 2, kind=Kind.PICTURE), said("[图片]", 2, "居民~2", Kind.PICTURE)]
    assert [one.messages for one in threads(chat)] == [[0, 1]]


@pytest.mark.parametrize("text", ["早上好", "有人拼单买菜吗", "电梯到了", "谁捡到一只手套"])
def test_chatter_is_no_matter(text: str) -> None:
    assert threads([said(text)]) == []


@pytest.mark.parametrize(
    ("text", "group", "guess"),
    [
        ("如意小区３ 号楼灯不亮", "", Guess("ruyi-3", 95)),
        ("3栋灯不亮", "农机局小区3群", Guess("nongji-3", 85)),
        ("3号楼灯不亮", "", Guess()),
        ("7号楼2单元灯不亮", "", Guess("nongji-7", 60)),
        ("如意小区门口太黑", "", Guess("ruyi", 70)),
        ("门口太黑", "如意小区业主群", Guess("ruyi", 40)),
        ("99号楼灯不亮", "", Guess()),
    ],
)
def test_a_place_is_guessed_from_what_is_said_and_where_the_group_is_at_home(
    text: str, group: str, guess: Guess
) -> None:
    assert place([text], KNOWN, group) == guess


def test_a_category_is_surer_with_each_word_and_less_sure_where_others_are_said() -> None:
    once, twice = category(["楼道灯"]), category(["楼道灯不亮，没有灯"])
    both = category(["楼道灯旁的垃圾"])
    assert once.value == twice.value == LIGHTS
    assert twice.confidence > once.confidence > both.confidence > 0
    assert category(["早上好"]) == Guess()


words = st.sampled_from([*TROUBLES, *(word for words in CATEGORIES.values() for word in words), "3号楼", "+1", "早"])
heard = st.builds(
    said,
    st.lists(words, min_size=1, max_size=4).map("".join),
    st.integers(0, 3_000),
    st.sampled_from(["居民~1", "居民~2"]),
)


@settings(max_examples=200, deadline=None)
@given(st.lists(heard, max_size=20))
def test_a_message_is_in_one_matter_at_most_and_every_matter_has_a_trouble(chat: list[Message]) -> None:
    found = threads(chat, KNOWN)
    numbers = [number for one in found for number in one.messages]
    assert len(numbers) == len(set(numbers))
    for one in found:
        assert one.troubles
        assert set(one.troubles) <= set(one.messages)
        assert one.category.value in CATEGORIES
        assert 0 < one.category.confidence <= 100
        assert 0 <= one.place.confidence <= 100
        assert text_of(chat, one)


def test_a_matter_that_is_spoken_of_for_long_becomes_another_one() -> None:
    for_days = [said("楼道灯不亮", 60 * hour) for hour in range(0, 24 * 7, 4)]
    assert len(threads(for_days)) == 3
    all_at_once = [said("楼道灯不亮", 0, f"居民~{number}") for number in range(MOST + 5)]
    assert [len(one.messages) for one in threads(all_at_once)] == [MOST, 5]


def test_a_large_chat_takes_no_longer_than_it_is_large() -> None:
    chat = [said("楼道灯不亮，3号楼" if number % 2 else "+1", number) for number in range(10_000)]
    began = perf_counter()
    threads(chat, KNOWN)
    assert perf_counter() - began < 20
