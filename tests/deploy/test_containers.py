"""Dockerfile and compose file, as far as they can be checked without an engine: they name what is there."""

from __future__ import annotations

import re
import shlex
from fnmatch import fnmatch
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from tertulia_server.cli.workers import stop_limit_s
from tertulia_server.settings import ENVIRONMENT_PREFIX, Settings, networks_of, read_settings

ROOT: Final = Path(__file__).parents[2]
DEPLOY: Final = ROOT / "deploy"
KNOWN_VARIABLES: Final = {f"{ENVIRONMENT_PREFIX}{name.upper()}" for name in Settings.model_fields}
INSTRUCTIONS: Final = {"FROM", "WORKDIR", "COPY", "RUN", "ENV", "USER", "VOLUME", "EXPOSE", "HEALTHCHECK", "STOPSIGNAL",
                       "CMD"}  # fmt: skip
PLAIN_IMAGE: Final = re.compile(r"[a-z]+:[a-z0-9.-]+")
"""A bare name and its tag: whose registry that is, the machine decides."""


@pytest.fixture
def steps() -> list[tuple[str, str]]:
    """Each instruction of the Dockerfile and its words, lines joined."""
    lines = (DEPLOY / "Dockerfile").read_text(encoding="utf-8").splitlines()
    text = "\n".join(line for line in lines if not line.startswith("#"))
    logical = [line for line in re.sub(r"\\\n", " ", text).splitlines() if line.strip()]
    return [(line.split(None, 1)[0], line.split(None, 1)[1]) for line in logical]


@pytest.fixture
def compose() -> Any:
    return yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))


def last_stage(steps: list[tuple[str, str]]) -> list[tuple[str, str]]:
    first = max(place for place, (instruction, _) in enumerate(steps) if instruction == "FROM")
    return steps[first:]


def test_instructions_are_known_and_images_are_bare(steps: list[tuple[str, str]]) -> None:
    assert {instruction for instruction, _ in steps} <= INSTRUCTIONS
    images = [words.split()[0] for instruction, words in steps if instruction == "FROM"]
    assert all(map(PLAIN_IMAGE.fullmatch, images))


def test_server_runs_as_nobody_special(steps: list[tuple[str, str]]) -> None:
    instructions = [instruction for instruction, _ in last_stage(steps)]
    assert dict(last_stage(steps))["USER"] == "tertulia"
    assert not {"RUN", "COPY"} & set(instructions[instructions.index("USER") :])


def test_health_is_readiness_and_the_server_gets_its_signals_itself(steps: list[tuple[str, str]]) -> None:
    last = dict(last_stage(steps))
    assert f":{variables_of(last['ENV'])['TERTULIA_PORT']}/readyz" in last["HEALTHCHECK"]
    assert last["CMD"] == '["tertulia", "serve"]'


def test_variables_of_the_image_are_settings(steps: list[tuple[str, str]]) -> None:
    ours = variables_of(dict(last_stage(steps))["ENV"])
    assert {name for name in ours if name.startswith(ENVIRONMENT_PREFIX)} <= KNOWN_VARIABLES


def test_what_the_wheel_is_made_from_reaches_the_builder() -> None:
    lines = (DEPLOY / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    patterns = [line for line in lines if line and not line.startswith("#")]
    assert patterns[0] == "*"
    let_in = {pattern[1:] for pattern in patterns if pattern.startswith("!")}
    assert all((ROOT / name).exists() for name in let_in)
    needed = {"pyproject.toml", "constraints.txt", "hatch_build.py", "README.md", "LICENSE", "client", "server", "wire"}
    assert let_in == needed
    left_out = [pattern for pattern in patterns[1:] if not pattern.startswith("!")]
    assert not any(fnmatch("client/js/package-lock.json", pattern) for pattern in left_out)


def test_services_name_what_is_there(compose: Any) -> None:
    services = compose["services"]
    for service in services.values():
        assert set(service.get("depends_on", ())) <= set(services)
        assert set(service["networks"]) <= set(compose["networks"])
        assert "image" not in service or PLAIN_IMAGE.fullmatch(service["image"])
    assert (DEPLOY / services["tertulia"]["build"]["context"] / services["tertulia"]["build"]["dockerfile"]).is_file()


def test_settings_of_the_workers_hold(compose: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    service = compose["services"]["tertulia"]
    assert set(service["environment"]) <= KNOWN_VARIABLES
    for name, value in service["environment"].items():
        monkeypatch.setenv(name, re.sub(r"\$\{.*?\}", "secret", value))
    settings = read_settings()
    assert float(service["stop_grace_period"].removesuffix("s")) > stop_limit_s(settings)
    assert settings.trusted_proxies == compose["networks"]["front"]["ipam"]["config"][0]["subnet"]
    assert networks_of(settings.trusted_proxies)[0].is_private
    for part in (settings.database, settings.broker):
        assert re.search(r"(@|//)(postgres|redis)[:/]", part)


def test_nginx_in_its_container_finds_workers_and_certificate(compose: Any) -> None:
    """The command changes three things in the shipped file, and each of them is there."""
    nginx = compose["services"]["nginx"]
    text = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
    words = shlex.split(nginx["command"][2])
    changes = [word.split("|")[1:3] for word in words if word.startswith("s|")]
    assert len(changes) == 3
    for shipped, ours in changes:
        assert text.count(shipped) == 1
        text = text.replace(shipped, ours)
    assert "server tertulia:8000 " in text
    mounted = [volume.rpartition(":ro")[0].rpartition(":")[2] for volume in nginx["volumes"]]
    assert mounted == ["/site.conf", "/certificates"]
    assert text.count("/certificates/") == 2


def variables_of(words: str) -> dict[str, str]:
    return dict(word.split("=", 1) for word in shlex.split(words))
