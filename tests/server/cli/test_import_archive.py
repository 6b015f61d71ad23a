"""`tertulia import` as an operator meets it: what it prints, what it returns, what it leaves alone."""

from __future__ import annotations

import hashlib
import sqlite3
from pathlib import Path

import pytest

import tertulia_server
from tertulia_client.cli.main import run
from tertulia_server.cli import import_archive as import_module
from tertulia_server.forum.archive_lines import ArchiveError

DEMO = Path(tertulia_server.__file__).parent / "demo"
PAGES = [str(DEMO / "lighthouse-1.txt"), str(DEMO / "lighthouse-2.txt")]


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "test.db"


def import_into(database: Path, *arguments: str) -> int:
    return run(["import", *arguments, "--database", f"sqlite:///{database}"])


def dump(database: Path) -> str:
    """The whole database as SQL: the file itself may differ by bookkeeping only."""
    connection = sqlite3.connect(database)
    try:
        return hashlib.sha256("\n".join(connection.iterdump()).encode()).hexdigest()
    finally:
        connection.close()


def test_import_prints_what_it_did(database: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert import_into(database, *PAGES) == 0
    printed = capsys.readouterr().out
    assert "Imported 28 posts into the new forum 'Keepers and Menders' (14 new members, 0 changed cards): " in printed
    assert "/threads/1-bringing-the-light-at-carrick-point" in printed
    assert f"{PAGES[0]}:195: You have to be signed in to reply." in printed


def test_import_again_says_that_there_is_nothing_to_do(database: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import_into(database, *PAGES)
    before = dump(database)
    capsys.readouterr()
    assert import_into(database, *PAGES) == 0
    assert "Nothing to do: all 28 posts of these files are there already: /threads/1-" in capsys.readouterr().out
    assert dump(database) == before


def test_import_of_pages_one_by_one(database: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert import_into(database, PAGES[0]) == 0
    assert import_into(database, PAGES[1]) == 0
    assert "Imported 8 posts into the forum 'Keepers and Menders'" in capsys.readouterr().out


def test_dry_run_prints_what_is_written_and_makes_no_database(
    database: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert import_into(database, *PAGES, "--dry-run") == 0
    lines = capsys.readouterr().out.splitlines()
    facts = dict(line.split(maxsplit=1) for line in lines[:5])
    assert facts == {
        "Forum": "Keepers and Menders",
        "Title": "Bringing the light at Carrick Point back: a diary, and a call for hands",
        "Started": "by Maren Holm on Mar 4, 2012",
        "Posts": "28, numbered 1 to 28",
        "Members": "14",
    }
    table = [line.split() for line in lines[6:21]]
    assert ["The", "Surveyor", "HARBOUR", "MASTER", "Dec", "1,", "2004", "+960", "/", "8,024", "/", "-12", "2"] in table
    assert ["brassmonkey99", "BANNED", "Aug", "23,", "2011", "+1", "/", "605", "/", "-212", "1"] in table
    assert any(line.startswith("خليل البحّار") and "NEW MEMBER" in line for line in lines)
    assert any(line.startswith("Lamp & Sons <Chandlers>") for line in lines)
    assert lines[-1] == "Dry run: nothing was changed."
    assert not database.exists()


def test_dry_run_with_markup_in_names_prints_them_as_they_are(
    tmp_path: Path, database: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "page.txt"
    text = (
        Path(PAGES[0]).read_text(encoding="utf-8").replace("rust_belt", "[red]:smile:[/]").replace("You have", "[b]x")
    )
    page.write_text(text, encoding="utf-8")
    assert import_into(database, str(page), "--dry-run") == 0
    printed = capsys.readouterr().out
    assert "[red]:smile:[/]  " in printed
    assert "[b]x to be signed in" in printed


def test_dry_run_into_another_forum_names_both(database: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert import_into(database, *PAGES, "--dry-run", "--forum", "Harbour") == 0
    assert "Forum    Harbour (in the file: Keepers and Menders)" in capsys.readouterr().out


def test_import_into_another_forum(database: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert import_into(database, *PAGES, "--forum", "Harbour") == 0
    assert "into the new forum 'Harbour'" in capsys.readouterr().out


@pytest.mark.parametrize("options", [[], ["--dry-run"]])
def test_broken_file_changes_nothing_and_says_where(
    tmp_path: Path, database: Path, options: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    broken = tmp_path / "broken.txt"
    broken.write_text(
        Path(PAGES[0]).read_text(encoding="utf-8").replace("  7. Joaquín", "  8. Joaquín"), encoding="utf-8"
    )
    assert import_into(database, str(broken), *options) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err == f"tertulia: {broken}:70: Post number 8 follows post number 6. Nothing was changed.\n"
    assert not database.exists()


def test_second_file_broken_changes_nothing(tmp_path: Path, database: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import_into(database, PAGES[0])
    before = dump(database)
    broken = tmp_path / "broken.txt"
    broken.write_bytes(Path(PAGES[1]).read_bytes().partition(b"+1,209")[0])
    assert import_into(database, PAGES[0], str(broken)) == 1
    assert f"{broken}:" in capsys.readouterr().err
    assert dump(database) == before


def test_binary_and_huge_files_are_refused(
    tmp_path: Path, database: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    garbage = tmp_path / "garbage.bin"
    garbage.write_bytes(bytes(range(256)) * 10)
    assert import_into(database, str(garbage)) == 1
    assert f"tertulia: {garbage}:" in capsys.readouterr().err
    monkeypatch.setattr("tertulia_server.forum.archive_lines.MAX_ARCHIVE_FILE_BYTES", 100)
    monkeypatch.setattr(import_module, "MAX_ARCHIVE_FILE_BYTES", 100)
    assert import_into(database, PAGES[0]) == 1
    assert "This file is larger than the limit of 100 bytes." in capsys.readouterr().err
    assert not database.exists()


@pytest.mark.parametrize("arguments", [[], ["no-such-file.txt"], ["."], [PAGES[0], "--no-such-option"]])
def test_wrong_use_is_status_2(database: Path, arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert import_into(database, *arguments) == 2
    assert capsys.readouterr().err.startswith("tertulia: ")
    assert not database.exists()


def test_database_that_is_none_is_status_2_and_untouched(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = tmp_path / "notes.txt"
    other.write_text("my notes, not a database\n" * 100, encoding="utf-8")
    before = other.read_bytes()
    assert import_into(other, *PAGES) == 2
    assert "is not a database" in capsys.readouterr().err
    assert other.read_bytes() == before


def test_too_many_files_are_refused(
    database: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_module, "MAX_ARCHIVE_FILES", 1)
    assert import_into(database, *PAGES) == 1
    assert "At most 1 files" in capsys.readouterr().err


def test_file_that_vanishes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError) as refused:
        import_module._read_file(tmp_path / "gone.txt")
    assert str(refused.value) == f"{tmp_path}/gone.txt: The file cannot be read: No such file or directory."
