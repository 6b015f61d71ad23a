"""`make soak`: the long proof under faults; what it does stands in tests/soak."""

from __future__ import annotations

import subprocess

import environment


def run() -> int:
    """Run it with the caller's MINUTES, SEED and STORE; its exit status is ours, 130 after Ctrl-C."""
    scripts = str(environment.ROOT / "scripts")
    variables = environment.clean_environment() | {"PYTHONPATH": scripts}
    command = [str(environment.PYTHON), "-m", "tests.soak"]
    with subprocess.Popen(command, cwd=environment.ROOT, env=variables, stdin=subprocess.DEVNULL) as process:
        try:
            return process.wait()
        except KeyboardInterrupt:  # it got the signal too, and ends what it started
            process.wait()
            return 130
