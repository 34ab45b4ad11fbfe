"""docker-compose.yml and the Dockerfile as an engine reads them, and a container's process without an engine."""

import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import yaml

COMPOSE = Path("docker-compose.yml")
DOCKERFILE = Path("deploy/Dockerfile")
RUNTIME_LOCK = Path("deploy/requirements.lock")
VARIABLE = re.compile(r"\$\{(?P<name>\w+)(?::(?P<how>[-?])(?P<word>[^}]*))?\}")


def compose(settings: Mapping[str, str]) -> dict[str, Any]:
    """The file with its anchors merged and its variables filled in. Raises KeyError with the file's own words where one
    that it requires is not among the settings."""

    def filled(match: re.Match[str]) -> str:
        value = settings.get(match["name"])
        if value:
            return value
        if match["how"] == "?":
            raise KeyError(match["word"])
        return match["word"] or ""

    def walked(node: Any) -> Any:
        match node:
            case dict():
                return {key: walked(value) for key, value in node.items()}  # pyright: ignore[reportUnknownVariableType]
            case list():
                return [walked(value) for value in node]  # pyright: ignore[reportUnknownVariableType]
            case str():
                return VARIABLE.sub(filled, node)
            case _:
                return node

    return walked(yaml.safe_load(COMPOSE.read_text()))


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile's, each with what follows its name; continued lines are one."""
    text = re.sub(r"\\\n\s*", "", DOCKERFILE.read_text())
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(name, rest) for name, _, rest in (line.partition(" ") for line in lines)]


def last(name: str) -> str:
    """What the image's last instruction of that name says."""
    return [rest for instruction, rest in instructions() if instruction == name][-1]


def copied() -> list[tuple[str, str]]:
    """From where in the repository to where in the image, for each COPY that isn't from another stage."""
    pairs = [rest.split() for name, rest in instructions() if name == "COPY" and not rest.startswith("--")]
    return [(source, target) for source, target in pairs]


@dataclass(frozen=True)
class Image:
    """What the Dockerfile makes, under a folder that stands for the image's root."""

    root: Path

    @classmethod
    def build(cls, root: Path) -> "Image":
        """Does what the Dockerfile does: packages from the image's own lock and nothing else, and the sources."""
        python = root / "opt/venv/bin/python"
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", root / "opt/venv"], check=True)
        sync = ["uv", "pip", "sync", "-q", "--compile-bytecode", "--python", python, "--require-hashes", RUNTIME_LOCK]
        subprocess.run([sys.executable, "-m", *sync], check=True)
        for source, target in copied():
            if Path(source).is_dir():
                ignored = shutil.ignore_patterns("__pycache__")
                shutil.copytree(source, root / last("WORKDIR").lstrip("/") / target, ignore=ignored)
        subprocess.run([python, "-m", "compileall", "-q", root / last("WORKDIR").lstrip("/")], check=True)
        (root / "keys").mkdir()
        (root / "tmp").mkdir()
        return cls(root)

    @property
    def environment(self) -> dict[str, str]:
        """As ENV sets it, over what every image has."""
        settings = {"PATH": "/usr/bin:/bin", "TMPDIR": "/tmp"}  # noqa: S108 - the container's
        for name, value in (word.split("=", 1) for word in last("ENV").split()):
            settings[name] = value.replace("$PATH", settings["PATH"])
        return settings

    @property
    def folder(self) -> Path:
        """Where commands run."""
        return self.root / last("WORKDIR").lstrip("/")

    def inside(self, text: str) -> str:
        """A setting with the image's own paths moved under its root."""
        return re.sub(r"(?<![\w/.])/(?=(opt/venv|app|keys|tmp)\b)", f"{self.root}/", text)

    def entrypoint(self, words: list[str]) -> list[str]:
        """The process of a container whose command the words are."""
        return [*orjson.loads(last("ENTRYPOINT")), *words]

    def healthcheck(self) -> list[str]:
        """What an engine runs to see whether the container is well."""
        return orjson.loads(last("HEALTHCHECK").partition("CMD ")[2])
