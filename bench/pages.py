"""The thread page of 20 posts as a guest: requests per second on one core, beside a plain route in the same run.

    python -m bench.pages [--connections 16] [--seconds 2] [--rounds 5]

The figure is processor time of the server per request; on two shared cores wall time says little. Rounds of both
servers take turns, and each ratio is that of two neighbours in time.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import urllib.request
from pathlib import Path

from bench.figure import Figure, Measured, show
from bench.http_load import load
from bench.http_servers import Server, pin_generator, serve
from tertulia_server.actions.members import create_member
from tertulia_server.actions.posts import create_post
from tertulia_server.actions.threads import create_thread
from tertulia_server.cli.offline import offline_actions
from tertulia_server.forum.models import Role, Visitor
from tertulia_server.store.forums import create_category, create_forum

AUTHORS = 5
TEXT = "The quick talk of a full room, *written down* so that a post has the length of a post.\n\n> quoted\n\n" * 3


async def make_thread(database: str, posts: int = 20) -> str:
    """A thread with so many posts by five members; the path of its page."""
    async with offline_actions(database) as actions:
        forum_id = await actions.store.write(create_forum, await actions.store.write(create_category, "A"), "Talk")
        authors = []
        for number in range(AUTHORS):
            member_id = await create_member(actions, f"member {number}", password="a long password")
            authors.append(Visitor(member_id, f"member {number}", Role.MEMBER))
        thread = (await create_thread(actions, authors[0], forum_id, "The fair", TEXT, key="k" * 16)).thread
        for number in range(1, posts):
            visitor = authors[number % AUTHORS]
            await create_post(actions, visitor, thread["id"], TEXT[: 300 + number], key=f"key-{number:012d}")
    return f"/threads/{thread['id']}-{thread['slug']}"


def fetch(server: Server, path: str) -> tuple[bytes, str]:
    """The body and the tag of a page."""
    with urllib.request.urlopen(f"http://127.0.0.1:{server.port}{path}", timeout=10) as answer:
        return answer.read(), answer.headers.get("ETag", "")


def measure(server: Server, path: str, options: argparse.Namespace, header: str = "") -> tuple[float, float]:
    """Processor microseconds per request and requests per second of wall time."""
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{header}\r\n".encode()
    before_s = server.cpu_s()
    tally = load(server.port, connections=options.connections, seconds=options.seconds, make=lambda: request)
    used_s = server.cpu_s() - before_s
    if set(tally.statuses) - {200, 304}:
        raise SystemExit(f"Unexpected answers: {tally.statuses}")
    return used_s / tally.count * 1e6, tally.count / options.seconds


def run(folder: Path, options: argparse.Namespace) -> Measured:
    database = f"sqlite:///{folder / 'forum.db'}"
    path = asyncio.run(make_thread(database))
    pin_generator()
    body_path = folder / "page.html"
    variables = {"TERTULIA_DATABASE": database, "BENCH_BODY": str(body_path)}
    with serve("bench.page_apps:create_app_from_environment", folder, variables) as ours:
        body, tag = fetch(ours, path)
        body_path.write_bytes(body)
        with serve("bench.page_apps:create_plain_app", folder, variables) as plain:
            rows = []
            for server, header in ((ours, ""), (plain, "")):  # warm
                measure(server, path, options, header)
            for _ in range(options.rounds):
                a = measure(plain, path, options)
                b = measure(ours, path, options)
                c = measure(ours, path, options, f"If-None-Match: {tag}\r\n")
                rows.append((a, b, c))
    plain_us, ours_us, unchanged_us = (statistics.median(row[place][0] for row in rows) for place in range(3))
    ratio = statistics.median(row[0][0] / row[1][0] for row in rows)
    wall = [round(statistics.median(row[place][1] for row in rows)) for place in range(3)]
    remarks = [
        f"thread page of {len(body):,} bytes, {options.connections} connections; median of the rounds {ratio:.2f}",
        f"requests/s of wall time: {wall[1]:,} pages, {wall[0]:,} of the plain route, {wall[2]:,} answers 304",
    ]
    return [
        Figure("thread page of 20 posts, guest, hot", "/s", 1e6 / ours_us, 1e6 / plain_us, 0.5, is_least=True),
        Figure("  the same, not modified (304)", "/s", 1e6 / unchanged_us, 1e6 / plain_us),
    ], remarks


def defaults() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--rounds", type=int, default=5)
    return parser


def main() -> None:
    options = defaults().parse_args()
    show(lambda folder: run(folder, options))


if __name__ == "__main__":
    main()
