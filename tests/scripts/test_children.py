"""Child processes that come and go together."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from children import Children

SLEEPER = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(600)"]
IGNORE_SIGTERM = """
import pathlib, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
pathlib.Path(sys.argv[1]).touch()
time.sleep(600)
"""
START_A_CHILD = """
import os, pathlib, sys, time
from children import Children
children = Children(pathlib.Path.cwd(), dict(os.environ), 1)
print(children.start([sys.executable, "-c", "import time; time.sleep(600)"]).pid, flush=True)
time.sleep(600)
"""


@pytest.fixture
def children(tmp_path: Path) -> Iterator[Children]:
    with Children(tmp_path, dict(os.environ), stop_limit_s=0.2) as children:
        yield children


def _await(path: Path) -> None:
    while not path.exists():
        time.sleep(0.01)


def test_children_are_asked_to_end_at_the_end(children: Children) -> None:
    process = children.start(SLEEPER)
    children.stop()
    assert process.returncode == -signal.SIGTERM


def test_child_that_does_not_end_is_killed(children: Children, tmp_path: Path) -> None:
    process = children.start([sys.executable, "-c", IGNORE_SIGTERM, str(tmp_path / "up")])
    _await(tmp_path / "up")
    children.stop()
    assert process.returncode == -signal.SIGKILL


def test_child_that_ended_by_itself_is_left_alone(children: Children) -> None:
    process = children.start([sys.executable, "-c", "raise SystemExit(3)"])
    process.wait()
    children.stop()
    assert process.returncode == 3


def test_child_gets_folder_and_variables(children: Children, tmp_path: Path) -> None:
    program = "import os; open('said', 'w').write(os.environ['WORD'])"
    children.start([sys.executable, "-c", program], {"WORD": "hello"}).wait()
    assert tmp_path.joinpath("said").read_text() == "hello"


def test_child_is_out_of_reach_of_ctrl_c(children: Children) -> None:
    assert os.getpgid(children.start(SLEEPER).pid) != os.getpgid(0)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent died")
def test_killed_parent_takes_its_child_along(tmp_path: Path) -> None:
    variables = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2] / "scripts")}
    with subprocess.Popen(
        [sys.executable, "-c", START_A_CHILD], stdout=subprocess.PIPE, env=variables, cwd=tmp_path
    ) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        parent.kill()
    deadline = time.monotonic() + 10
    while _is_running(pid):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def _is_running(pid: int) -> bool:
    """A zombie that nobody has waited for is not running."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
