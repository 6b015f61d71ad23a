"""The unit and its settings fit the server that they start."""

from __future__ import annotations

import os
import shutil
import subprocess
from configparser import ConfigParser
from pathlib import Path
from typing import Final

import pytest

from tertulia_server.cli.workers import stop_limit_s
from tertulia_server.settings import ENVIRONMENT_PREFIX, Settings, read_settings

DEPLOY: Final = Path(__file__).parents[2] / "deploy"
UNIT: Final = DEPLOY / "tertulia.service"
VARIABLES: Final = DEPLOY / "tertulia.env"


@pytest.fixture
def unit() -> ConfigParser:
    """Strict: what is said twice is a mistake here."""
    parser = ConfigParser(interpolation=None)
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read(UNIT, encoding="utf-8")
    return parser


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> Settings:
    """As the unit starts the server."""
    for name in filter(lambda name: name.startswith(ENVIRONMENT_PREFIX), list(os.environ)):
        monkeypatch.delenv(name)
    for name, value in variables().items():
        monkeypatch.setenv(name, value)
    return read_settings()


def variables() -> dict[str, str]:
    lines = VARIABLES.read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def test_each_variable_is_a_setting(settings: Settings) -> None:
    known = {f"{ENVIRONMENT_PREFIX}{name.upper()}" for name in Settings.model_fields}
    assert set(variables()) <= known
    assert settings.workers > 1
    assert not settings.local_token


def test_workers_may_finish_what_they_do(unit: ConfigParser, settings: Settings) -> None:
    assert float(unit["Service"]["TimeoutStopSec"]) > stop_limit_s(settings)
    assert unit["Service"]["KillMode"] == "mixed"  # SIGTERM for the supervisor, which tells its workers itself


def test_database_that_is_away_for_long_is_waited_for(unit: ConfigParser) -> None:
    assert unit["Unit"]["StartLimitIntervalSec"] == "0"  # else systemd gives up after some quick ends
    assert unit["Service"]["Restart"] == "always"


def test_reload_is_the_signal_that_replaces_workers(unit: ConfigParser) -> None:
    assert unit["Service"]["ExecReload"] == "/bin/kill -HUP $MAINPID"


def test_database_lies_where_the_unit_may_write(unit: ConfigParser) -> None:
    assert unit["Service"]["ProtectSystem"] == "strict"
    folder = f"/var/lib/{unit['Service']['StateDirectory']}"
    assert unit["Service"]["WorkingDirectory"] == folder
    assert f"sqlite:///{folder}/" in VARIABLES.read_text(encoding="utf-8")


def test_settings_are_where_the_unit_looks_for_them(unit: ConfigParser) -> None:
    assert f"{VARIABLES.name} {unit['Service']['EnvironmentFile']}" in UNIT.read_text(encoding="utf-8")


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="only where systemd is")
def test_systemd_understands_every_line(tmp_path: Path) -> None:
    text = UNIT.read_text(encoding="utf-8").replace("/opt/tertulia/bin/tertulia", "/bin/true")
    copy = tmp_path / UNIT.name
    copy.write_text(text, encoding="utf-8")
    verified = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(copy)], capture_output=True, text=True, check=False
    )
    assert (verified.returncode, verified.stderr.count(UNIT.name)) == (0, 0), verified.stderr
