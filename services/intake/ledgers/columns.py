"""The ledger 台账 in columns: an issue's row as a line of the sheet, and a line of a sheet as an issue to be raised."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from services.intake.chats.guessing import Known
from shared.contracts.intake import Kind, Urgency
from shared.contracts.words import Channel

LOCAL = ZoneInfo("Asia/Shanghai")
LEDGER = UUID("0c6f2a54-5b0e-5a7e-9f0b-7d1f5ce7a1aa")
"""The name space of the ids of lines that have none."""
NUMBER, ID, CHANNEL, RAISED_AT, GRID, PLACE = "序号", "编号", "来源", "接件时间", "网格", "楼栋单元"
NAME, CONTACT, CATEGORY, TEXT, URGENCY = "姓名(可匿名)", "联系方式(脱敏)", "类别", "诉求内容", "紧急程度"
CLOSED_AT, OUTCOME = "办结时间", "办理情况"
COLUMNS = (
    *(NUMBER, ID, CHANNEL, RAISED_AT, GRID, PLACE, NAME, CONTACT, CATEGORY, TEXT, URGENCY),
    *("是否重复/关联编号", "处置方式", "责任单位", "责任人", "办理时限", OUTCOME, CLOSED_AT, "是否超期", "延期理由"),
    *("回访时间", "回访人", "是否解决", "满意度", "公示链接", "备注"),
)
NEEDED = (RAISED_AT, TEXT)
"""Columns that a sheet can't be taken in without."""
TIMES = frozenset({RAISED_AT, "办理时限", CLOSED_AT, "回访时间"})
CHANNELS: Mapping[str, str] = {
    Channel.PAVILION: "议事亭",
    Channel.HOME_VISIT: "入户走访",
    Channel.WECHAT_GROUP: "微信群",
    Channel.HOTLINE: "热线电话",
    Channel.WEB: "网上",
    Channel.SURVEY: "问卷",
    Channel.OPEN311: "Open311",
}
URGENCIES: Mapping[str, str] = {Urgency.LOW: "不急", Urgency.NORMAL: "一般", Urgency.HIGH: "紧急"}
STATUSES: Mapping[str, str] = {
    "raised": "待受理",
    "acknowledged": "已受理",
    "referred": "办理中",
    "merged": "已合并",
    "closed": "已办结",
    "withdrawn": "已撤回",
}
REFERRALS: Mapping[str, str] = {"consultation": "转协商", "unit": "转共建单位", "community": "社区自办"}
Cell = str | int | datetime | None


@dataclass(frozen=True, slots=True)
class Places:
    """The names of a community's places, by their codes."""

    known: Mapping[str, Known]
    grid_of: Mapping[str, str]

    def name(self, code: str) -> str:
        """A compound's name, or a building's after its compound's."""
        place = self.known.get(code)
        if place is None:
            return code
        compound = self.known.get(place.compound or "")
        return f"{compound.name}{place.name}" if compound else place.name

    def grid(self, code: str) -> str | None:
        """The grid that a building is in, or the place is."""
        return self.grid_of.get(code)


def line(number: int, row: Mapping[str, Any], places: Places, published_at: str) -> list[Cell]:
    """An issue's row of the ledger, cell by cell. Who raised it is told by the pseudonym only; what the row does not
    know is empty. What is published is read at the address `published_at`, with the id after it."""
    place: str | None = row["place"]
    detail: str | None = row["where"]["detail"]
    grid = places.grid(place) if place else None
    named = places.name(place) if place and place != grid else ""
    due = row.get("deadlines", {}).get("finish", {}).get("due")
    rated: Mapping[str, Any] = row["ratings"][-1] if row["ratings"] else {}
    referral: Mapping[str, str] = row["referral"] or {}
    said: dict[str, Cell] = {
        NUMBER: number,
        ID: row["id"],
        CHANNEL: CHANNELS[row["channel"]],
        RAISED_AT: _local(row["raised_at"]),
        GRID: places.name(grid) if grid else None,
        PLACE: " ".join(one for one in (named, detail) if one) or None,
        NAME: row["raised_by"],
        CATEGORY: row["category"],
        TEXT: row["text"],
        URGENCY: URGENCIES.get(row["urgency"] or ""),
        "是否重复/关联编号": "；".join([*([row["merged_into"]] if row["merged_into"] else []), *row["merged"]]) or None,
        "处置方式": REFERRALS.get(referral.get("to", "")),
        "责任单位": referral.get("unit"),
        "办理时限": _local(due),
        OUTCOME: row["outcome"] or STATUSES[row["status"]],
        CLOSED_AT: _local(row["closed_at"]),
        "是否超期": _yes(row.get("overdue")),
        "回访时间": _local(rated.get("at")),
        "是否解决": _yes(rated.get("solved")),
        "满意度": {True: "满意", False: "不满意"}.get(rated.get("satisfied", "")),
        "公示链接": f"{published_at}/{row['id']}" if row["published"] else None,
        "备注": "已上报街道" if row["escalated"] else None,
    }
    return [said.get(column) for column in COLUMNS]


def _local(time: str | None) -> datetime | None:
    """Excel knows no time zones: China's clock."""
    return datetime.fromisoformat(time).astimezone(LOCAL).replace(tzinfo=None) if time else None


def _yes(said: bool | None) -> str | None:
    return None if said is None else "是" if said else "否"


@dataclass(frozen=True, slots=True)
class Line:
    """A line to be raised as the issue of that `id`; times with their offset. A time of closing has its outcome."""

    id: UUID
    channel: Channel
    raised_at: datetime
    text: str
    place: str | None = None
    detail: str | None = None
    by: UUID | None = None
    category: str | None = None
    urgency: Urgency = Urgency.NORMAL
    kind: Kind = Kind.PERSONAL
    closed_at: datetime | None = None
    outcome: str | None = None


class Wrong(ValueError):
    """What is to be changed in which column."""

    def __init__(self, column: str, zh: str, en: str):
        super().__init__(en)
        self.column, self.zh, self.en = column, zh, en


def read_line(community: str, said: Mapping[str, Any], places: Mapping[str, str], now: datetime) -> Line:
    """A line of the sheet by its columns; `places` are codes by the names that a line may call them. Its id is its
    number, if that is an issue's, else follows from its number, or from what it says: so the same line is the same
    issue, whenever it is taken in. Raises Wrong."""
    text = _text(said, TEXT, 4_000)
    raised_at = _time(said, RAISED_AT, now)
    if text is None or raised_at is None:
        column = TEXT if text is None else RAISED_AT
        raise Wrong(column, f"请填写{column}。", "Fill this in.")
    closed_at = _time(said, CLOSED_AT, now)
    if closed_at and closed_at < raised_at:
        raise Wrong(CLOSED_AT, "办结时间不能早于接件时间。", "It can't be closed before it is raised.")
    named = _text(said, PLACE, 200)
    grid = _text(said, GRID, 200)
    outcome = _text(said, OUTCOME, 4_000) or STATUSES["closed"]
    number = _text(said, ID, 64)
    code = places.get(named or "") or places.get(grid or "")
    return Line(
        id=_uuid(number) or uuid5(LEDGER, f"{community}|{number or f'{raised_at.isoformat()}|{named}|{text}'}"),
        channel=_one_of(said, CHANNEL, CHANNELS, Channel) or Channel.WEB,
        raised_at=raised_at,
        text=text,
        place=code,
        detail=None if named in places else named,
        by=_uuid(_text(said, NAME, 200)),
        category=_text(said, CATEGORY, 200),
        urgency=_one_of(said, URGENCY, URGENCIES, Urgency) or Urgency.NORMAL,
        closed_at=closed_at,
        outcome=outcome if closed_at else None,
    )


def _text(said: Mapping[str, Any], column: str, longest: int) -> str | None:
    value = said.get(column)
    if isinstance(value, date):
        raise Wrong(column, "应为文字，Excel 里却是日期。", "Text is wanted, and Excel holds a date.")
    text = "" if value is None else str(value).strip()
    if len(text) > longest or "\x00" in text:
        raise Wrong(column, f"最多 {longest} 个字。", f"At most {longest} characters.")
    return text or None


def _time(said: Mapping[str, Any], column: str, now: datetime) -> datetime | None:
    value = said.get(column)
    if value is None:
        return None
    try:
        match value:
            case datetime():
                at = value
            case date():
                at = datetime.combine(value, time(0))
            case str():
                at = datetime.fromisoformat(value.strip().replace("/", "-"))
            case _:
                raise ValueError(column)
    except ValueError:
        raise Wrong(column, "请写成日期时间，如 2023-11-24 15:04。", "Write a time such as 2023-11-24 15:04.") from None
    at = at if at.tzinfo else at.replace(tzinfo=LOCAL)
    if not 1900 < at.year < 2999 or at > now:
        raise Wrong(column, "时间须在 1901 年以后，不晚于现在。", "The time must be after 1900 and not in the future.")
    return at


def _one_of(said: Mapping[str, Any], column: str, names: Mapping[str, str], kind: Any) -> Any:
    text = _text(said, column, 200)
    if text is None:
        return None
    for value, name in names.items():
        if text in (name, str(value)):
            return kind(value)
    raise Wrong(column, f"请填写其中之一：{'、'.join(names.values())}。", f"One of {', '.join(names)}.")


def _uuid(text: str | None) -> UUID | None:
    """An id that an exported line has; in the place of a person's, a name is not kept."""
    try:
        return UUID(text) if text else None
    except ValueError:
        return None


def codes_of(places: Places) -> dict[str, str]:
    """The code of each name that a line may call a place by."""
    return {places.name(code): code for code in places.known}


def places_of(row: Mapping[str, Any] | None) -> Places:
    """The places of a gazetteer's document."""
    known = {one["place"]: Known(**one) for one in (row["places"] if row else ())}
    grids: Mapping[str, Any] = row["grids"] if row else {}
    grid_of = {building: grid for grid, told in grids.items() for building in (grid, *told["buildings"])}
    return Places(known | {grid: Known(grid, told["name"]) for grid, told in grids.items()}, grid_of)
