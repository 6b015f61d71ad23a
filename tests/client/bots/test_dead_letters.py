from __future__ import annotations

from pathlib import Path

import pytest

from tertulia_client.bots import dead_letters as module
from tertulia_client.bots.dead_letters import append_letter, letter_of, read_letters, write_letters
from tertulia_client.errors import ClientError
from tests.client.bots.samples import post_created


def test_letters_are_appended_read_and_replaced(tmp_path: Path) -> None:
    path = tmp_path / "letters"
    letters = [letter_of(post_created("ñ", seq=seq), "hello", ValueError("why"), 5) for seq in (1, 2)]
    for letter in letters:
        append_letter(path, letter)
    assert list(read_letters(path)) == letters
    assert letters[1].as_event() == post_created("ñ", seq=2)
    write_letters(path, letters[1:])
    assert list(read_letters(path)) == letters[1:]
    assert [one.name for one in tmp_path.iterdir()] == ["letters"]


def test_file_that_has_grown_too_large_takes_no_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_FILE_BYTES", 10)
    letter = letter_of(post_created("x"), "hello", ValueError("why"), 5)
    append_letter(tmp_path / "letters", letter)
    with pytest.raises(ClientError, match="tertulia bot deadletters"):
        append_letter(tmp_path / "letters", letter)


def test_line_that_is_no_letter_is_named(tmp_path: Path) -> None:
    path = tmp_path / "letters"
    path.write_text('{"at": "now"}\n')
    with pytest.raises(ClientError, match="Line 1 of"):
        list(read_letters(path))
    with pytest.raises(ClientError, match="There is no file"):
        list(read_letters(tmp_path / "nowhere"))
    with pytest.raises(ClientError, match="cannot be read"):
        list(read_letters(tmp_path))
