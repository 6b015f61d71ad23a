"""What each command of dev.py does."""

from __future__ import annotations

import checks
import demo
import figures
import programs
import soak
from set_up import set_up


def run(command: str, arguments: list[str]) -> int:
    """Run a command that dev.py knows and return its exit status."""
    if command == "programs":
        return programs.install_missing()
    if command == "run":
        return demo.run()
    if command == "setup":
        set_up("run")
        return 0
    set_up("test")
    if command == "soak":
        return soak.run()
    if command == "bench":
        return figures.run(arguments)
    return checks.run(arguments, is_long=command == "test-long")
