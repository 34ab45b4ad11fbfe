"""A WeChat group's chat as text: who said what, when, and in answer to what.

Three shapes are read: each message's head with its date (the desktop client's copy and its window of a chat's history);
days on lines of their own, and heads with the time only (the phone's chat by e-mail); and, where there is neither, no
more than names (what is copied by dragging). Any text can be read: what is no head belongs to the message before it."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

LOCAL = ZoneInfo("Asia/Shanghai")
"""What the client's clock shows."""
LONGEST = 2_000
"""Characters of a message that are kept."""
LONGEST_NAME = 64
LONGEST_HEAD = 200
"""Characters of a line that can be a head: the patterns are never tried on more."""

_WEEKDAY = r"(?:星期|周)[一二三四五六日天]"
_DATE = rf"(?P<year>(?:19|20)\d\d)[-/.年](?P<month>\d{{1,2}})[-/.月](?P<day>\d{{1,2}})日?(?:[ \t]*{_WEEKDAY})?"
_AGO = rf"(?P<ago>今天|昨天|前天|{_WEEKDAY})"
_HALF = r"(?P<half>凌晨|早上|上午|中午|下午|晚上)"
_TIME = rf"(?:{_HALF}[ \t]*)?(?P<hour>\d{{1,2}})[:：](?P<minute>\d\d)(?:[:：](?P<second>\d\d))?"
_NAME = rf"(?P<name>\S(?:.{{0,{LONGEST_NAME - 2}}}?\S)??)[ \t]*[:：]?"
_DATED = re.compile(rf"{_NAME}[ \t]+(?:{_DATE}|{_AGO})[ \t]*{_TIME}")
_TIMED = re.compile(rf"{_NAME}[ \t]+{_TIME}")
_NAMED = re.compile(rf"(?P<name>\S(?:.{{0,{LONGEST_NAME - 2}}}?\S)??)[:：]")
_DAY = re.compile(rf"[—–─\- \t]*{_DATE}[—–─\- \t]*")
_QUOTE = re.compile(r"「(?P<name>.{1,64}?)[:：](?P<text>.*)」\n[- —]{5,}\n(?P<rest>.*)", re.DOTALL)
_REPLY = re.compile(r"(?P<rest>.*)\n(?:引用|回复)[ \t]*(?P<name>.{1,64}?)[ \t]*[:：](?P<text>[^\n]*)", re.DOTALL)
_BRACKETED = re.compile(
    r"\[(?P<what>图片|照片|视频|语音|文件|动画表情|位置|链接|聊天记录|小程序|名片)[^\[\]\n]*\][^\n]*"
)
_SYSTEM = re.compile(
    r"以下为新消息|.{1,80}(?:撤回了一条消息|加入了?群聊|修改群名为.*|拍了拍.*)|\"?.{1,80}邀请.{1,80}加入了?群聊"
)
_AFTERNOON = frozenset({"下午", "晚上", "中午"})
_WEEK = {"一": 0, "二": 1, "三": 2, "四": 3, "五": 4, "六": 5, "日": 6, "天": 6}


class Kind(StrEnum):
    """What a message is; all but text stand in brackets in the chat."""

    TEXT = "text"
    PICTURE = "picture"
    VIDEO = "video"
    VOICE = "voice"
    FILE = "file"
    OTHER = "other"


_KINDS = {"图片": Kind.PICTURE, "照片": Kind.PICTURE, "视频": Kind.VIDEO, "语音": Kind.VOICE, "文件": Kind.FILE}


@dataclass(frozen=True, slots=True)
class Quote:
    """What a message answers: whose words, and how they begin."""

    speaker: str
    text: str


@dataclass(frozen=True, slots=True)
class Message:
    """`said_at` carries its offset; None where the chat does not say when."""

    speaker: str
    said_at: datetime | None
    text: str
    kind: Kind = Kind.TEXT
    quotes: Quote | None = None


@dataclass(frozen=True, slots=True)
class _Head:
    speaker: str
    said_at: datetime | None


_ReadHead = Callable[[str, date | None], _Head | None]


def parse(text: str, today: date) -> list[Message]:
    """The messages, in the chat's order; `today` is what words such as 昨天 are counted from."""
    lines = [line.strip() for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    shapes: list[_ReadHead] = [lambda line, _: _dated(line, today), _timed]
    counts = [sum(1 for _ in _parts(lines, shape)) for shape in shapes]
    read = shapes[counts.index(max(counts))] if any(counts) else _named
    return [message for head, body in _parts(lines, read) if (message := _message(head, body))]


def _parts(lines: Iterable[str], read: _ReadHead) -> Iterator[tuple[_Head, list[str]]]:
    day: date | None = None
    head: _Head | None = None
    body: list[str] = []
    for line in lines:
        short = len(line) <= LONGEST_HEAD
        found = read(line, day) if short else None
        marked = _day(line) if short and read is _timed else None
        if found or marked:
            if head:
                yield head, body
            head, body, day = found, [], marked or day
        else:
            body.append(line)
    if head:
        yield head, body


def _dated(line: str, today: date) -> _Head | None:
    if match := _DATED.fullmatch(line):
        day = _days_ago(match["ago"], today) if match["ago"] else _date_of(match)
        return _headed(match, day)
    return None


def _timed(line: str, day: date | None) -> _Head | None:
    match = _TIMED.fullmatch(line)
    return _headed(match, day) if match and day else None


def _named(line: str, _: date | None) -> _Head | None:
    match = _NAMED.fullmatch(line)
    return _Head(match["name"], None) if match else None


def _headed(match: re.Match[str], day: date | None) -> _Head | None:
    clock = _time_of(match)
    return _Head(match["name"], datetime.combine(day, clock, LOCAL)) if day and clock else None


def _day(line: str) -> date | None:
    match = _DAY.fullmatch(line)
    return _date_of(match) if match else None


def _date_of(match: re.Match[str]) -> date | None:
    try:
        return date(int(match["year"]), int(match["month"]), int(match["day"]))
    except ValueError:
        return None


def _time_of(match: re.Match[str]) -> time | None:
    hour = int(match["hour"])
    if match["half"] in _AFTERNOON and 1 <= hour < (11 if match["half"] == "中午" else 12):
        hour += 12
    try:
        return time(hour, int(match["minute"]), int(match["second"] or 0))
    except ValueError:
        return None


def _days_ago(said: str, today: date) -> date:
    """The day that a word means: of weekdays the last one before today."""
    days = {"今天": 0, "昨天": 1, "前天": 2}.get(said)
    return today - timedelta(days=(today.weekday() - _WEEK[said[-1]] - 1) % 7 + 1 if days is None else days)


def _message(head: _Head, body: list[str]) -> Message | None:
    """None where nothing was said, or nobody said it."""
    said = "\n".join(line for line in body if not _SYSTEM.fullmatch(line)).strip()
    quotes = None
    if match := _QUOTE.fullmatch(said) or _REPLY.fullmatch(said):
        quotes, said = Quote(match["name"].strip(), match["text"].strip()[:LONGEST]), match["rest"].strip()
    if not said:
        return None
    bracketed = _BRACKETED.fullmatch(said)
    kind = _KINDS.get(bracketed["what"], Kind.OTHER) if bracketed else Kind.TEXT
    return Message(head.speaker, head.said_at, said[:LONGEST], kind, quotes)
