"""A browser in a few words, so that members know their own sign-ins again. What it says of itself is not kept."""

from __future__ import annotations

from typing import Final

_PROGRAMS: Final = (
    ("Edg/", "Edge"),
    ("EdgA/", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
"""In this order: most browsers say that they are others as well."""

_SYSTEMS: Final = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Macintosh", "macOS"),
    ("Linux", "Linux"),
)
_MAX_CHARS: Final = 400


def browser_words(user_agent: str) -> str:
    """``Firefox, Linux`` of a User-Agent header; empty where nothing is known of it."""
    said = user_agent[:_MAX_CHARS]
    words = (_find(said, _PROGRAMS), _find(said, _SYSTEMS))
    return ", ".join(word for word in words if word)


def _find(said: str, known: tuple[tuple[str, str], ...]) -> str:
    return next((word for sign, word in known if sign in said), "")
