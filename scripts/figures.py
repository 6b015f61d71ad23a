"""`make bench`: what deliveries, connections, posts and pages cost, each beside its floor; it stands in bench/."""

from __future__ import annotations

from collections.abc import Sequence

import environment


def run(arguments: Sequence[str]) -> int:
    """Run it with the caller's words, by default keeping the figures; its exit status is ours, 130 after Ctrl-C."""
    return environment.run_to_end("-m", "bench", *(arguments or ["--save"]))
