"""The codes of all problems, collected from the code that answers them.

Wherever they are written, a code and its two sentences stand side by side: `"already-held", "协商会…", "This …"`."""

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from shangliang.reference.table import WRITTEN, table
from shared.deciding.refusals import Refusal

ROOT = Path(__file__).parents[2]
CODE = re.compile(r"^(KIND-)?[a-z]+(-[a-z]+)*$")
CHINESE = re.compile(r"[\u4e00-\u9fff]")


@dataclass(frozen=True, order=True)
class Found:
    """A code, where it is answered, and what it says."""

    code: str
    status: str
    zh: str
    en: str
    values: str
    where: str


def problems() -> str:
    """A row a code and meaning. Raises ValueError where one code comes with different fields."""
    found = sorted(set(_all()))
    for code, alike in groupby(found, lambda one: one.code):
        if len({(one.status, one.values) for one in alike}) > 1:
            raise ValueError(f"{code} has not the same status and fields wherever it is answered")
    rows = (
        (f"`{one.code}`", one.status, f"{one.zh} {one.en}", one.values, f"[{one.where}](../../{one.where})")
        for one in found
    )
    return (
        f"# Problems\n\n{WRITTEN} Every error is an RFC 9457 `application/problem+json` with `type`, `title`, "
        "`status`, `code`, `detail` and what else the row names. A code never changes its meaning. `detail` is in "
        "Chinese, or in English where `Accept-Language` ranks it higher. KIND is what the path names: `issue`, "
        "`consultation`, `work-order` and so on.\n\n"
    ) + table(("code", "status", "detail", "further fields", "said by"), rows)


def _all() -> Iterator[Found]:
    statuses = _statuses()
    for folder in ("shared", "services"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text())):
                yield from _found(node, str(path.relative_to(ROOT)), statuses)


def _statuses() -> dict[str, str]:
    """The HTTP status of each class of refusal, by its name."""

    def below(kind: type[Refusal]) -> Iterator[type[Refusal]]:
        yield kind
        for one in kind.__subclasses__():
            yield from below(one)

    return {kind.__name__: str(kind.status) for kind in below(Refusal)}


def _found(node: ast.AST, where: str, statuses: dict[str, str]) -> Iterator[Found]:
    match node:
        case ast.Call(func=ast.Name(id=name), args=[_, *_] as args, keywords=keywords) if name in statuses:
            values = ", ".join(f"`{one.arg}`" for one in keywords)
            said = list(_said(args, statuses[name], values, where))
            if not said:
                raise ValueError(f"{where}:{node.lineno}: write the refusal's code and both sentences where it is made")
            yield from said
        case ast.Call(func=ast.Name(id="problem"), args=[_, ast.Constant(value=status), *args], keywords=keywords):
            values = ", ".join(f"`{one.arg}`" for one in keywords if one.arg)
            yield from _said(args, str(status), values, where)
        case ast.Call(func=ast.Name(id="always"), args=[ast.Constant(value=status), *args]):
            yield from _said(args, str(status), "", where)
        case ast.Dict(keys=keys, values=values):
            for key, value in zip(keys, values, strict=True):
                if isinstance(key, ast.Constant) and isinstance(value, ast.Tuple):
                    yield from _said(value.elts, str(key.value), "", where)
        case ast.Call(args=[_, ast.Tuple(elts=elts)]):
            yield from _said(elts, "any other", "", where)
        case _:
            return


def _said(parts: Sequence[ast.expr], status: str, values: str, where: str) -> Iterator[Found]:
    texts = [_text(part) for part in parts[:3]]
    if len(texts) == 3:
        code, zh, en = texts
        if code and zh and en and CODE.match(code) and CHINESE.search(zh):
            yield Found(code, status, zh, en, values, where)


def _text(part: Any) -> str | None:
    """A string, with KIND for each value in it: the kind of thing it is about."""
    match part:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=values):
            return "".join(_text(one) or "KIND" for one in values)
        case _:
            return None
