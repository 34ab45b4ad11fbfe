"""What a few words are about, and where: guesses with a confidence in per cent, for a person to look at.

Words and counts only: the same text gets the same guess, and who asks why can be shown the words."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

CATEGORIES: Mapping[str, tuple[str, ...]] = {
    "公共设施/照明": ("楼道灯", "路灯", "声控灯", "灯不亮", "灯坏", "没有灯", "照明", "黑灯瞎火"),
    "公共设施/门禁": ("门禁", "单元门", "对讲", "刷脸", "门锁", "大门关不上"),
    "公共设施/电梯": ("电梯", "困梯"),
    "公共设施/水暖": ("漏水", "停水", "水压", "水管", "下水道", "管道堵", "堵了", "反水", "暖气", "供暖", "不热"),
    "公共设施/电气": ("停电", "跳闸", "电线", "飞线", "燃气", "煤气"),
    "公共设施/道路": ("路面", "坑洼", "井盖", "台阶", "扶手", "坡道"),
    "环境卫生": ("垃圾", "异味", "臭味", "臭死", "保洁", "脏", "卫生", "蚊子", "老鼠", "蟑螂", "狗屎", "杂物"),
    "停车与交通": ("停车", "车位", "堵路", "占道", "消防通道", "充电桩", "电动车", "公交", "站点", "红绿灯"),
    "噪音扰民": ("噪音", "扰民", "太吵", "吵死", "广场舞", "装修声", "半夜施工"),
    "安全隐患": ("高空抛物", "安全隐患", "脱落", "危险", "着火", "冒烟", "被盗", "小偷", "没拴绳", "咬人"),
    "物业服务": ("物业费", "物业", "保安", "乱收费"),
    "养老与健康": ("老人", "助餐", "体检", "无障碍", "轮椅"),
}
"""Words that say what a matter is about."""
TROUBLES = (
    *("坏了", "不亮", "不热", "漏水", "停水", "停电", "堵", "臭", "脏", "吵", "危险", "隐患", "没人管", "没人修"),
    *(
        "修一下",
        "修修",
        "反映",
        "投诉",
        "求助",
        "麻烦",
        "能不能",
        "能否",
        "可不可以",
        "希望",
        "建议",
        "怎么办",
        "怎么回事",
    ),
    *("什么时候", "多久", "太黑", "摔", "进不去", "打不开", "关不上", "用不了", "乱停", "占用", "又", "好几天", "一直"),
)
"""Words that say that something is the matter, or is wished for."""
AGREEING = re.compile(r"\+1|同求|同问|我家也是|我们.{0,4}也是?|我也|确实|就是|是的|对的|[👍💪]+|赞同|支持|附议")
"""What somebody says who means the same."""

_BUILDING = re.compile(r"(?P<number>\d{1,3})[ ]*(?:号楼|号院|栋|幢|#楼?|楼(?=\d单元))")


@dataclass(frozen=True, slots=True)
class Guess:
    """A category or a place's code; None where nothing points to one."""

    value: str | None = None
    confidence: int = 0


@dataclass(frozen=True, slots=True)
class Known:
    """A place that there is: a compound, or a building and its compound."""

    place: str
    name: str
    compound: str | None = None


def troubled(text: str) -> bool:
    """Whether somebody says that something is the matter with what the community looks after."""
    said = plain(text)
    return any(word in said for word in TROUBLES) and category([text]).value is not None


def category(texts: Iterable[str]) -> Guess:
    """The category whose words are said most: surer with each one, and less sure where others' are said, too."""
    said = [plain(text) for text in texts]
    hits = {name: sum(word in text for text in said for word in words) for name, words in CATEGORIES.items()}
    best = max(hits, key=lambda name: hits[name])  # the first of those that are alike
    if not hits[best]:
        return Guess()
    return Guess(best, round(100 * (1 - 0.5 ** (hits[best] + 1)) * hits[best] / sum(hits.values())))


def place(texts: Iterable[str], known: Iterable[Known], group: str = "") -> Guess:
    """The building that is named, else the compound: surest where the compound is named with it, then where the group
    is the compound's; without either only where no other compound has a building of that number."""
    said = "\n".join(plain(text) for text in texts)
    places = list(known)
    compounds = {one.place: one for one in places if one.compound is None}
    named = {code for code, one in compounds.items() if _plain_name(one.name) in said}
    of_group = {code for code, one in compounds.items() if _plain_name(one.name) in _plain_name(group)}
    numbers = {match["number"].lstrip("0") for match in _BUILDING.finditer(said)}
    buildings = [one for one in places if one.compound is not None and _number(one.name) in numbers]
    for within, sure in ((named, 95), (of_group, 85)):
        inside = [one for one in buildings if one.compound in within]
        if inside:
            return Guess(inside[0].place, sure // len(inside))
    if not named and not of_group and len(buildings) == 1:
        return Guess(buildings[0].place, 60)
    for within, sure in ((named, 70), (of_group, 40)):
        if within:
            return Guess(min(within), sure // len(within))
    return Guess()


def plain(text: str) -> str:
    """Without spaces, and in the usual width: `３ 号楼` is `3号楼`."""
    return "".join(unicodedata.normalize("NFKC", text).split())


@lru_cache(10_000)
def _plain_name(name: str) -> str:
    return plain(name)


@lru_cache(10_000)
def _number(name: str) -> str | None:
    match = _BUILDING.search(plain(name))
    return match["number"].lstrip("0") if match else None
