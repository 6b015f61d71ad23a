from __future__ import annotations

from pathlib import Path

import pytest

from tertulia_client.cli.main import run
from tertulia_client.load.agents.secret import VARIABLE


def test_agent_does_not_listen_to_everybody_without_a_secret(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    assert run(["load", "agent", "--host", "0.0.0.0"]) == 2
    assert VARIABLE in capsys.readouterr().err


def test_run_with_agents_that_cannot_be_is_refused(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(VARIABLE, "0123456789abcdef")
    there = ["--agents", "192.0.2.1:9300"]
    assert run(["load", "crowd", *there]) == 2
    assert "need --url with an address of the server that they reach" in capsys.readouterr().err
    assert run(["load", "pages", "--agents", "127.0.0.1:9300"]) == 2
    assert "'pages' has none: start the run several times" in capsys.readouterr().err
    script = tmp_path / "evening.py"
    script.write_text(
        "from tertulia_client.load.users import VirtualUser\n\nclass One(VirtualUser):\n"
        "    async def visit(self) -> None:\n        await self.post('x')\n"
    )
    assert run(["load", str(script), "--agents", "127.0.0.1:9300"]) == 2
    assert "no code is sent to them" in capsys.readouterr().err
    monkeypatch.delenv(VARIABLE)
    assert run(["load", "crowd", *there]) == 2
    assert "is not on this machine" in capsys.readouterr().err
