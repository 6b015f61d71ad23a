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

BUILD_LOOK_S: Final = 1.0

_YEAR_S: Final = 365 * 24 * 3600
_PACKED_SUFFIXES: Final = frozenset({".css", ".js", ".svg"})


class Assets:
    """Addresses of static files with a version; a changed file gets a new one without a restart."""

    def __init__(self, folder: Path = STATIC_FOLDER) -> None:
        self._folder = folder
        self._versions: dict[str, tuple[int, str]] = {}
        self._packed: dict[str, tuple[str, bytes]] = {}

    def address(self, name: str) -> str:
        """``/static/NAME?v=HASH`` of a file that exists."""
        return f"/static/{name}?v={self.version(name)}"

    def find_address(self, name: str) -> str | None:
        """The same, or None for a file that was not built."""
        return self.address(name) if (self._folder / name).is_file() else None

    def version(self, name: str) -> str:
        """The first 12 hex digits of the content's SHA-256."""
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
            known = version, pack((self._folder / name).read_bytes(), FILE_LEVEL)
            self._packed[name] = known
        return known[1]


class Build:
    """Names the files that pages are made of: a changed one gives another name without a restart."""

    def __init__(self, *folders: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._folders = folders
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
        content = hashlib.blake2b(digest_size=8)
        for path in paths:
            content.update(b"%s\0%d\0" % (path.name.encode(), path.stat().st_size) + path.read_bytes())
        self._changed_ns, self._name = changed_ns, content.hexdigest()


class _VersionedFiles(StaticFiles):
    def __init__(self, assets: Assets, folder: Path) -> None:
        super().__init__(directory=folder, check_dir=False)
        self._assets = assets

    def file_response(
        self, full_path: str | os.PathLike[str], stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        name = self.get_path(scope).replace(os.sep, "/")
        version = self._assets.version(name)
        headers = Headers(scope=scope)
        packed = self._assets.packed(name) if takes_gzip(HTTPConnection(scope)) else None
        if packed is None:
            response: Response = FileResponse(full_path, status_code=status_code, stat_result=stat_result)
            response.headers.update({**VARY, "ETag": f'"{version}"'})
        else:
            kind = guess_type(name)[0]
            response = Response(packed, status_code, {**GZIP, "ETag": f'"{version}-gzip"'}, media_type=kind)
        wanted = parse_qs(scope["query_string"].decode("latin-1")).get("v", [""])[0]
        is_current = wanted == version
        response.headers["Cache-Control"] = f"public, max-age={_YEAR_S}, immutable" if is_current else "no-cache"
        return NotModifiedResponse(response.headers) if self.is_not_modified(response.headers, headers) else response


def static_route(assets: Assets, folder: Path = STATIC_FOLDER) -> Mount:
    """Serves ``/static``: for ever where the address names the version, else to be asked for again."""
    return Mount("/static", _VersionedFiles(assets, folder), name="static")
