"""What each command of dev.py does."""

from __future__ import annotations

import checks
import demo
import environment
import page_script
import programs


def run(command: str, arguments: list[str]) -> int:
    """Run a command that dev.py knows and return its exit status."""
    if command == "programs":
        return programs.install_missing()
    if command == "run":
        return demo.run()
    is_test = command.startswith("test")
    environment.prepare("test" if is_test else "run")
    page_script.build(with_packages=is_test)
    if command == "setup":
        return 0
    return checks.run(arguments, is_long=command == "test-long")
