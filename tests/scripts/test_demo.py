"""`make run`: its port, and the two processes that it keeps together."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import demo


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind((demo.HOST, 0))
        listener.listen()
        yield listener.getsockname()[1]


@pytest.mark.parametrize(("text", "port"), [("", 8000), ("8001", 8001), ("65535", 65535)])
def test_port_is_the_one_that_is_asked_for(text: str, port: int) -> None:
    assert demo.wanted_port(text) == port


@pytest.mark.parametrize("text", ["0", "65536", "http", "-1", "80.5"])
def test_port_that_is_none_is_refused(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        demo.wanted_port(text)
    assert ended.value.code == 2
    assert f"PORT={text}" in capsys.readouterr().err


def test_taken_port_is_answered_with_the_command_for_a_free_one(
    taken_port: int, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        demo.check_port(taken_port)
    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert f"Port {taken_port} is taken" in said
    assert " make run" in said


def test_nothing_is_set_up_for_a_taken_port(taken_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", str(taken_port))
    monkeypatch.setattr(demo, "set_up", lambda profile: pytest.fail("set up"))
    with pytest.raises(SystemExit):
        demo.run()


SERVER = """
import http.server, pathlib, signal, sys
folder = pathlib.Path("var/demo"); folder.mkdir(parents=True, exist_ok=True)
folder.joinpath("keys.json").write_text('{"bot_token": "secret", "thread_id": 7}')
class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers()
    def log_message(self, *words): pass
http.server.HTTPServer(("127.0.0.1", int(sys.argv[sys.argv.index("--port") + 1])), Answer).serve_forever()
"""
BOT = """
import json, os, pathlib, time
pathlib.Path("bot-fresh").write_text(json.dumps({n: v for n, v in os.environ.items() if n.startswith("TERTULIA_")}))
pathlib.Path("bot-fresh").rename("bot")
time.sleep(600)
"""
RUN = """
import sys; sys.path.insert(0, sys.argv[1])
import pathlib, demo, environment
environment.ROOT = pathlib.Path.cwd(); environment.PYTHON = sys.executable
demo.KEYS = environment.ROOT / demo.FOLDER / "keys.json"
environment.clean_environment = lambda: dict(demo.os.environ, PYTHONPATH=str(pathlib.Path.cwd()))
demo.set_up = lambda profile: None
raise SystemExit(demo.run())
"""


@pytest.fixture
def pretended(tmp_path: Path) -> Path:
    """A folder in which `python -m tertulia_client` is a small server, and the demo bot a program that waits."""
    package = tmp_path / "tertulia_client"
    package.mkdir()
    package.joinpath("__init__.py").touch()
    package.joinpath("__main__.py").write_text(SERVER, encoding="utf-8")
    package.joinpath("demo_bot.py").write_text(BOT, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signal_ends_server_and_bot(number: signal.Signals, pretended: Path, unused_port: int) -> None:
    scripts = str(Path(demo.__file__).parent)
    variables = {**os.environ, "PORT": str(unused_port)}
    with subprocess.Popen([sys.executable, "-c", RUN, scripts], cwd=pretended, env=variables) as running:
        while not pretended.joinpath("bot").exists():
            assert running.poll() is None
        running.send_signal(number)
        assert running.wait(30) == 0
    given = json.loads(pretended.joinpath("bot").read_text())
    assert given["TERTULIA_TOKEN"] == "secret"
    assert given["TERTULIA_CHANNELS"] == "thread:7"
    assert given["TERTULIA_URL"].endswith(str(unused_port))
    assert demo._is_free(unused_port)


def test_server_that_does_not_start_ends_with_its_status(pretended: Path, unused_port: int) -> None:
    pretended.joinpath("tertulia_client", "__main__.py").write_text("raise SystemExit(2)", encoding="utf-8")
    scripts = str(Path(demo.__file__).parent)
    variables = {**os.environ, "PORT": str(unused_port)}
    answer = subprocess.run([sys.executable, "-c", RUN, scripts], cwd=pretended, env=variables, check=False)
    assert answer.returncode == 2
    assert not pretended.joinpath("bot").exists()


@pytest.fixture
def unused_port() -> int:
    with socket.socket() as listener:
        listener.bind((demo.HOST, 0))
        port: int = listener.getsockname()[1]
        return port
