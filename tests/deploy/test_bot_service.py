"""The unit of bots, and their container."""

from __future__ import annotations

import re
import shutil
import subprocess
from configparser import ConfigParser
from pathlib import Path
from typing import Final

import pytest

from tertulia_client.background import JOIN_LIMIT_S
from tertulia_client.bot import STATUS_REFUSED
from tertulia_client.bots.lanes import GRACE_S

BOTS: Final = Path(__file__).parents[2] / "deploy" / "bot"
UNIT: Final = BOTS / "tertulia-bot@.service"


@pytest.fixture
def service() -> dict[str, str]:
    parser = ConfigParser(interpolation=None)
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read(UNIT, encoding="utf-8")
    return dict(parser["Service"])


def test_handlers_may_end_what_they_do(service: dict[str, str]) -> None:
    assert float(service["TimeoutStopSec"]) > GRACE_S + JOIN_LIMIT_S


def test_bot_that_is_refused_is_not_started_again(service: dict[str, str]) -> None:
    assert service["RestartPreventExitStatus"] == str(STATUS_REFUSED)


def test_state_lies_where_the_unit_may_write(service: dict[str, str]) -> None:
    assert service["ProtectSystem"] == "strict"
    assert service["WorkingDirectory"] == f"/var/lib/{service['StateDirectory']}"


def test_settings_are_those_that_a_bot_of_ours_reads() -> None:
    lines = (BOTS / "bot.env").read_text(encoding="utf-8").splitlines()
    names = {line.partition("=")[0] for line in lines if line and not line.startswith("#")}
    assert names == {"TERTULIA_URL", "TERTULIA_TOKEN"}


def test_container_keeps_its_state_and_is_nobody_special() -> None:
    text = (BOTS / "Dockerfile").read_text(encoding="utf-8")
    steps = dict(re.findall(r"^([A-Z]+) (.*)$", text, re.MULTILINE))
    assert steps["WORKDIR"] == steps["VOLUME"]
    assert re.search(rf"--home-dir {steps['VOLUME']} .*\bbot\b", text)
    assert steps["USER"] == "bot"
    assert text.index("\nUSER ") > text.index("\nCOPY ")
    assert steps["STOPSIGNAL"] == "SIGTERM"
    tutorial = BOTS.parents[1].joinpath("docs/tutorial/a-bot-from-nothing.md").read_text(encoding="utf-8")
    [port] = re.findall(r"127.0.0.1:(\d+)/healthz", text)
    assert f"health_port={port}," in tutorial


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="only where systemd is")
def test_systemd_understands_every_line(tmp_path: Path) -> None:
    text = UNIT.read_text(encoding="utf-8").replace("/opt/tertulia-bots/bin/python", "/bin/true")
    copy = tmp_path / "tertulia-bot@helper.service"
    copy.write_text(text, encoding="utf-8")
    verified = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(copy)], capture_output=True, text=True, check=False
    )
    assert (verified.returncode, verified.stderr.count("tertulia-bot")) == (0, 0), verified.stderr
