"""Finding posts and threads by their words: only what the visitor may read, in the snapshot of the rights.

Engines differ in SQL here and in `search_index`. Ranked are the newest `MAX_MATCHES` that fit, so that a word which
stands everywhere costs no more than one that does not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Float,
    Select,
    bindparam,
    column,
    func,
    literal_column,
    select,
    table,
    true,
)

from tertulia_server.forum.models import Visitor
from tertulia_server.forum.names import name_key
from tertulia_server.forum.plain import plain_text
from tertulia_server.forum.rights import may_read
from tertulia_server.forum.searching import Phrase, Piece, SearchWords, excerpt
from tertulia_server.store.forums import read_forums
from tertulia_server.store.posts import read_post_rows, read_posts
from tertulia_server.store.schema import members, posts, threads
from tertulia_server.store.search_index import ACCENTED, PLAIN, VECTOR
from tertulia_server.store.threads import read_threads
from tertulia_wire.data import ForumData, PostData, ThreadData

MAX_MATCHES: Final = 500
FOUND_PER_PAGE: Final = 20
MAX_TITLES: Final = 5


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for and where. ``from_ms`` is included, ``until_ms`` is not; undated posts have no date."""

    words: SearchWords
    forum_id: int | None = None
    author: str | None = None
    from_ms: int | None = None
    until_ms: int | None = None
    is_newest_first: bool = False
    page: int = 1


class FoundPost(NamedTuple):
    """A post with where it stands, and the part of its text that was looked for."""

    post: PostData
    thread: ThreadData
    forum: ForumData
    excerpt: list[Piece]


@dataclass(frozen=True, slots=True)
class Found:
    """A page of what was found. ``total`` counts posts, at most `MAX_MATCHES`; ``is_cut`` if there are more.

    ``titles`` are threads with the words in their titles, on the first page only.
    """

    titles: list[ThreadData]
    posts: list[FoundPost]
    total: int
    page: int
    page_count: int
    is_cut: bool


class _Engine(NamedTuple):
    """How an engine is asked for the ids and scores of posts and of threads, newest first; the lower the better."""

    posts: Select[Any]
    threads: Select[Any]
    words: Callable[[SearchWords], str]


def find_posts(conn: Connection, visitor: Visitor, search: Search) -> Found:
    """A page of the posts and titles that fit; empty if there is no such author or page. A reading operation."""
    forums = {row.forum["id"]: row.forum for row in read_forums(conn) if may_read(visitor, row.rules)}
    wanted = [forum_id for forum_id in forums if search.forum_id in {None, forum_id}]
    engine = _ENGINES[conn.dialect.name]
    author_id = None if search.author is None else _find_author(conn, search.author)
    is_empty = not wanted or (search.author is not None and author_id is None)
    values = {"words": engine.words(search.words), "forum_ids": wanted}
    matches = [] if is_empty else conn.execute(_posts_statement(engine, search, author_id), values).all()
    kept = list(matches[:MAX_MATCHES])
    if not search.is_newest_first:
        kept.sort(key=lambda match: (match.score, -match.id))
    first = (search.page - 1) * FOUND_PER_PAGE
    ids = [match.id for match in kept[first : first + FOUND_PER_PAGE]]
    return Found(
        titles=[] if is_empty or search.page > 1 else _find_titles(conn, engine, search, author_id, values),
        posts=_found(conn, ids, forums, search.words),
        total=len(kept),
        page=search.page,
        page_count=max(1, -(-len(kept) // FOUND_PER_PAGE)),
        is_cut=len(matches) > MAX_MATCHES,
    )


def _posts_statement(engine: _Engine, search: Search, author_id: int | None) -> Select[Any]:
    time_ms = posts.c.created_ms
    return (
        engine.posts.where(threads.c.forum_id.in_(bindparam("forum_ids", expanding=True)))
        .where(*_narrow(posts.c.author_id, time_ms, search, author_id))
        .limit(MAX_MATCHES + 1)
    )


def _find_titles(
    conn: Connection, engine: _Engine, search: Search, author_id: int | None, values: dict[str, Any]
) -> list[ThreadData]:
    statement = (
        engine.threads.where(threads.c.forum_id.in_(bindparam("forum_ids", expanding=True)))
        .where(threads.c.merged_into.is_(None))
        .where(*_narrow(threads.c.starter_id, threads.c.started_ms, search, author_id))
        .limit(MAX_TITLES)
    )
    ids = [row.id for row in conn.execute(statement, values)]
    found = read_threads(conn, ids)
    return [found[thread_id] for thread_id in ids]


def _narrow(
    author: ColumnElement[Any], time_ms: ColumnElement[Any], search: Search, author_id: int | None
) -> list[ColumnElement[bool]]:
    clauses: list[ColumnElement[bool]] = [true()]
    if author_id is not None:
        clauses.append(author == author_id)
    if search.from_ms is not None:
        clauses.append(time_ms >= search.from_ms)
    if search.until_ms is not None:
        clauses.append(time_ms < search.until_ms)
    return clauses


def _found(conn: Connection, ids: Sequence[int], forums: dict[int, ForumData], words: SearchWords) -> list[FoundPost]:
    rows = read_post_rows(conn, ids)
    shown = read_posts(conn, list(rows.values()))
    places = read_threads(conn, [row.thread_id for row in rows.values()])
    found = []
    for post_id in ids:
        thread = places[rows[post_id].thread_id]
        piece = excerpt(plain_text(shown[post_id]["html"] or ""), words)
        found.append(FoundPost(shown[post_id], thread, forums[thread["forum_id"]], piece))
    return found


def _find_author(conn: Connection, name: str) -> int | None:
    found: int | None = conn.execute(select(members.c.id).where(members.c.name_key == name_key(name))).scalar()
    return found


def _fts5(name: str, source: Any) -> Select[Any]:
    """FTS5 walks its matches from the newest; ``bm25`` is lower for what fits better."""
    index = table(name, column("rowid"), column(name))
    joined = index.join(source, source.c.id == index.c.rowid)
    if source is posts:
        joined = joined.join(threads, threads.c.id == posts.c.thread_id)
    return (
        select(index.c.rowid.label("id"), func.bm25(literal_column(name), type_=Float).label("score"))
        .select_from(joined)
        .where(index.c[name].op("MATCH")(bindparam("words")))
        .order_by(index.c.rowid.desc())
    )


def _tsvector(name: str, source: Any) -> Select[Any]:
    vector: ColumnElement[Any] = literal_column(VECTOR.format(name))
    query: ColumnElement[Any] = literal_column("wanted.query")
    wanted = func.websearch_to_tsquery(literal_column("'simple'::regconfig"), _folded_words())
    asked = select(wanted.label("query")).subquery("wanted")
    joined = source.join(threads, threads.c.id == posts.c.thread_id) if source is posts else source
    statement = (
        select(source.c.id.label("id"), (-func.ts_rank(vector, query)).label("score"))
        .select_from(joined.join(asked, true()))
        .where(vector.op("@@")(query))
        .order_by(source.c.id.desc())
    )
    return statement.where(posts.c.removed_ms.is_(None)) if source is posts else statement


def _folded_words() -> ColumnElement[Any]:
    return func.translate(func.lower(bindparam("words")), literal_column(f"'{ACCENTED}'"), literal_column(f"'{PLAIN}'"))


def _fts5_words(words: SearchWords) -> str:
    return " NOT ".join([" AND ".join(_quote(phrase) for phrase in words.wanted), *map(_quote, words.unwanted)])


def _websearch_words(words: SearchWords) -> str:
    return " ".join([*map(_quote, words.wanted), *(f"-{_quote(phrase)}" for phrase in words.unwanted)])


def _quote(phrase: Phrase) -> str:
    """Of letters and digits only, so nothing in it has a meaning of its own."""
    return '"' + " ".join(phrase) + '"'


_ENGINES: Final = {
    "sqlite": _Engine(_fts5("post_search", posts), _fts5("thread_search", threads), _fts5_words),
    "postgresql": _Engine(_tsvector("posts.text", posts), _tsvector("threads.title", threads), _websearch_words),
}
