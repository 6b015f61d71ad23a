from __future__ import annotations

import json
from pathlib import Path

import pytest

from tertulia_client.errors import ClientError
from tertulia_client.load.traffic import lines as module
from tertulia_client.load.traffic.lines import KEPT, MARK, Header, Line, read_traffic, render_header, render_line

HEADER = Header(["thread:1", "site"], 1_700_000_000_000, KEPT)
LINES = [
    Line(0, "thread:1", "post.created", 400, thread=1, post=1, version=1, author=2, text="Grüße"),
    Line(1500, "site", "member.changed", 90),
    Line(1500, "thread:1", "post.rated", 380, thread=1, post=1, version=2, author=2, positive=1),
]


def write(path: Path, *rows: str) -> Path:
    path.write_text("".join(rows), encoding="utf-8")
    return path


def test_what_was_written_is_read_again(tmp_path: Path) -> None:
    path = write(tmp_path / "t", render_header(HEADER), *map(render_line, LINES))
    assert read_traffic(path) == (HEADER, LINES)
    assert json.loads(path.read_text().splitlines()[2]) == {
        "at_ms": 1500,
        "channel": "site",
        "name": "member.changed",
        "size_bytes": 90,
    }


def test_fields_that_are_unknown_are_passed_over_and_a_last_line_that_was_cut_off_too(tmp_path: Path) -> None:
    later = json.dumps({**json.loads(render_line(LINES[0])), "mood": "good"}) + "\n"
    path = write(tmp_path / "t", render_header(HEADER), later, render_line(LINES[1])[:20])
    assert read_traffic(path)[1] == [LINES[0]]


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        (["{}\n"], "is no recording"),
        ([""], "is no recording"),
        ([json.dumps({MARK: 2}) + "\n"], "is of format 2, this release reads up to 1"),
        ([json.dumps({MARK: 1}) + "\n"], "is no recording"),
        ([render_header(HEADER), "[]\n"], "line 2 is no event"),
        ([render_header(HEADER), render_line(LINES[1]), render_line(LINES[0])], "line 3 is no event"),
        ([render_header(HEADER), render_line(Line(-1, "site", "void", 1))], "line 2 is no event"),
        ([render_header(HEADER), render_line(Line(1, "site", "x", 1, text="x" * 100_000))], "line 2 is no event"),
    ],
)
def test_what_is_no_recording_is_one_sentence(tmp_path: Path, rows: list[str], sentence: str) -> None:
    with pytest.raises(ClientError, match=sentence):
        read_traffic(write(tmp_path / "t", *rows))


def test_no_file_a_binary_one_and_one_beyond_the_bounds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ClientError, match="cannot be read"):
        read_traffic(tmp_path / "none")
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ClientError, match="is no recording"):
        read_traffic(tmp_path / "binary")
    path = write(tmp_path / "t", render_header(HEADER), *map(render_line, LINES))
    monkeypatch.setattr(module, "MAX_LINES", 2)
    with pytest.raises(ClientError, match="more than 2 events"):
        read_traffic(path)
    monkeypatch.setattr(module, "MAX_FILE_BYTES", 10)
    with pytest.raises(ClientError, match="larger than any"):
        read_traffic(path)
