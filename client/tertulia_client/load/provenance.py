"""When, with what and on which machine figures were found: without that nobody can publish them."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from datetime import UTC, datetime

from tertulia_wire.version import __version__


def provenance(now: datetime | None = None) -> Mapping[str, str]:
    """Of the machine that generates the load; of the server's nothing is known but its figures."""
    return {
        "at": (now or datetime.now(UTC)).strftime("%Y-%m-%d %H:%M UTC"),
        "tertulia": __version__,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()}",
        "cores": str(os.cpu_count() or 1),
    }


def as_sentence(facts: Mapping[str, str]) -> str:
    """Empty for a report that has none."""
    if not facts:
        return ""
    cores = f"{facts['cores']} core{'' if facts['cores'] == '1' else 's'}"
    return (
        f"{facts['at']}; generator: Tertulia {facts['tertulia']}, Python {facts['python']}, {facts['system']}, {cores}"
    )
