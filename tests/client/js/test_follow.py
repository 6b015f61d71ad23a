"""The package that follows channels for programs in JavaScript, as it is built, in Node."""

from __future__ import annotations

import asyncio
import io
import json
import os
import re
import subprocess
import tarfile
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import pytest

import page_script
from tertulia_client.testing import FakeServer
from tertulia_client.testing.samples import CREATED_MS
from tertulia_wire.limits import MAX_SEQ
from tertulia_wire.messages import Drain, Subscribe

SCRIPTS: Final = page_script.SOURCES
PATIENCE_S: Final = 30.0

PROGRAM: Final = """
import { follow } from "tertulia-follow";
import { keepInFile } from "tertulia-follow/node";
const [url, begin, token, file] = process.argv.slice(2);
const since = begin.startsWith("at ") ? new Date(Number(begin.slice(3))) : begin;
const options = { since, ...(token ? { token } : {}), ...(file ? { store: keepInFile(file) } : {}) };
try {
  for await (const told of follow(url, ["thread:1"], options)) {
    console.log(JSON.stringify(told));
  }
} catch (error) {
  console.log(JSON.stringify({ kind: error.name, code: error.code, message: error.message }));
}
"""
PAGE: Final = """
const items = new Map();
globalThis.localStorage = {
  getItem: (name) => items.get(name) ?? null,
  setItem: (name, text) => items.set(name, text),
};
globalThis.location = { origin: process.env.TERTULIA_URL };
globalThis.document = { set title(text) { console.log(text); } };
globalThis.addEventListener = () => {};
"""
"""What the example for browsers finds in one."""

TYPED: Final = """
import { follow, type Followed, type Store } from "tertulia-follow";
import { keepInFile } from "tertulia-follow/node";
export async function texts(url: string): Promise<string[]> {
  const found: string[] = [];
  const store: Store = keepInFile("place.json");
  for await (const told of follow(url, ["thread:17"], { since: { last: 3 }, sinceOf: { site: new Date() }, store })) {
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
def packed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The archive that would be published."""
    folder = tmp_path_factory.mktemp("package")
    package = folder / "tertulia-follow"
    package.mkdir()
    for name in ("package.json", "README.md", "LICENSE"):
        (package / name).write_bytes((SCRIPTS / "package" / name).read_bytes())
    subprocess.run([page_script.npm()[0], "build_package.ts", package / "dist"], cwd=SCRIPTS, check=True)
    command = page_script.npm("pack", "--silent", "./tertulia-follow")
    subprocess.run(command, cwd=folder, env=page_script.npm_environment(), check=True, stdout=subprocess.DEVNULL)
    [archive] = folder.glob("*.tgz")
    return archive


@pytest.fixture(scope="module")
def installed(packed: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of a program in which the package is installed, as npm does it: unpacked, for it needs nothing else."""
    folder = tmp_path_factory.mktemp("program")
    (folder / "node_modules").mkdir()
    with tarfile.open(packed) as archive:
        archive.extractall(folder / "node_modules", filter="data")
    (folder / "node_modules" / "package").rename(folder / "node_modules" / "tertulia-follow")
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


async def test_time_is_a_beginning(installed: Path) -> None:
    async with FakeServer() as server:
        server.publish("thread:1", "post.sung", {})
        for text in ("one", "two"):
            server.say(text)
        async with program(installed, server.url, f"at {CREATED_MS}") as follower:
            assert await follower.seqs(3) == [1, 2, 3]
        async with program(installed, server.url, f"at {CREATED_MS + 1}") as follower:
            while not server.connections:  # noqa: ASYNC110 - it tells nobody
                await asyncio.sleep(0.005)
            [connection] = server.connections
            await connection.has_received(Subscribe, 1)
            server.say("three")
            assert await follower.seqs(1) == [4]


async def test_killed_program_goes_on_behind_what_it_handled(installed: Path, tmp_path: Path) -> None:
    place = tmp_path / "place.json"
    async with FakeServer() as server:
        for text in ("one", "two", "three"):
            server.say(text)
        async with program(installed, server.url, "earliest", "", str(place)) as follower:
            assert await follower.seqs(3) == [1, 2, 3]
            while kept(place) != {"thread:1": "e1.3"}:  # noqa: ASYNC110 - it has no event for it
                await asyncio.sleep(0.005)
        server.say("while it was dead")
        async with program(installed, server.url, "latest", "", str(place)) as follower:
            assert await follower.seqs(1) == [4]
        spoil(place)
        async with program(installed, server.url, "latest", "", str(place)) as follower:
            [end] = await follower.takes()
    assert "cannot be read: put back a copy of it" in end["message"]


def kept(place: Path) -> object:
    return json.loads(place.read_text()) if place.exists() else None


def spoil(place: Path) -> None:
    place.write_text("no JSON")


async def test_new_line_is_made_before_the_old_one_is_left(installed: Path) -> None:
    busy = b"HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n"
    async with FakeServer() as server:
        server.say("one")
        async with program(installed, server.url, "earliest") as follower:
            await follower.seqs(1)
            [old] = server.connections
            server.faults.handshake_answers.append(busy)
            server.tell_all(Drain(10))
            while server.faults.handshake_answers:  # noqa: ASYNC110 - the first try is refused
                await asyncio.sleep(0.005)
            server.say("still over the old one")
            assert await follower.seqs(1) == [2]
            assert server.connections == {old}
            while server.connections <= {old}:  # noqa: ASYNC110 - it has no event for it
                await asyncio.sleep(0.005)
            server.say("over both")
            assert await follower.seqs(1) == [3]
            while old in server.connections:  # noqa: ASYNC110 - it has no event for it
                await asyncio.sleep(0.005)
            assert server.connection_count == 2


def test_archive_holds_what_it_needs_and_nothing_else(packed: Path) -> None:
    with tarfile.open(packed) as archive:
        files = {name.removeprefix("package/") for name in archive.getnames()}
        described = json.load(archive.extractfile("package/package.json") or io.BytesIO())
    plain = {"LICENSE", "README.md", "package.json"}
    built = {f"dist/{name}.js{suffix}" for name in ("index", "node") for suffix in ("", ".map")}
    types = files - plain - built
    assert files >= plain | built
    assert all(name.startswith("dist/") and name.endswith(".d.ts") for name in types)
    assert not [name for name in types if "/page/" in name or "tab" in name]
    for entry in described["exports"].values():
        assert {path.removeprefix("./") for path in entry.values()} <= files
    assert "dependencies" not in described
    assert (SCRIPTS / "package" / "LICENSE").read_bytes() == (SCRIPTS.parents[1] / "LICENSE").read_bytes()


@pytest.mark.parametrize("number", range(3))
async def test_examples_of_the_readme_run(installed: Path, number: int) -> None:
    blocks = re.findall(r"```js\n(.*?)```", (SCRIPTS / "package" / "README.md").read_text(), re.DOTALL)
    assert len(blocks) == 3
    (installed / f"example{number}.mjs").write_text(blocks[number])
    (installed / "page.mjs").write_text(PAGE)
    variables = {"TERTULIA_TOKEN": "t", "NO_PROXY": "*"}
    async with FakeServer() as server:
        server.say("one", thread_id=17)
        process = await asyncio.create_subprocess_exec(
            page_script.npm()[0], "--import", "./page.mjs", f"example{number}.mjs",
            cwd=installed, stdout=PIPE, env={**os.environ, **variables, "TERTULIA_URL": server.url},
        )  # fmt: skip
        assert process.stdout is not None
        try:
            async with asyncio.timeout(PATIENCE_S):
                while not server.connections:  # noqa: ASYNC110 - it tells nobody
                    await asyncio.sleep(0.005)
                [connection] = server.connections
                await connection.has_received(Subscribe, 1)
                server.say("two", thread_id=17)
                line = await process.stdout.readline()
        finally:
            process.kill()
            await process.wait()
    assert line.decode().strip() in ("1 one", "thread:17 2 post.created", "1 posts")


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
