"""The demo forum: ready on the first run, and the same on each later one."""

from __future__ import annotations

import json
import signal
import stat
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from tertulia_server.actions.members import set_password, sign_in
from tertulia_server.cli import demo
from tertulia_server.cli.offline import offline_actions
from tertulia_server.forum.models import Role
from tertulia_server.forum.tokens import hash_token
from tertulia_server.store.members import find_member_by_name
from tertulia_server.store.pages import read_thread_page
from tertulia_server.store.sign_ins import find_visitor_by_token
from tests.processes import RunningProcess


@pytest.fixture
def database(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / demo.DATABASE_FILE}"


async def test_first_run_makes_thread_administrator_and_bot(tmp_path: Path, database: str) -> None:
    path = await demo.prepare(tmp_path, database)
    keys = demo._read_keys(tmp_path)
    assert path.startswith(f"/threads/{keys.thread_id}-")
    async with offline_actions(database) as actions:
        assert await sign_in(actions, demo.ADMINISTRATOR, keys.password)
        host = await actions.store.read(find_member_by_name, demo.ADMINISTRATOR)
        bot = await actions.store.read(find_visitor_by_token, hash_token(keys.bot_token), actions.now_ms())
        page = await actions.store.read(read_thread_page, keys.thread_id, 1)
    assert host is not None
    assert host.role is Role.ADMINISTRATOR
    assert bot is not None
    assert (bot.name, bot.is_bot) == (demo.BOT, True)
    assert keys.own_bot_token not in {"", keys.bot_token}
    assert page is not None
    assert page.page_count >= 2


async def test_second_run_changes_nothing(tmp_path: Path, database: str) -> None:
    path = await demo.prepare(tmp_path, database)
    before = demo._read_keys(tmp_path)
    assert await demo.prepare(tmp_path, database) == path
    assert demo._read_keys(tmp_path) == before


async def test_lost_keys_are_made_anew_for_the_same_members(tmp_path: Path, database: str) -> None:
    await demo.prepare(tmp_path, database)
    tmp_path.joinpath(demo.KEYS_FILE).write_text("{", encoding="utf-8")
    await demo.prepare(tmp_path, database)
    async with offline_actions(database) as actions:
        assert await sign_in(actions, demo.ADMINISTRATOR, demo._read_keys(tmp_path).password)


async def test_password_that_was_changed_meanwhile_is_the_printed_one_again(tmp_path: Path, database: str) -> None:
    await demo.prepare(tmp_path, database)
    async with offline_actions(database) as actions:
        host = await actions.store.read(find_member_by_name, demo.ADMINISTRATOR)
        assert host is not None
        await set_password(actions, host.id, "something else")
    await demo.prepare(tmp_path, database)
    async with offline_actions(database) as actions:
        assert await sign_in(actions, demo.ADMINISTRATOR, demo._read_keys(tmp_path).password)


async def test_keys_are_for_this_user_only(tmp_path: Path, database: str) -> None:
    await demo.prepare(tmp_path, database)
    assert stat.S_IMODE(tmp_path.joinpath(demo.KEYS_FILE).stat().st_mode) == 0o600


def test_demo_serves_and_prints_how_to_sign_in(tmp_path: Path) -> None:
    folder = tmp_path / "a folder, 100% new?"
    command = [sys.executable, "-m", "tertulia_client", "demo", "--port", "0", "--folder", str(folder)]
    running = RunningProcess(command, tmp_path / "demo.log", {"PYTHONUNBUFFERED": "1"})
    running.start()
    try:
        running.wait_until(lambda: "serves on http" in running.output(), "the line that says where it serves")
        url = running.output().split("serves on ")[1].split()[0]
        with urllib.request.urlopen(url, timeout=10) as answer:
            assert b"/threads/" in answer.read() or answer.status == 200
        running.signal(signal.SIGINT)
        assert running.process.wait(30) == 0
    finally:
        running.close()
    password = json.loads(folder.joinpath(demo.KEYS_FILE).read_text())["password"]
    assert f"Sign in as {demo.ADMINISTRATOR}, password {password}" in running.output()


def test_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    tmp_path.joinpath("file").touch()
    command = [sys.executable, "-m", "tertulia_client", "demo", "--port", "0", "--folder", str(tmp_path / "file" / "x")]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    assert answer.returncode == 2
    assert answer.stderr.count("\n") == 1
