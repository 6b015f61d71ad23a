"""The code in pages of the documentation."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]


def page(name: str) -> str:
    return ROOT.joinpath(name).read_text(encoding="utf-8")


def blocks(name: str, language: str = "python") -> list[str]:
    """What stands between fences of this language, in order."""
    return re.findall(rf"^```{language}\n(.*?)^```", page(name), re.DOTALL | re.MULTILINE)


def commands(name: str) -> list[str]:
    """Lines of a shell: those that are set in by four, without what is said about them."""
    text = re.sub(r"^```.*?^```", "", page(name), flags=re.DOTALL | re.MULTILINE)
    return [line.split("  #")[0].strip() for line in re.findall(r"^    (\S.*)$", text, re.MULTILINE)]


def table(name: str, heading: str) -> list[list[str]]:
    """Rows of the first table below a heading, without its head."""
    below = page(name).split(f"\n{heading}\n")[1]
    lines = re.search(r"(?:^\|.*\n)+", below, re.MULTILINE)
    assert lines is not None
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[0].splitlines()[2:]]
