"""Everything that a command needs in this checkout: ./.venv and the script of the page."""

from __future__ import annotations

import environment
import page_script


def set_up(profile: str) -> None:
    """Make ready for ``run`` or ``test``. Where nothing changed this reads a few files, and no network."""
    with environment.locked():
        environment.prepare(profile)
        page_script.build(with_packages=profile == "test")
