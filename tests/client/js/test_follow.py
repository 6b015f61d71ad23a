"""The package that follows channels for programs in JavaScript, as it is built, in Node."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import pytest

import page_script
from tertulia_client.testing import FakeServer
from tertulia_wire.limits import MAX_SEQ

SCRIPTS: Final = page_script.SOURCES
PATIENCE_S: Final = 30.0

PROGRAM: Final = """
import { follow } from "tertulia-follow";
const [url, since, token] = process.argv.slice(2);
try {
  for await (const told of follow(url, ["thread:1"], { since, ...(token ? { token } : {}) })) {
    console.log(JSON.stringify(told));
  }
} catch (error) {
  console.log(JSON.stringify({ kind: error.name, code: error.code }));
}
"""
TYPED: Final = """
import { follow, type Followed } from "tertulia-follow";
export async function texts(url: string): Promise<string[]> {
  const found: string[] = [];
  for await (const told of follow(url, ["thread:17"], { since: { last: 3 } })) {
    const all: Followed = told;
    if (all.kind === "event" && all.name === "post.created") found.push(all.data.post.text ?? "");
    // @ts-expect-error: a thread's event has no post
    if (told.kind === "event" && told.name === "thread.changed") found.push(told.data.post.text);
  }
  return found;
}
"""

pytestmark = pytest.mark.skipif(not page_script.PACKAGES.is_dir(), reason="the packages of the page are not there")


async def run_node(*arguments: str | Path, cwd: Path = SCRIPTS) -> Process:
    return await asyncio.create_subprocess_exec(
        page_script.npm()[0], *arguments, cwd=cwd, stdout=PIPE, env={**os.environ, "NO_PROXY": "*"}
    )


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of a program in which the package is installed."""
    folder = tmp_path_factory.mktemp("program")
    package = folder / "node_modules" / "tertulia-follow"
    package.mkdir(parents=True)
    (package / "package.json").write_bytes((SCRIPTS / "package" / "package.json").read_bytes())
    subprocess.run([page_script.npm()[0], "build_package.ts", package / "dist"], cwd=SCRIPTS, check=True)
    (folder / "program.mjs").write_text(PROGRAM)
    (folder / "typed.ts").write_text(TYPED)
    return folder


class Program:
    """Follows `thread:1` in a process of its own."""

    def __init__(self, process: Process) -> None:
        self._process = process

    async def takes(self, count: int = 1) -> list[dict[str, Any]]:
        assert self._process.stdout is not None
        async with asyncio.timeout(PATIENCE_S):
            return [json.loads(await self._process.stdout.readline()) for _ in range(count)]

    async def seqs(self, count: int) -> list[int]:
        return [told["seq"] for told in await self.takes(count)]


@asynccontextmanager
async def program(folder: Path, *arguments: str) -> AsyncIterator[Program]:
    process = await run_node("program.mjs", *arguments, cwd=folder)
    try:
        yield Program(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def test_each_event_comes_once_and_in_order_whatever_the_server_does(installed: Path) -> None:
    async with FakeServer() as server:
        server.faults.lose_seq, server.faults.double_seq = 5, 6
        server.say("one")
        async with program(installed, server.url, "earliest") as follower:
            [first] = await follower.takes()
            assert (first["kind"], first["name"], first["cursor"]) == (
                "event",
                "post.created",
                {"epoch": "e1", "seq": 1},
            )
            assert first["data"]["post"]["text"] == "one"
            for number in range(2, 5):
                server.say(str(number))
            assert await follower.seqs(3) == [2, 3, 4]
            for number in range(5, 10):
                server.say(str(number))
            server.faults.lose_seq = 0
            assert await follower.seqs(5) == [5, 6, 7, 8, 9]
            server.cut_all()
            server.say("ten")
            assert await follower.seqs(1) == [10]
            await server.stop()
            server.say("eleven")
            await server.start()
            assert await follower.seqs(1) == [11]


async def test_new_log_is_told_of(installed: Path) -> None:
    async with FakeServer() as server:
        server.say("one")
        async with program(installed, server.url, "e0.7") as follower:
            [reset] = await follower.takes()
            assert (reset["kind"], reset["cursor"]) == ("reset", {"epoch": "e1", "seq": 1})
            server.say("two")
            assert await follower.seqs(1) == [2]
            server.renew_epoch()
            [reset] = await follower.takes()
            assert (reset["kind"], reset["reason"], reset["cursor"]["epoch"]) == ("reset", "epoch", "e2")


async def test_token_is_sent_and_a_wrong_one_ends_the_loop(installed: Path) -> None:
    async with FakeServer(tokens=frozenset({"right"})) as server:
        server.say("one")
        async with program(installed, server.url, "earliest", "right") as follower:
            assert await follower.seqs(1) == [1]
        async with program(installed, server.url, "earliest", "wrong") as follower:
            [end] = await follower.takes()
    assert end["kind"] == "FollowRefused"


async def test_events_are_typed_by_their_names(installed: Path) -> None:
    options = ["--noEmit", "--strict", "--module", "nodenext", "--target", "es2022", "--types", "", "typed.ts"]
    check = await run_node(SCRIPTS / "node_modules" / "typescript" / "bin" / "tsc", *options, cwd=installed)
    output, _ = await check.communicate()
    assert check.returncode == 0, output.decode()


async def test_client_and_fake_server_hold_the_conversations_of_the_transcripts() -> None:
    async with FakeServer(tokens=frozenset()) as server:
        server.unknown_channels.add(f"thread:{MAX_SEQ}")
        player = await run_node("test/transcripts.ts", f"{server.url.replace('http', 'ws', 1)}/live", "site")
        output, _ = await player.communicate()
    assert player.returncode == 0, output.decode()
    assert b"played as written" in output
