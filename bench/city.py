"""What a city's residents say: issues made up from a seed, of words that are frequent, seldom and rare."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from bench.logs import AT
from shared.contracts.event import Event
from shared.contracts.intake import IssueClassified, IssueClosed, IssueRaised, Kind, Urgency, Where
from shared.contracts.words import Channel, PersonId

SUB_DISTRICTS, COMMUNITIES = 50, 1_000
TROUBLES = {
    "公共设施/照明": ("楼道灯不亮", "路灯坏了", "声控灯一直不灭", "单元门口黑灯瞎火"),
    "公共设施/门禁": ("门禁刷不开", "对讲没有声音", "单元门关不上"),
    "公共设施/电梯": ("电梯停运", "电梯老是异响", "电梯困人"),
    "公共设施/水暖": ("下水道堵了往上反水", "暖气不热", "半夜停水", "地下室漏水"),
    "环境卫生": ("垃圾没人清", "楼道堆满杂物", "夏天蚊子成堆", "有人乱扔狗屎"),
    "停车与交通": ("消防通道被车占着", "充电桩不够用", "公交站太远", "车位被人锁了"),
    "噪音扰民": ("广场舞吵得睡不着", "半夜施工", "楼上装修声太大"),
    "安全隐患": ("外墙皮往下掉", "有人高空抛物", "井盖松动", "大狗没拴绳"),
}
"""Frequent: one in eight issues is of a category, one in thirty of a trouble."""
PEOPLE = ("老人", "孩子", "孕妇", "上夜班的", "坐轮椅的邻居", "租户", "快递员")
MORE = ("特别不方便", "反映好几回了没人管", "麻烦尽快派人来看看", "能不能给个准话", "下雪天更危险", "已经拍了照片")
SELDOM = ("健身器材", "晾衣绳", "快递柜", "宣传栏", "葡萄架", "化粪池", "燃气表", "监控探头", "石狮子", "旧自行车棚")
"""One in two thousand issues each."""
CHARACTERS = "安柏苍岱朵恩芳岗禾嘉康岚茂宁欧鹏青荣松棠万翔雅泽"
"""Of two of these, the name of a compound, which is known in a few communities."""


@dataclass(frozen=True, slots=True)
class Told:
    """An issue's events, one after the other, and where and when it was raised."""

    id: UUID
    community: str
    at: datetime
    events: tuple[Event, ...]


def community(number: int) -> str:
    """The code of the n-th of them."""
    return f"c-{number}"


def sub_district(number: int) -> frozenset[str]:
    """The communities of the n-th sub-district."""
    return frozenset(community(one) for one in range(number, COMMUNITIES, SUB_DISTRICTS))


def issues(number: int, communities: int = COMMUNITIES, seed: int = 1) -> Iterator[Told]:
    """So many, half a minute apart: each classified, nine in ten closed."""
    random = Random(seed)
    choose = random.choice
    for nth in range(number):
        of = random.randrange(communities)
        category = choose(list(TROUBLES))
        compound = f"{CHARACTERS[of % 24]}{CHARACTERS[(of // 24 + random.randrange(5)) % 24]}"
        building = random.randrange(1, 30)
        said = f"{compound}小区{building}号楼{random.randrange(1, 7)}单元{choose(TROUBLES[category])}，"
        said += f"{choose(PEOPLE)}{choose(MORE)}，{choose(MORE)}。"
        if random.random() < len(SELDOM) / 2_000:
            said += f"旁边的{choose(SELDOM)}也坏了。"
        by = PersonId(UUID(int=random.randrange(3_000_000)))
        raised = IssueRaised(
            community=community(of), by=by, channel=Channel.WEB, text=said, where=Where(place=f"b-{building}")
        )
        classified = IssueClassified(by=by, category=category, urgency=Urgency.NORMAL, kind=Kind.PERSONAL)
        closed = (IssueClosed(outcome="已办结"),) if random.random() < 0.9 else ()
        at = AT + timedelta(seconds=30 * nth)
        yield Told(UUID(int=random.getrandbits(128)), community(of), at, (raised, classified, *closed))
