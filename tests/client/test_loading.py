from __future__ import annotations

from pathlib import Path

import pytest

from tertulia_client.errors import ClientError
from tertulia_client.loading import load_bot

BOT = """
from tertulia_client import Bot
from beside_it import NAME
bot = Bot(name=NAME)
if __name__ == "__main__":
    raise AssertionError("it was run as a program")
"""


def test_bot_is_read_anew_each_time_with_what_stands_beside_it(tmp_path: Path) -> None:
    (tmp_path / "beside_it.py").write_text("NAME = 'helper'")
    path = tmp_path / "helper_to_load.py"
    path.write_text(BOT)
    one, other = load_bot(path), load_bot(str(path))
    assert one is not other
    assert one.options.name == "helper"


@pytest.mark.parametrize(
    ("text", "words"),
    [("x = 1", "has 0 bots"), (f"{BOT}\nother = Bot()", "has 2 bots"), (None, "is no file of Python")],
)
def test_file_without_one_bot_is_refused(tmp_path: Path, text: str | None, words: str) -> None:
    (tmp_path / "beside_it.py").write_text("NAME = 'helper'")
    path = tmp_path / "no_bot.py"
    if text is not None:
        path.write_text(text)
    with pytest.raises(ClientError, match=words):
        load_bot(path)
