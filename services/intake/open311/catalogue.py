"""What can be reported: the categories of issues as GeoReport's services, with the attributes that go with them."""

from collections.abc import Iterator, Mapping
from typing import Any

from services.intake.chats.guessing import CATEGORIES
from services.intake.ledgers.columns import URGENCIES, Places
from shared.deciding.refusals import NotFound

OTHER = "other"
CODES: Mapping[str, str] = {
    "lighting": "公共设施/照明",
    "access": "公共设施/门禁",
    "lift": "公共设施/电梯",
    "plumbing": "公共设施/水暖",
    "power": "公共设施/电气",
    "road": "公共设施/道路",
    "sanitation": "环境卫生",
    "traffic": "停车与交通",
    "noise": "噪音扰民",
    "safety": "安全隐患",
    "property": "物业服务",
    "care": "养老与健康",
    OTHER: "其他",
}
"""Each service's code and name. A code never changes; a category of another name is `other`."""
BY_NAME = {name: code for code, name in CODES.items()}


def code_of(category: str | None) -> str:
    """The service of a category."""
    return BY_NAME.get(category or "", OTHER)


def category_of(code: str) -> str | None:
    """The category of a service, none of `other`. Raises NotFound."""
    if code not in CODES:
        raise NotFound(
            "service-not-found",
            "没有这个 service_code，请看 services。",
            "There is no such service_code: see the list of services.",
            service_code=code,
        )
    return None if code == OTHER else CODES[code]


def services() -> Iterator[dict[str, Any]]:
    """GeoReport's list of services."""
    for code, name in CODES.items():
        group, _, _ = name.partition("/")
        yield {
            "service_code": code,
            "service_name": name,
            "description": f"社区居民诉求：{name}",
            "metadata": True,
            "type": "realtime",
            "keywords": ", ".join(CATEGORIES.get(name, ())),
            "group": group,
        }


def definition(code: str, places: Places) -> dict[str, Any]:
    """GeoReport's definition of a service, with the buildings among a community's places. Raises NotFound."""
    category_of(code)
    buildings = {one.place: places.name(one.place) for one in places.known.values() if one.compound}
    return {
        "service_code": code,
        "attributes": [
            _choice(1, "urgency", "紧急程度", "不填为一般。", URGENCIES),
            _choice(2, "building", "楼栋", "知道是哪栋楼就选上。", buildings),
        ],
    }


def _choice(order: int, code: str, description: str, hint: str, values: Mapping[str, str]) -> dict[str, Any]:
    return {
        "variable": True,
        "code": code,
        "datatype": "singlevaluelist",
        "required": False,
        "datatype_description": hint,
        "order": order,
        "description": description,
        "values": [{"key": key, "name": name} for key, name in values.items()],
    }
