"""`make soak`: the long proof under faults; what it does stands in tests/soak."""

from __future__ import annotations

import environment


def run() -> int:
    """Run it with the caller's MINUTES, SEED and STORE; its exit status is ours, 130 after Ctrl-C."""
    return environment.run_to_end("-m", "tests.soak", PYTHONPATH=str(environment.ROOT / "scripts"))
