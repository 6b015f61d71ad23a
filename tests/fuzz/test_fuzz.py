"""Each fuzz script for a moment with a steady seed, and for minutes with a new one in the long run."""

import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent
SCRIPTS = sorted(path.stem for path in FOLDER.glob("fuzz_*.py"))


def run(script: str, *, seed: int, seconds: float) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "error", "-m", f"tests.fuzz.{script}"]
    command += ["--seed", str(seed), "--seconds", str(seconds)]
    root = FOLDER.parents[1]
    return subprocess.run(command, capture_output=True, text=True, timeout=seconds + 120, check=False, cwd=root)


@pytest.mark.parametrize("script", SCRIPTS)
def test_script_finds_nothing_in_a_moment(script: str) -> None:
    outcome = run(script, seed=1, seconds=2)
    assert outcome.returncode == 0, outcome.stderr
    assert int(outcome.stdout.split()[0]) > 0, "nothing was tried"


@pytest.mark.long
@pytest.mark.parametrize("seed", range(2, 6))
@pytest.mark.parametrize("script", SCRIPTS)
def test_script_finds_nothing_in_a_minute(script: str, seed: int) -> None:
    outcome = run(script, seed=seed, seconds=60)
    assert outcome.returncode == 0, outcome.stderr
