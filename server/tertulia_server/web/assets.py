"""Static files: style, marks and the built script, each under an address that changes with its content."""

from __future__ import annotations

import hashlib
import math
import os
import time
from collections.abc import Callable
from mimetypes import guess_type
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.responses import FileResponse, Response
from starlette.routing import Mount
from starlette.staticfiles import NotModifiedResponse, StaticFiles
from starlette.types import Scope

from tertulia_server.web.encodings import FILE_LEVEL, GZIP, VARY, pack, takes_gzip

STATIC_FOLDER: Final = Path(__file__).parent / "static"
SCRIPT: Final = "dist/page.js"
WORKER: Final = "dist/worker.js"
"""Of the line that all tabs of a browser share."""

STYLE: Final = "tertulia.css"
STYLE_FOLDER: Final = "style"
STYLE_PARTS: Final = (
    "ground",
    "head",
    "pages",
    "post",
    "forms",
    "moderation",
    "account",
    "composer",
    "narrow",
    "search",
    "administration",
)
"""Sent as one file, in this order: where two say something of the same, the later one is followed."""

BUILD_LOOK_S: Final = 1.0

_YEAR_S: Final = 365 * 24 * 3600
_PACKED_SUFFIXES: Final = frozenset({".css", ".js", ".svg"})


class Build:
    """Names what pages are made of: files, and the rules of their release by a number. A changed file gives another
    name without a restart."""

    def __init__(self, *folders: Path, rules: int = 0, clock: Callable[[], float] = time.monotonic) -> None:
        self._folders = folders
        self._rules = rules
        self._clock = clock
        self._look_again_s = -math.inf
        self._changed_ns: dict[Path, int] = {}
        self._name = ""

    @property
    def name(self) -> str:
        """A hash of their contents; looked for at most once in `BUILD_LOOK_S`."""
        now_s = self._clock()
        if now_s >= self._look_again_s:
            self._look_again_s = now_s + BUILD_LOOK_S
            self._look()
        return self._name

    def _look(self) -> None:
        paths = sorted(path for folder in self._folders for path in folder.rglob("*") if path.is_file())
        changed_ns = {path: path.stat().st_mtime_ns for path in paths}
        if changed_ns == self._changed_ns:
            return
        content = hashlib.blake2b(b"%d" % self._rules, digest_size=8)
        for path in paths:
            content.update(b"%s\0%d\0" % (path.name.encode(), path.stat().st_size) + path.read_bytes())
        self._changed_ns, self._name = changed_ns, content.hexdigest()


class Assets:
    """Addresses of static files with a version; a changed file gets a new one without a restart."""

    def __init__(self, folder: Path = STATIC_FOLDER) -> None:
        self._folder = folder
        self._versions: dict[str, tuple[int, str]] = {}
        self._packed: dict[str, tuple[str, bytes]] = {}
        self._style = Build(folder / STYLE_FOLDER)

    def address(self, name: str) -> str:
        """``/static/NAME?v=HASH`` of a file that exists."""
        return f"/static/{name}?v={self.version(name)}"

    def find_address(self, name: str) -> str | None:
        """The same, or None for a file that was not built."""
        return self.address(name) if (self._folder / name).is_file() else None

    def content(self, name: str) -> bytes:
        """A file, or the parts of the style one after the other."""
        if name == STYLE:
            return b"".join((self._folder / STYLE_FOLDER / f"{part}.css").read_bytes() for part in STYLE_PARTS)
        return (self._folder / name).read_bytes()

    def version(self, name: str) -> str:
        """Hex digits that are others when the content is."""
        if name == STYLE:
            return self._style.name
        path = self._folder / name
        changed_ns = path.stat().st_mtime_ns
        known = self._versions.get(name)
        if known is None or known[0] != changed_ns:
            known = changed_ns, hashlib.sha256(path.read_bytes()).hexdigest()[:12]
            self._versions[name] = known
        return known[1]

    def packed(self, name: str) -> bytes | None:
        """The file compressed, once for each version; None for kinds that do not get smaller by it."""
        if Path(name).suffix not in _PACKED_SUFFIXES:
            return None
        version = self.version(name)
        known = self._packed.get(name)
        if known is None or known[0] != version:
            known = version, pack(self.content(name), FILE_LEVEL)
            self._packed[name] = known
        return known[1]


class _VersionedFiles(StaticFiles):
    def __init__(self, assets: Assets, folder: Path) -> None:
        super().__init__(directory=folder, check_dir=False)
        self._assets = assets

    def lookup_path(self, path: str) -> tuple[str, os.stat_result | None]:
        return super().lookup_path(f"{STYLE_FOLDER}/{STYLE_PARTS[0]}.css" if path == STYLE else path)

    def file_response(
        self, full_path: str | os.PathLike[str], stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        name = self.get_path(scope).replace(os.sep, "/")
        version, kind = self._assets.version(name), guess_type(name)[0]
        headers = Headers(scope=scope)
        packed = self._assets.packed(name) if takes_gzip(HTTPConnection(scope)) else None
        if packed is not None:
            response = Response(packed, status_code, GZIP, media_type=kind)
        elif name == STYLE:
            response = Response(self._assets.content(name), status_code, VARY, media_type=kind)
        else:
            response = FileResponse(full_path, status_code=status_code, stat_result=stat_result)
            response.headers.update(VARY)
        response.headers["ETag"] = f'"{version}"' if packed is None else f'"{version}-gzip"'
        wanted = parse_qs(scope["query_string"].decode("latin-1")).get("v", [""])[0]
        is_current = wanted == version
        response.headers["Cache-Control"] = f"public, max-age={_YEAR_S}, immutable" if is_current else "no-cache"
        return NotModifiedResponse(response.headers) if self.is_not_modified(response.headers, headers) else response


def static_route(assets: Assets, folder: Path = STATIC_FOLDER) -> Mount:
    """Serves ``/static``: for ever where the address names the version, else to be asked for again."""
    return Mount("/static", _VersionedFiles(assets, folder), name="static")
