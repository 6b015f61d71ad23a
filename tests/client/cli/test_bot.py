from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from tertulia_client.bots.dead_letters import append_letter, letter_of, read_letters
from tertulia_client.bots.state import Kept, open_state
from tertulia_client.cli.main import run
from tertulia_client.testing import FakeServer
from tertulia_wire.cursors import Cursor
from tests.client.bots.samples import post_created
from tests.client.cli.command_line import run_beside


def write_letters(tmp_path: Path, *texts: str) -> Path:
    path = tmp_path / "bot.db.deadletters"
    for seq, text in enumerate(texts, 1):
        append_letter(path, letter_of(post_created(text, seq=seq, post_id=seq), "answer", ValueError("why not"), 5))
    return path


BOT = """
from tertulia_client import Bot, PostCreated, Retry
bot = Bot({url!r}, token="t", retry=Retry(1))

@bot.on
async def answer(post: PostCreated) -> str:
    assert post.text != "poison"
    return "re: " + post.text
"""


def test_new_bot_is_written_and_its_next_steps_are_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["bot", "new", "dice", "--folder", str(tmp_path)]) == 0
    assert "python dice.py" in capsys.readouterr().out
    assert run(["bot", "new", "dice", "--folder", str(tmp_path)]) == 2
    assert "already" in capsys.readouterr().err


def test_letters_are_listed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write_letters(tmp_path, "a", "b")
    assert run(["bot", "deadletters", str(path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "thread:1 1" in lines[0]
    assert "answer: ValueError: why not (5 tries)" in lines[0]
    assert lines[-1] == "2 in all; --replay bot.py tries again."
    assert run(["bot", "deadletters", str(path), "--verbose"]) == 0
    assert "ValueError: why not\n" in capsys.readouterr().out
    assert run(["bot", "deadletters", str(tmp_path / "nowhere")]) == 2


async def test_letters_are_replayed_and_those_that_fail_again_stay(tmp_path: Path) -> None:
    path = write_letters(tmp_path, "a", "poison")
    async with FakeServer() as server:
        (tmp_path / "my_bot.py").write_text(BOT.format(url=server.url))
        status, out = await run_beside(["bot", "deadletters", str(path), "--replay", str(tmp_path / "my_bot.py")])
        assert (status, out.splitlines()[-1]) == (1, "1 handled, 1 left.")
        assert server.texts == ["re: a"]
    assert [letter.seq for letter in read_letters(path)] == [2]


def test_file_without_one_bot_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write_letters(tmp_path, "a")
    (tmp_path / "none.py").write_text("x = 1")
    for name, words in (("none.py", "has 0 bots"), ("nowhere.py", "no file of Python")):
        assert run(["bot", "deadletters", str(path), "--replay", str(tmp_path / name)]) == 2
        assert words in capsys.readouterr().err


def test_state_is_shown_and_told_that_its_server_moved(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "bot.db"
    with closing(open_state(path)) as opened:
        opened.check_owner("http://old.example", "helper")
        opened.save({"thread:1": Kept(Cursor("e1", 5), [7, 9]), "forum:3": Kept(Cursor("e1", 2))})
    assert run(["bot", "state", str(path), "--moved-to", "https://new.example/"]) == 0
    assert run(["bot", "state", str(path)]) == 0
    words = "helper at https://new.example\nforum:3  e1.2\nthread:1  e1.5 and 2 after it\n"
    assert capsys.readouterr().out == words * 2
    assert run(["bot", "state", str(tmp_path / "nowhere.db")]) == 2
    assert not (tmp_path / "nowhere.db").exists()
