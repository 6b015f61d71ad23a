"""The tutorial as its reader does it: a bot is made, tested, run beside a real server, and replaced meanwhile."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Final

import pytest

from tertulia_client.cli.main import run
from tertulia_server.actions.members import create_api_token, create_member
from tertulia_server.cli.offline import offline_actions
from tests.conftest import StartServer
from tests.docs.blocks import ROOT, blocks, commands
from tests.processes import RunningProcess, free_port
from tests.scenarios.village import Place, call, found, open_thread, post

TUTORIAL: Final = "docs/tutorial/a-bot-from-nothing.md"
BOT, TEST, SECOND_RELEASE = blocks(TUTORIAL)


def second(first: str) -> str:
    """The first release with the function of the second in the place of its own."""
    head, _, rest = first.partition("@bot.command\n")
    return head + SECOND_RELEASE + rest[rest.index("\n\nbot.follow") :]


def make(folder: Path) -> Path:
    assert "tertulia bot new helper" in commands(TUTORIAL)
    assert run(["bot", "new", "helper", "--folder", str(folder)]) == 0
    made = folder / "helper"
    made.joinpath("helper.py").write_text(BOT)
    made.joinpath("test_helper.py").write_text(TEST)
    return made


def pytest_in(folder: Path) -> str:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", "."]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, env={**os.environ}, check=False).stdout


def test_its_tests_pass(tmp_path: Path) -> None:
    assert "3 passed" in pytest_in(make(tmp_path))


@pytest.mark.long
def test_test_of_the_old_sentence_fails_with_the_second_release(tmp_path: Path) -> None:
    made = make(tmp_path)
    made.joinpath("helper.py").write_text(second(BOT))
    assert "1 failed, 2 passed" in pytest_in(made)


def texts(server: object, place: Place, person: object) -> list[str]:
    answer = call(server, "GET", f"/api/threads/{place.thread_id}/posts?page=1", person)  # type: ignore[arg-type]
    return [one["text"] for one in answer["posts"]]


def make_bot(folder: Path) -> str:
    """An account for it; its token."""

    async def work() -> str:
        async with offline_actions(f"sqlite:///{folder / 'forum.db'}") as actions:
            return await create_api_token(actions, await create_member(actions, "helper", is_bot=True), "tests")

    return asyncio.run(work())


def test_it_is_replaced_beside_a_real_server_and_misses_and_repeats_nothing(
    start_server: StartServer, tmp_path: Path
) -> None:
    people, made, port = found(tmp_path), make(tmp_path), free_port()
    token = make_bot(tmp_path)
    server = start_server()
    place, guest = open_thread(server, people), people.ignacio
    made.joinpath("helper.py").write_text(BOT.replace("9100", str(port)))
    command = ["env", "--chdir", str(made), sys.executable, "helper.py"]
    bot = RunningProcess(command, tmp_path / "bot.log", {"TERTULIA_URL": server.url, "TERTULIA_TOKEN": token})
    try:
        bot.start()
        bot.wait_until(lambda: f"forum:{people.forum_id} is live" in bot.output(), "life")
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as answer:
            assert answer.status == 200
        post(server, place, guest, "Good evening.")
        bot.wait_until(lambda: len(texts(server, place, guest)) == 3, "a welcome")
        bot.signal(signal.SIGTERM)
        assert bot.process.wait(20) == 0
        post(server, place, guest, "!stairs 12 with a lamp")
        made.joinpath("helper.py").write_text(second(BOT).replace("9100", str(port)))
        bot.start()
        bot.wait_until(lambda: len(texts(server, place, guest)) == 5, "the answer of the second release")
        assert bot.stop() == 0
    finally:
        bot.close()
    assert texts(server, place, guest) == [
        "the first post",
        "Good evening.",
        f"Welcome, {guest.name}! Do sit down.",
        "!stairs 12 with a lamp",
        "12 steps, with a lamp: 1 minutes, and a rest at the top.",
    ]


@pytest.mark.parametrize("command", [line for line in commands(TUTORIAL) if "deploy/" in line])
def test_files_that_are_installed_are_there(command: str) -> None:
    [source] = [word for word in command.split() if word.startswith("deploy/")]
    assert ROOT.joinpath(source).is_file()
