"""An archived thread: its pages, read from several files and put together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Final

from tertulia_server.forum.archive_lines import ArchiveError
from tertulia_server.forum.archive_page import ArchivedCard, ArchivedPage, ArchivedPost, StrayLine, parse_page
from tertulia_server.forum.names import name_key
from tertulia_server.forum.ranks import BANNED_RANK

MAX_ARCHIVE_FILES: Final = 1_000
MAX_ARCHIVED_POSTS: Final = 20_000
"""The most posts of one import: it is one transaction, and nobody else writes meanwhile."""


@dataclass(frozen=True, slots=True)
class ArchivedMember:
    """A member as the archive's last card of them shows. ``rank`` is None where the ladder or a ban decides."""

    name: str
    card: ArchivedCard
    file: str

    @property
    def is_banned(self) -> bool:
        return self.card.rank.upper() == BANNED_RANK

    @property
    def rank(self) -> str | None:
        return None if self.is_banned else self.card.rank or None


@dataclass(frozen=True, slots=True)
class ArchivedThread:
    """A thread as its files tell it; posts in the order of their numbers, members in the order of their first post."""

    forum: str
    title: str
    starter: str
    started: date
    posts: tuple[ArchivedPost, ...]
    members: tuple[ArchivedMember, ...]
    stray_lines: tuple[StrayLine, ...]
    notes: tuple[str, ...]

    @property
    def key(self) -> str:
        """The thread's identity, 64 hex digits: the same for each of its pages, whatever the files are called."""
        parts = (self.forum, self.title, self.starter, self.started.isoformat())
        return sha256("\n".join(parts).encode()).hexdigest()


def read_archive(files: Sequence[tuple[str, bytes]]) -> ArchivedThread:
    """Read (name, content) of each page of one thread, in order. Raises `ArchiveError` with file and line."""
    if not files:
        raise ArchiveError("archive", 0, "There is no file to read.")
    if len(files) > MAX_ARCHIVE_FILES:
        raise ArchiveError(files[-1][0], 0, f"At most {MAX_ARCHIVE_FILES:,} files make one thread.")
    pages = [parse_page(file, content) for file, content in files]
    for page in pages[1:]:
        _check_same_thread(pages[0], page)
    posts = _join_posts(pages)
    members, card_notes = _gather_members(posts)
    notes = [*(note for page in pages for note in page.notes), *card_notes]
    first = pages[0]
    if posts[0].number > 1:
        notes.append(f"The archive begins with post {posts[0].number}; those before it are not in it.")
    elif name_key(posts[0].card.name) != name_key(first.starter):
        notes.append(f"'{first.starter}' started the thread, but post 1 is by '{posts[0].card.name}'.")
    notes += [f"{post.file}:{post.line}: post {post.number} has no text." for post in posts if not post.text]
    return ArchivedThread(
        forum=first.forum,
        title=first.title,
        starter=first.starter,
        started=first.started,
        posts=tuple(posts),
        members=tuple(members),
        stray_lines=tuple(line for page in pages for line in page.stray_lines),
        notes=tuple(notes),
    )


def _check_same_thread(first: ArchivedPage, page: ArchivedPage) -> None:
    for what, mine, theirs in (
        ("title", page.title, first.title),
        ("forum", page.forum, first.forum),
        ("starter", page.starter, first.starter),
        ("day", page.started.isoformat(), first.started.isoformat()),
    ):
        if mine != theirs:
            sentence = f"This is a page of another thread: its {what} is '{mine}', that of {first.file} is '{theirs}'."
            raise ArchiveError(page.file, page.line, sentence)


def _join_posts(pages: Sequence[ArchivedPage]) -> list[ArchivedPost]:
    posts: list[ArchivedPost] = []
    for page in pages:
        start = page.posts[0]
        if posts and start.number != posts[-1].number + 1:
            sentence = (
                f"This page begins with post {start.number}, but {posts[-1].file} ends with post {posts[-1].number}."
                " Name the pages of a thread in their order, each once."
            )
            raise ArchiveError(page.file, start.line, sentence)
        posts += page.posts
        if len(posts) > MAX_ARCHIVED_POSTS:
            raise ArchiveError(page.file, start.line, f"One import takes at most {MAX_ARCHIVED_POSTS:,} posts.")
    return posts


def _gather_members(posts: Sequence[ArchivedPost]) -> tuple[list[ArchivedMember], list[str]]:
    """Members by their last card; a note for each whose cards differ."""
    members: dict[str, ArchivedMember] = {}
    notes: list[str] = []
    for post in posts:
        card = post.card
        key = name_key(card.name)
        known = members.get(key)
        if known is not None and (changes := _changes(known.card, card)):
            notes.append(
                f"{post.file}:{card.line}: the card of '{card.name}' changes {changes}; the last one is taken."
            )
        members[key] = ArchivedMember(known.name if known else card.name, card, post.file)
    return list(members.values()), notes


def _changes(before: ArchivedCard, after: ArchivedCard) -> str:
    """Which parts of a card differ, in words; empty if none does."""
    pairs = (
        (before.name, after.name),
        (before.rank, after.rank),
        (before.joined.isoformat(), after.joined.isoformat()),
        (before.counts.written, after.counts.written),
    )
    return ", ".join(f"from '{old}' to '{new}'" for old, new in pairs if old != new)
