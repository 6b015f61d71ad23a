from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tertulia_client.bots.scaffold import write_bot
from tertulia_client.errors import ClientError


def test_bot_that_is_made_passes_its_own_test(tmp_path: Path) -> None:
    made = write_bot(tmp_path, "dice")
    assert sorted(path.name for path in made.iterdir()) == ["dice.py", "pytest.ini", "test_dice.py"]
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", "."]
    answer = subprocess.run(command, cwd=made, capture_output=True, text=True, env={**os.environ}, check=False)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert "1 passed" in answer.stdout
    assert "arning" not in answer.stdout + answer.stderr


def test_name_that_cannot_be_and_folder_that_is_there_are_refused(tmp_path: Path) -> None:
    for name in ("", "../up", "Two Words", "9lives"):
        with pytest.raises(ClientError, match="cannot be the name"):
            write_bot(tmp_path, name)
    write_bot(tmp_path, "dice")
    with pytest.raises(ClientError, match="already"):
        write_bot(tmp_path, "dice")
