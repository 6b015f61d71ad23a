"""A bot that is killed again and again, beside a server that is too, answers each post once and in order."""

from __future__ import annotations

import asyncio
import random
import re
import sys
import threading
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import pytest

from tertulia_server.actions.members import create_api_token, create_member
from tertulia_server.cli.offline import offline_actions
from tests.conftest import StartServer
from tests.processes import Reachable, RunningProcess, TertuliaServer
from tests.scenarios.village import Place, Writer, call, found, open_thread

BOT_FILE: Final = Path(__file__).parents[1] / "counting_bot.py"

WRITE_LIMIT_S: Final = 600.0
ANSWER_LIMIT_S: Final = 120.0


def make_bot(folder: Path) -> str:
    """An account for it; its token."""

    async def make() -> str:
        async with offline_actions(f"sqlite:///{folder / 'forum.db'}") as actions:
            return await create_api_token(actions, await create_member(actions, "Counter", is_bot=True), "tests")

    return asyncio.run(make())


def counting_bot(log: Path, server: Reachable, token: str, places: list[Place], **variables: str) -> RunningProcess:
    """The bot that answers with numbers, in a process; ``variables`` are those of its file, besides where and who."""
    channels = " ".join(place.channel for place in places)
    settings = {"TERTULIA_URL": server.url, "TERTULIA_TOKEN": token, "BOT_CHANNELS": channels} | variables
    return RunningProcess([sys.executable, str(BOT_FILE)], log, settings)


def read_texts(server: Reachable, place: Place, person: object) -> list[tuple[int, str, str]]:
    """Number, author and text of every post of the thread."""
    rows: list[tuple[int, str, str]] = []
    page = page_count = 1
    while page <= page_count:
        answer = call(server, "GET", f"/api/threads/{place.thread_id}/posts?page={page}", person)  # type: ignore[arg-type]
        rows += [(post["number"], post["author"]["name"], post["text"]) for post in answer["posts"]]
        page, page_count = page + 1, answer["page_count"]
    return rows


class Killer:
    """Starts a bot again each time that it has killed it, at random moments, until told to let it live."""

    def __init__(self, bots: list[RunningProcess], dice: random.Random, *, longest_life_s: float) -> None:
        self._bots = bots
        self._dice = dice
        self._longest_life_s = longest_life_s
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="killer")
        self.kills = 0

    def start(self) -> None:
        for bot in self._bots:
            bot.start()
        self._thread.start()

    def finish(self) -> None:
        self._is_over.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._is_over.wait(self._dice.uniform(0.05, self._longest_life_s)):
            bot = self._dice.choice(self._bots)
            bot.kill()
            self.kills += 1
            bot.start()


@pytest.mark.parametrize(
    ("posts", "kills", "server_kills", "longest_life_s", "pause_s"),
    [(60, 4, 1, 2.0, 0.0), pytest.param(2000, 100, 10, 3.0, 0.15, marks=pytest.mark.long)],
)
def test_bot_that_is_killed_answers_each_post_once_and_in_order(
    start_server: StartServer,
    tmp_path: Path,
    posts: int,
    kills: int,
    server_kills: int,
    longest_life_s: float,
    pause_s: float,
) -> None:
    people = found(tmp_path)
    token = make_bot(tmp_path)
    server = start_server()
    places = [open_thread(server, people) for _ in range(2)]
    texts = [f"text {number}" for number in range(posts // 2)]
    bot = counting_bot(tmp_path / "bot.log", server, token, places, BOT_STATE=str(tmp_path / "bot.db"))
    writers = [  # by somebody who is not held to a rate
        Writer([server], place, people.admin, texts, pause_s=pause_s) for place in places
    ]
    killer = Killer([bot], random.Random(posts), longest_life_s=longest_life_s)
    with ExitStack() as stack:
        stack.callback(bot.close)
        kill_all_that_runs(stack, killer, server, writers, bot_kills=kills, server_kills=server_kills, texts=len(texts))
        all_are_answered_once_and_in_order(server, places, people.admin)
    all_are_answered_once_and_in_order(server, places, people.admin)


@pytest.mark.parametrize(
    ("posts", "kills", "server_kills", "longest_life_s", "pause_s"),
    [(60, 4, 1, 3.0, 0.1), pytest.param(2000, 100, 10, 5.0, 0.5, marks=pytest.mark.long)],
)
def test_two_copies_that_are_killed_share_the_threads_and_answer_each_post_once_and_in_order(
    start_server: StartServer,
    tmp_path: Path,
    posts: int,
    kills: int,
    server_kills: int,
    longest_life_s: float,
    pause_s: float,
) -> None:
    people = found(tmp_path)
    token = make_bot(tmp_path)
    server = start_server()
    places = [open_thread(server, people) for _ in range(4)]
    texts = [f"text {number}" for number in range(posts // len(places))]
    logs = [tmp_path / f"copy-{number}.log" for number in range(2)]
    copies = [counting_bot(log, server, token, places, BOT_SHARE="counting") for log in logs]
    writers = [Writer([server], place, people.admin, texts, pause_s=pause_s) for place in places]
    killer = Killer(copies, random.Random(posts), longest_life_s=longest_life_s)
    with ExitStack() as stack:
        for copy in copies:
            stack.callback(copy.close)
        kill_all_that_runs(stack, killer, server, writers, bot_kills=kills, server_kills=server_kills, texts=len(texts))
        all_are_answered_once_and_in_order(server, places, people.admin)
        wait_until(lambda: all(held_by(log) == 4 for log in logs), "halves")
    all_are_answered_once_and_in_order(server, places, people.admin)


def kill_all_that_runs(
    stack: ExitStack,
    killer: Killer,
    server: TertuliaServer,
    writers: list[Writer],
    *,
    bot_kills: int,
    server_kills: int,
    texts: int,
) -> None:
    """Until all is written, the server was killed so often, and the bots at least so often."""
    stack.callback(killer.finish)
    for writer in writers:
        writer.start()
    killer.start()
    kill_while_they_write(server, server_kills, writers, texts)
    wait_until(lambda: killer.kills >= bot_kills, "kills")
    killer.finish()


def all_are_answered_once_and_in_order(server: TertuliaServer, places: list[Place], reader: object) -> None:
    """Each post by the answer that names its number, and no other; waits for the last ones."""
    wait_until(lambda: all(is_answered(read_texts(server, place, reader)) for place in places), "answers")
    for place in places:
        rows = read_texts(server, place, reader)
        asked = [number for number, author, _ in rows if author != "Counter"]
        answers = [text for _, author, text in rows if author == "Counter"]
        assert answers == [f"number {number}" for number in asked]


def kill_while_they_write(server: TertuliaServer, kills: int, writers: list[Writer], texts: int) -> None:
    """Kill the server so often, at even distances, and start it again; until all is written."""
    for number in range(1, kills + 1):
        writers[0].wait_for(texts * number // (kills + 1), limit_s=WRITE_LIMIT_S)
        server.kill()
        server.start()
    for writer in writers:
        writer.finish(limit_s=WRITE_LIMIT_S)


def held_by(log: Path) -> int | None:
    """How many parts a copy says that it has, the last time that it said so."""
    said = re.findall(r"(\d) of 8 parts", log.read_text())
    return int(said[-1]) if said else None


def is_answered(rows: list[tuple[int, str, str]]) -> bool:
    answers = sum(author == "Counter" for _, author, _ in rows)
    return answers >= len(rows) - answers


def wait_until(is_so: object, what: str) -> None:
    """What happens in other processes is asked for now and then."""
    assert callable(is_so)
    deadline_s = time.monotonic() + ANSWER_LIMIT_S
    while not is_so():
        assert time.monotonic() < deadline_s, f"no {what} within {ANSWER_LIMIT_S:g} s"
        time.sleep(0.1)
