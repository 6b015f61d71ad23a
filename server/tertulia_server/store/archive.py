"""Taking an archived thread in: one writing operation, which finds what is there already and leaves it alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Final, NamedTuple

from sqlalchemy import Connection, insert, select, update

from tertulia_server.forum.archive import ArchivedThread
from tertulia_server.forum.archive_lines import ArchiveError
from tertulia_server.forum.archive_page import ArchivedPost
from tertulia_server.forum.models import EventDraft, TextFormat
from tertulia_server.forum.names import name_key
from tertulia_server.forum.text import RENDERING, render_post
from tertulia_server.forum.titles import slug_of
from tertulia_server.store.archive_members import MembersOutcome, import_members
from tertulia_server.store.forums import create_forum, ensure_category, find_forum
from tertulia_server.store.log import append_events
from tertulia_server.store.schema import forums, posts, threads
from tertulia_wire.channels import forum_channel, thread_channel
from tertulia_wire.events import POST_CREATED, THREAD_CHANGED, THREAD_CREATED

ARCHIVE_CATEGORY: Final = "Archive"
"""Where a forum is put that an import makes; an operator may move it."""


@dataclass(frozen=True, slots=True)
class ImportOutcome:
    """What an import did. ``thread_id`` and ``slug`` name the thread, be it new or not."""

    thread_id: int
    slug: str
    forum: str
    is_new_thread: bool
    is_new_forum: bool
    added_posts: int
    present_posts: int
    added_members: int
    changed_members: int
    notes: tuple[str, ...]


class _Thread(NamedTuple):
    id: int
    forum_id: int
    forum: str
    slug: str
    last_number: int


def import_thread(conn: Connection, archive: ArchivedThread, forum_name: str | None = None) -> ImportOutcome:
    """Add the posts of an archive that are not there yet, with their thread, forum and members.

    A post that is there stays as it is, edited or removed or not. Nothing is added, and `ArchiveError` raised, if
    one of the numbers is taken by a post written here, or a name by a member who registered here.
    """
    thread = _find_thread(conn, archive.key)
    new_posts, notes = _missing_posts(conn, thread, archive.posts)
    if thread is not None and forum_name not in {None, thread.forum}:
        notes.append(f"The thread is in the forum '{thread.forum}' and stays there.")
    if thread is not None and not new_posts:
        return _outcome(archive, thread, notes, present_posts=len(archive.posts))
    members = import_members(conn, archive, new_posts)
    is_new_thread, is_new_forum = thread is None, False
    if thread is None:
        forum_id, forum, is_new_forum = _find_or_create_forum(conn, forum_name or archive.forum)
        thread = _insert_thread(conn, archive, forum_id, forum, members.ids[name_key(archive.starter)])
    post_ids = _insert_posts(conn, thread.id, archive.started, new_posts, members.ids)
    version = _raise_thread(conn, thread, new_posts, post_ids)
    _raise_forum(conn, thread.forum_id, posts_count=len(new_posts), threads_count=int(is_new_thread))
    append_events(conn, list(_events(thread, version, is_new_thread=is_new_thread, post_ids=post_ids)))
    return _outcome(
        archive,
        thread,
        notes,
        is_new_thread=is_new_thread,
        is_new_forum=is_new_forum,
        added_posts=len(new_posts),
        present_posts=len(archive.posts) - len(new_posts),
        members=members,
    )


def _outcome(
    archive: ArchivedThread,
    thread: _Thread,
    notes: Sequence[str],
    *,
    present_posts: int,
    added_posts: int = 0,
    is_new_thread: bool = False,
    is_new_forum: bool = False,
    members: MembersOutcome | None = None,
) -> ImportOutcome:
    return ImportOutcome(
        thread_id=thread.id,
        slug=thread.slug,
        forum=thread.forum,
        is_new_thread=is_new_thread,
        is_new_forum=is_new_forum,
        added_posts=added_posts,
        present_posts=present_posts,
        added_members=members.added if members else 0,
        changed_members=members.changed if members else 0,
        notes=(*archive.notes, *notes, *(members.notes if members else ())),
    )


def _find_thread(conn: Connection, key: str) -> _Thread | None:
    found = conn.execute(
        select(threads.c.id, threads.c.forum_id, forums.c.name, threads.c.slug, threads.c.last_number)
        .join_from(threads, forums)
        .where(threads.c.archive_key == key)
    ).one_or_none()
    return None if found is None else _Thread(*found)


def _missing_posts(
    conn: Connection, thread: _Thread | None, archived: Sequence[ArchivedPost]
) -> tuple[list[ArchivedPost], list[str]]:
    """The posts whose numbers are free, and a note for each that was imported with another text."""
    if thread is None:
        return list(archived), []
    rows = conn.execute(
        select(posts.c.number, posts.c.created_ms, posts.c.version, posts.c.text).where(
            posts.c.thread_id == thread.id,
            posts.c.number.between(archived[0].number, archived[-1].number),
        )
    )
    present = {row.number: row for row in rows}
    notes: list[str] = []
    for post in archived:
        row = present.get(post.number)
        if row is not None and row.created_ms is not None:
            sentence = f"Number {post.number} is taken by a post that was written here; the import would not fit."
            raise ArchiveError(post.file, post.line, sentence)
        if row is not None and row.version == 1 and row.text != post.text:
            notes.append(f"{post.file}:{post.line}: post {post.number} is there with another text; it stays so.")
    return [post for post in archived if post.number not in present], notes


def _find_or_create_forum(conn: Connection, name: str) -> tuple[int, str, bool]:
    forum_id = find_forum(conn, name)
    if forum_id is not None:
        return forum_id, name, False
    return create_forum(conn, ensure_category(conn, ARCHIVE_CATEGORY), name), name, True


def _insert_thread(conn: Connection, archive: ArchivedThread, forum_id: int, forum: str, starter_id: int) -> _Thread:
    slug = slug_of(archive.title)
    thread_id: int = conn.execute(
        insert(threads)
        .values(
            forum_id=forum_id,
            title=archive.title,
            slug=slug,
            starter_id=starter_id,
            started_day=archive.started.isoformat(),
            bumped_ms=_start_of_ms(archive.started),
            archive_key=archive.key,
            version=0,
        )
        .returning(threads.c.id)
    ).scalar_one()
    return _Thread(thread_id, forum_id, forum, slug, 0)


def _insert_posts(
    conn: Connection, thread_id: int, started: date, new_posts: Sequence[ArchivedPost], member_ids: dict[str, int]
) -> list[int]:
    """Insert the posts and return their ids in the order of their numbers. Only post 1 knows its day."""
    rows = [
        {
            "thread_id": thread_id,
            "number": post.number,
            "author_id": member_ids[name_key(post.card.name)],
            "format": TextFormat.LITERAL.value,
            "text": post.text,
            "html": render_post(post.text, TextFormat.LITERAL),
            "rendering": RENDERING,
            "created_day": started.isoformat() if post.number == 1 else None,
        }
        for post in new_posts
    ]
    conn.execute(insert(posts), rows)
    first, last = new_posts[0].number, new_posts[-1].number
    wanted = {post.number for post in new_posts}
    found = conn.execute(
        select(posts.c.id, posts.c.number)
        .where(posts.c.thread_id == thread_id, posts.c.number.between(first, last))
        .order_by(posts.c.number)
    )
    return [row.id for row in found if row.number in wanted]


def _raise_thread(conn: Connection, thread: _Thread, new_posts: Sequence[ArchivedPost], post_ids: Sequence[int]) -> int:
    """Count the posts in, without a bump: an old thread is not news. Returns the thread's version."""
    values: dict[str, object] = {
        "version": threads.c.version + 1,
        "post_count": threads.c.post_count + len(new_posts),
    }
    if new_posts[-1].number > thread.last_number:
        values |= {"last_number": new_posts[-1].number, "last_post_id": post_ids[-1]}
    raised = update(threads).where(threads.c.id == thread.id).values(values).returning(threads.c.version)
    version: int = conn.execute(raised).scalar_one()
    return version


def _raise_forum(conn: Connection, forum_id: int, *, posts_count: int, threads_count: int) -> None:
    """Count in, and let the index show the thread that was written in last: an archived one if none is younger."""
    latest_id = (
        select(threads.c.id)
        .where(threads.c.forum_id == forum_id)
        .order_by(threads.c.bumped_ms.desc(), threads.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    conn.execute(
        update(forums)
        .where(forums.c.id == forum_id)
        .values(
            version=forums.c.version + 1,
            post_count=forums.c.post_count + posts_count,
            thread_count=forums.c.thread_count + threads_count,
            last_thread_id=latest_id,
        )
    )


def _events(thread: _Thread, version: int, *, is_new_thread: bool, post_ids: Sequence[int]) -> Iterator[EventDraft]:
    for channel in (thread_channel(thread.id), forum_channel(thread.forum_id)):
        yield EventDraft(channel, THREAD_CREATED if is_new_thread else THREAD_CHANGED, thread.id, version)
        for post_id in post_ids:
            yield EventDraft(channel, POST_CREATED, post_id, 1)


def _start_of_ms(day: date) -> int:
    return int(datetime.combine(day, time(), UTC).timestamp()) * 1000
