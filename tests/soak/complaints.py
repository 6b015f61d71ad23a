"""What the servers themselves complained of: a promise that was kept by luck shows here."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Final

_COMPLAINT: Final = re.compile(
    r"\[error|\[critical|Traceback|never retrieved|never awaited|^[A-Za-z.]+(Error|Exception)\b"
)
_CHANGING: Final = re.compile(r"\d[\d:.-]*")


def complaints(logs: Iterable[Path]) -> Counter[str]:
    """Lines of error in the servers' logs, those alike but for numbers and times counted together."""
    found: Counter[str] = Counter()
    for log in logs:
        for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
            if _COMPLAINT.search(line):
                found[_CHANGING.sub("#", line)[:160]] += 1
    return found
