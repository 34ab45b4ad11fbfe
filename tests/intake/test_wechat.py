"""A WeChat group's chat is read, whatever it is."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from time import perf_counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.intake.chats.wechat import LOCAL, Kind, Message, Quote, parse
from tests.intake.chatting import BY_MAIL, DESKTOP, DRAGGED, by_mail, desktop, dragged

TODAY = date(2023, 11, 22)  # a Wednesday
LIGHTS = "3号楼楼道灯又不亮了，老人上下楼摸黑"


def at(day: int, hour: int, minute: int, second: int = 0) -> datetime:
    return datetime(2023, 11, day, hour, minute, second, tzinfo=LOCAL)


def test_the_desktop_clients_copy_is_read() -> None:
    assert parse(DESKTOP, TODAY) == [
        Message("楼长-3号楼", at(20, 19, 2, 11), LIGHTS),
        Message("居民~1", at(20, 19, 3, 40), "[图片]", Kind.PICTURE),
        Message("居民~2", at(20, 19, 4, 2), "我家也是，上周就坏了", quotes=Quote("楼长-3号楼", LIGHTS)),
        Message("居民~3", at(20, 19, 5, 55), "明天谁去买菜"),
        Message("楼长-3号楼", at(20, 19, 6, 30), "[图片]", Kind.PICTURE),
        Message("居民~4", at(21, 8, 15), "南门口的垃圾好几天没人收了，太臭\n能不能反映一下"),
        Message("居民~5", at(21, 8, 15, 30), "+1"),
        Message("网格员", at(21, 8, 20), "收到，马上联系"),
    ]


def test_the_phones_mail_and_what_was_dragged_are_read() -> None:
    assert parse(BY_MAIL, TODAY) == [
        Message("楼长-3号楼", at(20, 19, 2), LIGHTS),
        Message("居民~1", at(20, 19, 3), "[图片: 5e1.jpg(请在附件中查看)]", Kind.PICTURE),
        Message("居民~4", at(21, 8, 15), "南门口的垃圾好几天没人收了，太臭\n能不能反映一下"),
    ]
    assert parse(DRAGGED, TODAY) == [
        Message("楼长-3号楼", None, LIGHTS),
        Message("居民~1", None, "[图片]", Kind.PICTURE),
    ]


@pytest.mark.parametrize(
    ("head", "said_at"),
    [
        ("居民~1 2023年11月20日 星期一 下午7:02", at(20, 19, 2)),
        ("居民~1  2023-11-20 19:02", at(20, 19, 2)),
        ("居民~1: 2023.11.20 晚上 7:02:09", at(20, 19, 2, 9)),
        ("居民~1 2023/11/20 中午12:02", at(20, 12, 2)),
        ("居民~1 2023/11/20 凌晨 0:02", at(20, 0, 2)),
        ("居民~1 昨天 19:02", at(21, 19, 2)),
        ("居民~1 星期一 19:02", at(20, 19, 2)),
        ("居民~1 周三 19:02", at(15, 19, 2)),
    ],
)
def test_times_are_read_as_the_client_writes_them(head: str, said_at: datetime) -> None:
    assert parse(f"{head}\n楼道灯不亮", TODAY) == [Message("居民~1", said_at, "楼道灯不亮")]


@pytest.mark.parametrize("line", ["明天 9:30 集合", "明天 9:30", "2023-11-21", "注意：", "居民~2 2023/13/40 25:61"])
def test_what_looks_like_a_head_of_another_shape_is_text(line: str) -> None:
    [one] = parse(f"居民~1 2023/11/20 19:02\n通知\n{line}", TODAY)
    assert one.text == f"通知\n{line}"


def test_what_the_client_says_itself_is_nobodys_message() -> None:
    said = "居民~1 2023/11/20 19:02\n居民~1撤回了一条消息\n\n居民~2 2023/11/20 19:03\n好的\n以下为新消息"
    assert parse(said, TODAY) == [Message("居民~2", at(20, 19, 3), "好的")]


letters = st.characters(categories=("L", "N", "So"), exclude_characters="号")
names = st.text(letters, min_size=1, max_size=12).filter(lambda name: name.strip() == name)
words = st.text(st.one_of(letters, st.sampled_from("，。！？ +-[]()")), min_size=1, max_size=40)
lines = words.map(lambda text: " ".join(text.split(" ")).strip()).filter(bool)
texts = st.lists(lines, min_size=1, max_size=3).map("\n".join)
times = st.integers(0, 5_000_000).map(lambda minutes: at(1, 0, 0, minutes % 60) + timedelta(minutes=minutes))
quotes = st.none() | st.builds(Quote, names, lines)
messages = st.builds(Message, names, times, texts, quotes=quotes)
chats = st.lists(messages, min_size=1, max_size=8)


def unbracketed(chat: list[Message]) -> list[Message]:
    """A text in brackets may be a picture's: that is asked elsewhere."""
    return [replace(one, text=one.text.replace("[", "(").replace("]", ")")) for one in chat]


@settings(max_examples=300, deadline=None)
@given(chats.map(unbracketed))
def test_a_chat_that_is_written_down_is_read_again(chat: list[Message]) -> None:
    assert parse(desktop(chat), TODAY) == chat
    ordered = sorted(chat, key=lambda one: one.said_at or at(1, 0, 0))
    by_minute = [replace(one, said_at=one.said_at and one.said_at.replace(second=0)) for one in ordered]
    assert parse(by_mail(by_minute), TODAY) == by_minute
    assert parse(dragged(chat), TODAY) == [replace(one, said_at=None) for one in chat]


pieces = st.sampled_from(
    [
        "居民~1 2023/11/20 19:02",
        "昨天 19:02",
        "— 2023-11-20 —",
        "居民:",
        "「甲：",
        "」",
        "- - - - -",
        "[图片]",
        "\n",
        " ",
    ]
)


@settings(max_examples=500, deadline=None)
@given(st.text() | st.lists(pieces | st.text(max_size=5), max_size=30).map("".join), st.dates())
def test_any_text_can_be_read_and_nothing_is_made_up(text: str, today: date) -> None:
    for one in parse(text, date(2023, 1, 8) if today < date.min + timedelta(days=8) else today):
        assert one.speaker in text
        assert one.text
        assert all(line in text for line in one.text.split("\n"))


@pytest.mark.parametrize(
    "text", ["甲" + " " * 1_000_000 + "乙", "「甲：」\n" * 100_000, "甲 2023/11/20 19:02\n" * 40_000, "-" * 2_000_000]
)
def test_a_large_text_takes_no_longer_than_it_is_large(text: str) -> None:
    began = perf_counter()
    parse(f"居民~1 2023/11/20 19:02\n{text}", TODAY)
    assert perf_counter() - began < 10
