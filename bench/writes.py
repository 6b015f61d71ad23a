"""Posts per second from 64 writers over HTTP into SQLite, each durable before its 201, beside the same handlers
without the store in the same run.

    python -m bench.writes [--writers 64] [--seconds 3] [--rounds 4] [--threads 16]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
from itertools import count
from pathlib import Path

from bench.figure import Figure, Measured, show
from bench.http_load import load
from bench.http_servers import Server, pin_generator, serve
from tertulia_server.actions.members import create_api_token, create_member
from tertulia_server.actions.threads import create_thread
from tertulia_server.cli.offline import offline_actions
from tertulia_server.forum.models import Role, Visitor
from tertulia_server.store.forums import create_category, create_forum

TEXT = ("The quick talk of a full room, *written down* so that a post has the length of a post. " * 4)[:300]
_keys = count(1)


async def make_place(database: str, threads: int) -> tuple[list[int], list[str]]:
    """Threads to write in, each in a forum of its own, and the tokens of as many members."""
    async with offline_actions(database) as actions:
        category_id = await actions.store.write(create_category, "A")
        ids, tokens = [], []
        for number in range(threads):
            member_id = await create_member(actions, f"member {number}", password=None)
            tokens.append(await create_api_token(actions, member_id, "bench"))
            forum_id = await actions.store.write(create_forum, category_id, f"Talk {number}")
            visitor = Visitor(member_id, f"member {number}", Role.MEMBER)
            outcome = await create_thread(actions, visitor, forum_id, "The fair", TEXT, key=f"first-{number:012d}")
            ids.append(outcome.thread["id"])
    return ids, tokens


def make_request(ids: list[int], tokens: list[str]) -> bytes:
    """The next post: the threads and their members take turns."""
    number = next(_keys)
    place = number % len(ids)
    body = json.dumps({"text": f"{number}: {TEXT}"[:300]}).encode()
    head = (
        f"POST /api/threads/{ids[place]}/posts HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {tokens[place]}\r\n"
        f"Idempotency-Key: bench-{number:012d}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def measure(server: Server, place: tuple[list[int], list[str]], options: argparse.Namespace) -> tuple[float, float]:
    """Processor microseconds per acknowledged post, and posts per second of wall time."""
    before_s = server.cpu_s()
    tally = load(server.port, connections=options.writers, seconds=options.seconds, make=lambda: make_request(*place))
    used_s = server.cpu_s() - before_s
    if set(tally.statuses) != {201}:
        raise SystemExit(f"Unexpected answers: {tally.statuses}")
    return used_s / tally.count * 1e6, tally.count / options.seconds


def run(folder: Path, options: argparse.Namespace) -> Measured:
    database = f"sqlite:///{folder / 'forum.db'}"
    place = asyncio.run(make_place(database, options.threads))
    pin_generator()
    variables = {"TERTULIA_DATABASE": database, "TERTULIA_POSTS_PER_MINUTE": "0", "TERTULIA_WRITES_PER_MINUTE": "0"}
    with (
        serve("bench.write_apps:create_app_from_environment", folder, variables) as ours,
        serve("bench.write_apps:create_app_without_store", folder, variables) as without,
    ):
        for server in (ours, without):  # warm
            measure(server, place, options)
        rows = [(measure(without, place, options), measure(ours, place, options)) for _ in range(options.rounds)]
    without_us, ours_us = (statistics.median(row[place][0] for row in rows) for place in range(2))
    wall = [round(statistics.median(row[place][1] for row in rows)) for place in range(2)]
    remarks = [
        f"{options.threads} threads, SQLite with full sync",
        f"{ours_us:.0f} us of CPU per post, {without_us:.0f} without the store",
    ]
    name = f"{options.writers} writers over HTTP, SQLite, durable"
    return [
        Figure(f"{name}: posts acknowledged", "/s", wall[1], wall[0], 0.4, is_least=True),
        Figure("  the same, per second of CPU", "/s", 1e6 / ours_us, 1e6 / without_us, 0.4, is_least=True),
        Figure("  the goal for acknowledged posts", "/s", wall[1], None, 1500, is_least=True),
    ], remarks


def defaults() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--writers", type=int, default=64)
    parser.add_argument("--threads", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--rounds", type=int, default=4)
    return parser


def main() -> None:
    options = defaults().parse_args()
    show(lambda folder: run(folder, options))


if __name__ == "__main__":
    main()
