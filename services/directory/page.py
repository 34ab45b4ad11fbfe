"""A person's own data as a page to read, without scripts and without anything from elsewhere."""

from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

from services.directory.my_data import MyData
from shared.privacy.keyring import Shown

STYLE = (
    "body{font:18px/1.6 sans-serif;max-width:44em;margin:2em auto;padding:0 1em}"
    "table{border-collapse:collapse;width:100%}th,td{border:1px solid #999;padding:.3em .6em;text-align:left}"
)
WORDS = {
    "name": "姓名 Name",
    "phone": "电话 Phone",
    "address": "地址 Address",
    "label": "化名 Pseudonym",
    "community": "社区 Community",
    "person": "编号 Id",
}


def page(said: MyData) -> str:
    """The page, in Chinese and English."""
    every: dict[str, Any] = {**said}
    about = [(word, _shown(every[name])) for name, word in WORDS.items()]
    if said["erased"]:
        about.append(("已注销 Erased", f"{said['erased']['at']} · {said['erased']['key'] or ''}"))
    roles = [(one["role"], _scope(one["scope"]), one["until"] or "") for one in said["roles"]]
    reads = [(one["at"], one["role"], one["by"], "、".join(one["fields"])) for one in said["read_by"]]
    history = [(one["at"], one["event"], one["by"] or "", _data(one["data"])) for one in said["history"]]
    return (
        '<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>我的个人信息</title>'
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style></head><body>'
        "<h1>我的个人信息 My data</h1>"
        + _table(("", ""), about)
        + "<h2>谁看过 Who has read it</h2>"
        + _table(("时间 When", "角色 Role", "谁 Who", "看了 What"), reads)
        + "<h2>同意 Consents</h2>"
        + _table(("用途 Purpose",), [(one,) for one in said["consents"]])
        + "<h2>角色 Roles</h2>"
        + _table(("角色 Role", "范围 Where", "至 Until"), roles)
        + "<h2>记录 History</h2>"
        + _table(("时间 When", "事件 Event", "谁 Who", "内容 What"), history)
        + "</body></html>"
    )


def _table(heads: Iterable[str], rows: Iterable[Iterable[Any]]) -> str:
    head = "".join(f"<th>{escape(one)}</th>" for one in heads)
    body = "".join("<tr>" + "".join(f"<td>{escape(str(one))}</td>" for one in row) + "</tr>" for row in rows)
    return f"<table><tr>{head}</tr>{body}</table>"


def _shown(value: str | Shown | None) -> str:
    match value:
        case str():
            return value
        case {"text": str(text)}:
            return text
        case {"erased": True}:
            return "已注销 erased"
        case None:
            return "—"
        case _:
            return "无法读取 unreadable"


def _scope(scope: dict[str, Any]) -> str:
    return "、".join(str(value) for value in scope.values() if value)


def _data(data: Mapping[str, Any]) -> str:
    said = {name: _shown(value) if name in WORDS else value for name, value in data.items() if value is not None}
    return "；".join(f"{name}: {value}" for name, value in said.items())
