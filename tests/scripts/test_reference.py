"""The reference is made from the code, and says so when it is no longer."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

import reference
from tertulia_wire.codec import Encoding, decode_client_message, decode_server_message
from tertulia_wire.errors import DecodeError


def test_generated_files_are_up_to_date() -> None:
    """If this fails: `python scripts/reference.py`."""
    assert [str(path.relative_to(reference.ROOT)) for path in reference.outdated()] == []


def test_check_of_files_that_are_up_to_date_exits_0() -> None:
    assert reference.main(["--check"]) == 0


@pytest.fixture
def stale(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of nothing: every generated file is missing but the page, whose blocks are empty."""
    page = tmp_path / "protocol.md"
    text = reference.PAGE.read_text(encoding="utf-8")
    page.write_text(
        re.sub(r"(begin generated: [\w ]+ -->\n).*?(<!-- end)", r"\1\2", text, flags=re.DOTALL), encoding="utf-8"
    )
    transcripts = tmp_path / "transcripts"
    transcripts.mkdir()
    (transcripts / "no-longer-made.json").write_text("{}", encoding="utf-8")
    documents = {tmp_path / path.name: make for path, make in reference._DOCUMENTS.items()}
    for name, value in {"ROOT": tmp_path, "PAGE": page, "TRANSCRIPTS": transcripts, "_DOCUMENTS": documents}.items():
        monkeypatch.setattr(reference, name, value)
    return tmp_path


def test_check_of_stale_files_names_them_and_exits_1(stale: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert reference.main(["--check"]) == 1
    assert "out of date: asyncapi.json" in capsys.readouterr().out
    assert not (stale / "asyncapi.json").exists()


def test_writing_brings_everything_up_to_date(stale: Path) -> None:
    assert reference.main([]) == 0
    assert reference.outdated() == []
    assert not (stale / "transcripts" / "no-longer-made.json").exists()
    assert json.loads((stale / "asyncapi.json").read_text(encoding="utf-8"))["asyncapi"] == "3.0.0"
    assert reference.write() == []


def test_script_runs_by_itself() -> None:
    command = [sys.executable, "-W", "error", "scripts/reference.py", "--check"]
    outcome = subprocess.run(command, cwd=reference.ROOT, capture_output=True, text=True, check=False)
    assert (outcome.returncode, outcome.stderr) == (0, "")


def json_of_the_page() -> list[str]:
    """What the page shows as JSON messages: whole blocks, and arrays in the text."""
    page = reference.PAGE.read_text(encoding="utf-8")
    blocks = re.findall(r"^```json\n(.*?)^```$", page, flags=re.DOTALL | re.MULTILINE)
    inline = re.findall(r'`(\["[a-z]+",.*?\])`', page)
    return blocks + [
        text for text in inline if "{...}" not in text and "channel," not in text and "after_ms" not in text
    ]


@pytest.mark.parametrize("text", json_of_the_page(), ids=lambda text: text[:30])
def test_message_on_the_page_is_a_message(text: str) -> None:
    """An epoch and a seq are a cursor, not a message."""
    value = json.loads(text)
    if value[0] == "k3v9q2x7":
        return
    for decode in (decode_client_message, decode_server_message):
        try:
            decode(text, Encoding.JSON)
        except DecodeError:
            continue
        return
    raise AssertionError(f"no message: {text}")


def test_page_shows_messages() -> None:
    assert len(json_of_the_page()) > 15


def test_links_of_the_page_lead_somewhere() -> None:
    page = reference.PAGE.read_text(encoding="utf-8")
    heads = {
        re.sub(r"[^\w\- ]", "", head).lower().replace(" ", "-") for head in re.findall(r"^#+ (.*)$", page, re.MULTILINE)
    }
    for target in re.findall(r"\]\(([^)]+)\)", page):
        if target.startswith("#"):
            assert target[1:].replace("-", "") in heads, target
        else:
            assert (reference.PAGE.parent / target).exists(), target
