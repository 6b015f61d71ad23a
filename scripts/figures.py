"""`make bench`: what deliveries, connections, posts and pages cost, each beside its floor; it stands in bench/."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence

import environment


def run(arguments: Sequence[str]) -> int:
    """Run it with the caller's words, by default keeping the figures; its exit status is ours, 130 after Ctrl-C."""
    command = [str(environment.PYTHON), "-m", "bench", *(arguments or ["--save"])]
    variables = environment.clean_environment()
    with subprocess.Popen(command, cwd=environment.ROOT, env=variables, stdin=subprocess.DEVNULL) as process:
        try:
            return process.wait()
        except KeyboardInterrupt:  # it got the signal too, and ends what it started
            process.wait()
            return 130
