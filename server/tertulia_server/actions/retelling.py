"""Writing an imported thread once more, as if it were happening now: in a new thread, by those who wrote it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tertulia_server.actions.context import Actions
from tertulia_server.actions.outcomes import PostOutcome, publish
from tertulia_server.errors import Refusal
from tertulia_server.forum.cards import archived_author
from tertulia_server.forum.models import TextFormat
from tertulia_server.forum.text import render_post
from tertulia_server.forum.titles import check_title, slug_of
from tertulia_server.store.members import get_member
from tertulia_server.store.posting import Draft, write_post, write_thread
from tertulia_server.store.posts import read_posts_by_number
from tertulia_server.store.threads import read_threads
from tertulia_wire.codes import Code
from tertulia_wire.data import PostData, ThreadData

BLOCK_NUMBERS: Final = 100


@dataclass(frozen=True, slots=True)
class Tale:
    """An imported thread, and of its posts those that came with it and have a text, in order."""

    thread: ThreadData
    posts: Sequence[PostData]


async def read_tale(actions: Actions, thread_id: int, *, most: int) -> Tale:
    """The first ``most`` imported posts. `Refusal`: ``NOT_FOUND``, ``INVALID`` for a thread that was written here."""
    thread = (await actions.store.read(read_threads, [thread_id])).get(thread_id)
    if thread is None:
        raise Refusal(Code.NOT_FOUND, "There is no such thread.")
    posts: list[PostData] = []
    for first in range(1, thread["last_number"] + 1, BLOCK_NUMBERS):
        block = await actions.store.read(read_posts_by_number, thread_id, first, first + BLOCK_NUMBERS)
        posts += [post for post in block if _is_imported(post)]
        if len(posts) >= most:
            break
    if not posts:
        raise Refusal(Code.INVALID, "This thread did not come with an archive: only imported posts are replayed.")
    return Tale(thread, posts[:most])


async def retell_post(
    actions: Actions, tale: Tale, post: PostData, thread_id: int | None, *, title: str, key: str
) -> PostOutcome:
    """Write one post of a tale, literally as it was; the first one (``thread_id`` None) begins the thread.

    Whoever was banned since still says here what they said then. `Refusal`: those of a post, and ``FORBIDDEN`` for an
    author who registered here: words are put into nobody's mouth.
    """
    author = await actions.store.read(get_member, post["author"]["id"])
    if author is None or not author.is_imported:
        raise Refusal(Code.FORBIDDEN, "Only members who came with an archive speak again.")
    text = post["text"] or ""
    draft = Draft(
        author.id,
        text,
        render_post(text, TextFormat.LITERAL),
        key,
        actions.now_ms(),
        format=TextFormat.LITERAL,
        is_retold=True,
    )
    visitor = archived_author(author)
    if thread_id is not None:
        return publish(actions, await actions.store.write(write_post, visitor, thread_id, draft))
    title, forum_id = check_title(title), tale.thread["forum_id"]
    return publish(actions, await actions.store.write(write_thread, visitor, forum_id, title, slug_of(title), draft))


def _is_imported(post: PostData) -> bool:
    return post["created_ms"] is None and post["text"] is not None
