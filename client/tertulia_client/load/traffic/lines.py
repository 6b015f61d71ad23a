"""The file of a recording: lines of JSON, the first about the file, each other about one event.

Members and threads and posts are numbers in the order in which they were first met: no id and no name of the server
leaves it. Fields may be added; who reads a file ignores what it does not know.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from tertulia_client.errors import ClientError
from tertulia_wire.limits import MAX_POST_CHARS

VERSION: Final = 1
MARK: Final = "tertulia_traffic"
"""The name of the first line's first field; its value is the version of the format."""

MAX_LINES: Final = 1_000_000
MAX_FILE_BYTES: Final = 1024 * 1024 * 1024
MAX_LINE_BYTES: Final = 1024 * 1024
MAX_AT_MS: Final = 400 * 86_400_000
"""More than a year."""

REPLACED: Final = "replaced"
KEPT: Final = "kept"


@dataclass(frozen=True, slots=True)
class Header:
    """``texts``: whether they are those that were written (`KEPT`), or others of the same shape (`REPLACED`)."""

    channels: Sequence[str]
    recorded_ms: int
    texts: str = REPLACED


@dataclass(frozen=True, slots=True)
class Line:
    """One event. ``at_ms`` counts from the first; ``size_bytes`` is that of the encoded event.

    0 stands for a thread, post or author that the event is not about; None for a text that it does not carry.
    """

    at_ms: int
    channel: str
    name: str
    size_bytes: int
    thread: int = 0
    post: int = 0
    version: int = 0
    author: int = 0
    text: str | None = None
    title: str | None = None
    positive: int = 0
    negative: int = 0


_UNSAID: Final = {"thread": 0, "post": 0, "version": 0, "author": 0, "positive": 0, "negative": 0}


def render_header(header: Header) -> str:
    return json.dumps({MARK: VERSION, **asdict(header)}, ensure_ascii=False, separators=(",", ":")) + "\n"


def render_line(line: Line) -> str:
    """Without what does not apply."""
    values = {name: value for name, value in asdict(line).items() if value is not None}
    said = {name: value for name, value in values.items() if name not in _UNSAID or value != _UNSAID[name]}
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")) + "\n"


def read_traffic(path: Path) -> tuple[Header, Sequence[Line]]:
    """A whole recording. `ClientError` for what is none, is of a newer format, or is larger than any."""
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise ClientError(f"{path} is larger than any recording.")
        with path.open(encoding="utf-8", errors="strict") as file:
            return _parse(path, file)
    except OSError as error:
        raise ClientError(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError:
        raise ClientError(f"{path} is no recording of `tertulia load record`.") from None


def _parse(path: Path, rows: Iterable[str]) -> tuple[Header, Sequence[Line]]:
    numbered = iter(enumerate(rows, start=1))
    header = _header(path, next(numbered, (1, ""))[1])
    return header, list(_lines(path, numbered))


def _lines(path: Path, numbered: Iterator[tuple[int, str]]) -> Iterator[Line]:
    """A last line that was cut off, as by a full disk, is left out."""
    at_ms = 0
    for number, row in numbered:
        if number > MAX_LINES + 1:
            raise ClientError(f"{path} has more than {MAX_LINES:,} events.")
        if not row.endswith("\n"):
            return
        line = _line(row)
        if line is None or line.at_ms < at_ms:
            raise ClientError(f"{path}: line {number} is no event of a recording.")
        at_ms = line.at_ms
        yield line


def _header(path: Path, row: str) -> Header:
    values = _object(row)
    version = values.get(MARK)
    if not isinstance(version, int):
        raise ClientError(f"{path} is no recording of `tertulia load record`.")
    if version > VERSION:
        raise ClientError(f"{path} is of format {version}, this release reads up to {VERSION}: a newer one is needed.")
    channels, recorded_ms = values.get("channels"), values.get("recorded_ms")
    if not isinstance(channels, list) or not isinstance(recorded_ms, int):
        raise ClientError(f"{path} is no recording of `tertulia load record`.")
    return Header([str(channel) for channel in channels], recorded_ms, str(values.get("texts", REPLACED)))


def _line(row: str) -> Line | None:
    values = _object(row)
    known = {name: values[name] for name in Line.__dataclass_fields__ if name in values}
    strings = ("channel", "name", "text", "title")
    are_sound = all(isinstance(value, str) if name in strings else _is_count(value) for name, value in known.items())
    if not are_sound or not {"at_ms", "channel", "name", "size_bytes"} <= known.keys():
        return None
    if known["at_ms"] > MAX_AT_MS or len(known.get("text", "")) > MAX_POST_CHARS:
        return None
    return Line(**known)


def _object(row: str) -> Mapping[str, Any]:
    try:
        values = json.loads(row) if len(row) <= MAX_LINE_BYTES else None
    except ValueError:
        values = None
    return values if isinstance(values, dict) else {}


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
