"""The words of the page's script in another language: a small module that runs before the script.

It is a file of ours and no inline script, so the content policy stands; its address names its content, so a browser
asks for it once. English pages need none: English is in the script.
"""

from __future__ import annotations

import hashlib
import json
from functools import cache
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from tertulia_server.errors import Refusal
from tertulia_server.web.encodings import FILE_LEVEL, GZIP, VARY, pack, takes_gzip
from tertulia_server.web.languages import ENGLISH, LANGUAGES, Language
from tertulia_wire.codes import Code

GLOBAL: Final = "tertuliaWords"

_YEAR_S: Final = 365 * 24 * 3600
_OF_SCRIPT: Final = ("client/js/", "server/tertulia_server/forum/ranks.py")
"""Places whose words the script shows: its own, and the ranks that events bring."""


def words_address(language: Language) -> str | None:
    """Where the words of a language are; None for English."""
    return None if language is ENGLISH else f"/words/{language.code}.js?v={_version(language)}"


async def show_words(request: Request) -> Response:
    """``GET /words/es.js?v=HASH``: for ever where the address names the version, else to be asked for again."""
    language = LANGUAGES.get(request.path_params["language"])
    if language is None or language is ENGLISH:
        raise Refusal(Code.NOT_FOUND)
    is_packed = takes_gzip(request)
    response = Response(
        _packed_module(language) if is_packed else _module(language),
        headers=dict(GZIP if is_packed else VARY),
        media_type="text/javascript",
    )
    is_current = request.query_params.get("v") == _version(language)
    response.headers["Cache-Control"] = f"public, max-age={_YEAR_S}, immutable" if is_current else "no-cache"
    return response


@cache
def _module(language: Language) -> bytes:
    words: dict[str, list[str]] = {
        entry.message: entry.translations
        for entry in language.entries
        if entry.message and entry.is_complete and any(place.startswith(_OF_SCRIPT) for place in entry.places)
    }
    content: dict[str, Any] = {
        "language": language.code,
        "months": language.months,
        "day": language.day,
        "separator": language.separator,
        "leastGrouped": language.least_grouped,
        "words": words,
    }
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return f"globalThis.{GLOBAL}={text};\n".encode()


@cache
def _packed_module(language: Language) -> bytes:
    return pack(_module(language), FILE_LEVEL)


@cache
def _version(language: Language) -> str:
    return hashlib.sha256(_module(language)).hexdigest()[:12]
