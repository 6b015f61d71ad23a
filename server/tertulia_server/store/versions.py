"""The texts that a post has had: each with who wrote it and when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Row, bindparam, select

from tertulia_server.forum.models import ForumRules
from tertulia_server.store.forums import rules_in
from tertulia_server.store.members import read_members
from tertulia_server.store.posts import PostRow, find_post_with_place
from tertulia_server.store.schema import post_versions
from tertulia_server.store.threads import read_threads
from tertulia_wire.data import ThreadData

VERSIONS_PER_PAGE: Final = 20
"""Of up to 20,000 characters each; older ones are read with ``before``."""

_OLDER: Final = (
    select(post_versions)
    .where(post_versions.c.post_id == bindparam("of_post"), post_versions.c.version < bindparam("before"))
    .order_by(post_versions.c.version.desc())
    .limit(VERSIONS_PER_PAGE + 1)
)


_TEXTS: Final = (
    select(post_versions.c.version, post_versions.c.format, post_versions.c.text)
    .where(post_versions.c.post_id == bindparam("of_post"), post_versions.c.version < bindparam("before"))
    .order_by(post_versions.c.version.desc())
    .limit(VERSIONS_PER_PAGE)
)


class OlderText(NamedTuple):
    """A text, and the last version of the post that had it."""

    version: int
    format: str
    text: str


@dataclass(frozen=True, slots=True)
class TextVersion:
    """A text, the last version of the post that had it, and who wrote it when (None for an imported post)."""

    version: int
    text: str
    format: str
    by_id: int
    by: str
    written_ms: int | None


@dataclass(frozen=True, slots=True)
class PostVersions:
    """Up to `VERSIONS_PER_PAGE` texts of a post, the newest first, and what rights ask for.

    ``before`` reads the next older ones; None if there are none. ``removed_by`` is None unless the post is removed.
    """

    row: PostRow
    thread: ThreadData
    rules: ForumRules
    texts: Sequence[TextVersion]
    before: int | None
    author: str
    removed_by: str | None


def read_texts_before(conn: Connection, post_id: int, version: int) -> list[OlderText]:
    """The texts that the post had before this version, the newest first; `VERSIONS_PER_PAGE` of them at most."""
    return [OlderText(*row) for row in conn.execute(_TEXTS, {"of_post": post_id, "before": version})]


def read_versions(conn: Connection, post_id: int, *, before: int | None = None) -> PostVersions | None:
    """The texts whose version is below ``before``, by default all; None if there is no such post.

    A kept row says by whom its text was replaced: so it is the next older row that tells who wrote a text.
    """
    row = find_post_with_place(conn, post_id)
    if row is None:
        return None
    kept = conn.execute(_OLDER, {"of_post": post_id, "before": before or row.version + 1}).all()
    held = _texts_of(row, kept) if before is None else _texts_of(None, kept)
    names = _names(conn, row, kept)
    writers = [(newer, older.replaced_by if older else row.author_id) for newer, older in held]
    texts = [_version(text, by_id, names[by_id], row) for text, by_id in writers[:VERSIONS_PER_PAGE]]
    return PostVersions(
        row=row,
        thread=read_threads(conn, [row.thread_id])[row.thread_id],
        rules=rules_in(row),
        texts=texts,
        before=texts[-1].version if len(writers) > VERSIONS_PER_PAGE else None,
        author=names[row.author_id],
        removed_by=None if row.removed_by is None else names[row.removed_by],
    )


def _texts_of(current: PostRow | None, kept: Sequence[Row[Any]]) -> list[tuple[Row[Any], Row[Any] | None]]:
    """Each row with a text, and the next older one, if there is one."""
    rows = [*([current] if current is not None else []), *kept]
    return list(zip(rows, [*rows[1:], None], strict=True))


def _names(conn: Connection, row: PostRow, kept: Sequence[Row[Any]]) -> dict[int, str]:
    ids = {row.author_id, *(older.replaced_by for older in kept), *([row.removed_by] if row.removed_by else [])}
    return {member_id: member.name for member_id, member in read_members(conn, ids).items()}


def _version(text: Row[Any], by_id: int, by: str, post: PostRow) -> TextVersion:
    written_ms = (post.edited_ms or post.created_ms) if text is post else text.written_ms
    return TextVersion(text.version, text.text, text.format, by_id, by, written_ms)
