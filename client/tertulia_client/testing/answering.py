"""The API of the fake server: as much of it as bots and clients use."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from tertulia_client.testing.forum import FakeForum
from tertulia_client.testing.samples import ANA, BOT, thread_data
from tertulia_wire.codes import Code
from tertulia_wire.cursors import Cursor

BLOCK_EVENTS = 3
"""A small block, so that whoever reads the log has to take several."""

PARTS = 8
"""Of what the copies of a bot share: here there is one copy, which has them all."""

Answer = tuple[int, Any]


def answer(forum: FakeForum, method: str, path: str, body: Any, headers: Mapping[str, str]) -> Answer:
    """Status and body."""
    match [method, *path.strip("/").split("/")]:
        case ["POST", "api", "threads", thread_id, "posts"]:
            return _post(forum, int(thread_id), body, headers)
        case ["POST", "api", "forums", _, "threads"]:
            return 201, forum.say(body["text"], thread_id=17, author=BOT)
        case ["PATCH", "api", "posts", post_id]:
            return 200, forum.edit(int(post_id), body["text"])
        case ["DELETE", "api", "posts", post_id]:
            return 200, forum.remove(int(post_id))
        case ["PUT", "api", "posts", post_id, "rating"]:
            return 200, forum.rate(int(post_id), body["mark"]) | {"mark": body["mark"]}
        case ["GET", "api", "posts", post_id]:
            return 200, {"post": forum.posts[int(post_id) - 1]}
        case ["GET", "api", "forums"]:
            return 200, {"forums": [{"forum": {"id": forum_id, "name": "Forum"}} for forum_id in forum.forum_ids]}
        case ["GET", "api", "threads", thread_id]:
            return 200, {"thread": thread_data(int(thread_id)), "cursor": [forum.epoch, 0]}
        case ["GET", "api", "me"]:
            member = BOT if "authorization" in headers else None
            return 200, {"member": member, "role": "member" if member else "guest", "is_banned": False}
        case ["PUT", "api", "shares", _]:
            held = [{"part": part, "fence": 1, "places": {}} for part in range(PARTS)]
            return 200, {"parts": PARTS, "lease_ms": 5000, "held": held, "excess": []}
        case ["GET", "api", query] if query.startswith("log?"):
            return _read_log(forum, dict(parse_qsl(query[len("log?") :])))
        case _:
            return problem(Code.NOT_FOUND)


def problem(code: Code) -> Answer:
    return code.status, {"code": int(code), "detail": code.sentence}


def _post(forum: FakeForum, thread_id: int, body: Any, headers: Mapping[str, str]) -> Answer:
    """A key that was used before gives the first outcome."""
    key = headers["idempotency-key"]
    if key in forum.keys:
        return 200, {**forum.keys[key], "replayed": True}
    author = BOT if "authorization" in headers else ANA
    forum.keys[key] = forum.say(body["text"], thread_id=thread_id, author=author, key=key)
    return 201, forum.keys[key]


def _read_log(forum: FakeForum, query: Mapping[str, str]) -> Answer:
    log = forum.logs.setdefault(query["channel"], [])
    after = Cursor.parse(query["after"])
    if after.epoch != forum.epoch:
        status, body = problem(Code.CURSOR_RESET)
        return status, body | {"cursor": [forum.epoch, len(log)]}
    until = min(len(log), after.seq + BLOCK_EVENTS, int(query.get("until", len(log))))
    events = [[query["channel"], seq, *log[seq - 1]] for seq in range(after.seq + 1, until + 1)]
    return 200, {"events": events, "cursor": [forum.epoch, max(after.seq, until)], "head": len(log)}
