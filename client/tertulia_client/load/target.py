"""Where a load run goes: whose token it uses, the threads that it posts in, and what is left of them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

from tertulia_client.address import ServerAddress
from tertulia_client.api import Api
from tertulia_client.errors import ApiError, ClientError
from tertulia_wire.codes import Code
from tertulia_wire.local_token import is_private, local_token_path

MAX_TOKEN_CHARS: Final = 256
MAX_REMOVED: Final = 2000
"""Posts that are removed one by one after a run; a larger run's thread is for its owner to remove."""

REMOVALS_AT_ONCE: Final = 8


def find_token(address: ServerAddress, token: str | None) -> str:
    """The given token or, on loopback, the one that the server left for this user; `ClientError` if there is none."""
    if token:
        return token
    if address.is_loopback:
        path = local_token_path(address.port)
        try:
            if is_private(path.parent):
                return path.read_text(encoding="ascii")[:MAX_TOKEN_CHARS].strip()
        except (OSError, ValueError):
            pass
    raise ClientError(
        "A load run posts, and needs a token for that: --token or TERTULIA_TOKEN. (A server on this machine leaves one"
        " for its own user while it runs; none is there.)",
        Code.UNAUTHENTICATED,
    )


async def prepare_threads(api: Api, run: str, count: int = 1) -> list[int]:
    """Threads of the run's own, in the first forum where this member may begin one."""
    refused: ApiError | None = None
    for forum in await api.read_forums():
        try:
            return await begin_threads(api, forum["id"], run, count)
        except ApiError as error:
            if error.code is not Code.FORBIDDEN:
                raise
            refused = error
    raise refused or ClientError("The server has no forum: make one first, or import a thread.", Code.NOT_FOUND)


async def begin_threads(api: Api, forum_id: int, run: str, count: int) -> list[int]:
    """Threads of the run in this forum."""
    return [await _begin_thread(api, forum_id, run, number) for number in range(1, count + 1)]


async def _begin_thread(api: Api, forum_id: int, run: str, number: int) -> int:
    title = f"Load run {run}" if number == 1 else f"Load run {run}, thread {number}"
    return (await api.create_thread(forum_id, title, "Scripted readers follow this thread.")).thread["id"]


async def remove_posts(api: Api, post_ids: Sequence[int]) -> str:
    """Take away what a run wrote, as far as `MAX_REMOVED`; a sentence about what is left."""
    gate, removed, refused, is_allowed = asyncio.Semaphore(REMOVALS_AT_ONCE), 0, "", True

    async def remove(post_id: int) -> None:
        nonlocal removed, refused, is_allowed
        async with gate:
            if not is_allowed:
                return
            try:
                await api.remove_post(post_id)
            except ClientError as error:
                is_allowed = not (isinstance(error, ApiError) and error.code is Code.FORBIDDEN)
                refused = refused or (str(error) if is_allowed else "a moderator may remove them, this token may not")
            else:
                removed += 1

    async with asyncio.TaskGroup() as group:
        for post_id in post_ids[:MAX_REMOVED]:
            group.create_task(remove(post_id))
    left = len(post_ids) - removed
    reason = f" ({refused})" if refused else ""
    return f"removed {removed:,} posts of the run" + (f"; {left:,} are left{reason}" if left else "")


def check_permission(address: ServerAddress, *, is_allowed: bool) -> None:
    """A load run is an attack for whoever does not expect it: `ClientError` unless the target is ours by its look."""
    if not address.is_loopback and not is_allowed:
        raise ClientError(
            f"{address.origin} is not this machine. If it is a server of yours, and nobody minds the load, say so:"
            " --yes-i-run-this-server."
        )
