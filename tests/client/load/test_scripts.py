from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tertulia_client.errors import ClientError
from tertulia_client.load.scripts import load_script
from tertulia_client.testing import FakeServer
from tests.client.load.stages import stage_on

USERS = '''"""An evening.

More of it."""

from tertulia_client.load.users import VirtualUser

READERS, RATE, DURATION, THREADS = 3, "5/s", "1m", 2


class Writer(VirtualUser):
    async def visit(self) -> None:
        await self.post("Good evening.")
'''
BOT = "from tertulia_client import Bot\n\nbot = Bot()\n"


def script(folder: Path, text: str) -> Path:
    path = folder / "evening.py"
    path.write_text(text)
    return path


async def test_file_of_virtual_users_is_a_scenario_with_its_own_amounts(tmp_path: Path) -> None:
    scenario = load_script(script(tmp_path, USERS))
    assert (scenario.name, scenario.summary, scenario.readers) == ("evening", "An evening.", 3)
    assert (scenario.rate, scenario.duration, scenario.threads, scenario.needs_bot_token) == ("5/s", "1m", 2, False)
    async with asyncio.timeout(30), FakeServer() as server, stage_on(server) as stage:
        await scenario.play(stage)
        assert (stage.publisher.acknowledged, stage.delivery_times.count) == (20, 120)


def test_file_of_a_bot_is_one_too_and_needs_an_account(tmp_path: Path) -> None:
    assert load_script(script(tmp_path, BOT)).needs_bot_token


@pytest.mark.parametrize("text", ["", "from tertulia_client.load.users import VirtualUser\n", BOT + "two = Bot()\n"])
def test_file_without_either_is_told(tmp_path: Path, text: str) -> None:
    with pytest.raises(ClientError, match="needs classes of `VirtualUser`, or one `Bot`"):
        load_script(script(tmp_path, text))


def test_what_is_no_python_is_told(tmp_path: Path) -> None:
    with pytest.raises(ClientError, match="is no Python"):
        load_script(script(tmp_path, "def"))
    with pytest.raises(ClientError, match="is no file"):
        load_script(tmp_path / "none.py")
