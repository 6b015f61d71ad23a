"""The indexes that searching reads, kept by the database itself in the transaction that changes a post or a title.

Whatever writes posts, be it an edit, a removal, an import or a copy of the whole forum, need not know of them. SQLite
has FTS5 tables that hold words only and look into our tables for the text; triggers keep them, and leave removed posts
out. PostgreSQL has GIN indexes over an expression. Both fold case and accents, and part words at all but letters and
digits. A migration makes these; another shape will be another migration with statements of its own.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import DDL, MetaData, event

ACCENTED: Final = "àáâãäåāăąçćčďèéêëēėęěğìíîïīįıłñńňòóôõöøōőŕřśşšťùúûüūůűųýÿžźż"
PLAIN: Final = "aaaaaaaaacccdeeeeeeeegiiiiiiilnnnoooooooorrssstuuuuuuuuyyzzz"
"""What PostgreSQL folds: the letters of the Latin script that most languages use. FTS5 folds more by itself."""

FOLDED: Final = f"regexp_replace(translate(lower({{}}), '{ACCENTED}', '{PLAIN}'), '(\\W|_)+', ' ', 'g')"
VECTOR: Final = f"to_tsvector('simple'::regconfig, {FOLDED})"
"""PostgreSQL's expression over a column; what asks for it has to say it exactly so."""

_FTS5: Final = """
CREATE VIRTUAL TABLE {table}_search USING fts5(
    {column}, content='{source}', content_rowid='id', tokenize='unicode61 remove_diacritics 2'
)
"""
_ADD: Final = "INSERT INTO {table}_search(rowid, {column}) VALUES (new.id, new.{column});"
_DROP: Final = "INSERT INTO {table}_search({table}_search, rowid, {column}) VALUES ('delete', old.id, old.{column});"

_POSTS: Final = {"table": "post", "source": "posts", "column": "text"}
_THREADS: Final = {"table": "thread", "source": "threads", "column": "title"}


def _triggers(names: dict[str, str], *, watched: str, is_shown: str) -> list[str]:
    """``is_shown``: what must hold of a row for it to be found, with ``{}`` for old or new; empty for always."""
    when_new, when_old = [f"WHEN {is_shown.format(row)}" if is_shown else "" for row in ("new", "old")]
    add, drop = _ADD.format(**names), _DROP.format(**names)
    source, prefix = names["source"], f"{names['table']}_search"
    return [
        f"CREATE TRIGGER {prefix}_add AFTER INSERT ON {source} {when_new} BEGIN {add} END",
        f"CREATE TRIGGER {prefix}_drop AFTER DELETE ON {source} {when_old} BEGIN {drop} END",
        f"CREATE TRIGGER {prefix}_forget BEFORE UPDATE OF {watched} ON {source} {when_old} BEGIN {drop} END",
        f"CREATE TRIGGER {prefix}_learn AFTER UPDATE OF {watched} ON {source} {when_new} BEGIN {add} END",
    ]


SQLITE: Final = (
    _FTS5.format(**_POSTS),
    *_triggers(_POSTS, watched="text, removed_ms", is_shown="{}.removed_ms IS NULL"),
    _FTS5.format(**_THREADS),
    *_triggers(_THREADS, watched="title", is_shown=""),
)
SQLITE_FILL: Final = (
    "INSERT INTO post_search(rowid, text) SELECT id, text FROM posts WHERE removed_ms IS NULL",
    "INSERT INTO thread_search(rowid, title) SELECT id, title FROM threads",
)
"""What was there before the indexes; in PostgreSQL making them fills them."""

POSTGRESQL: Final = (
    f"CREATE INDEX ix_posts_search ON posts USING gin (({VECTOR.format('text')})) WHERE removed_ms IS NULL",
    f"CREATE INDEX ix_threads_search ON threads USING gin (({VECTOR.format('title')}))",
)


def add_to(metadata: MetaData) -> None:
    """Make the indexes whenever all tables are made."""
    for dialect, statements in (("sqlite", SQLITE), ("postgresql", POSTGRESQL)):
        for statement in statements:
            made = DDL(statement.replace("%", "%%"))  # type: ignore[no-untyped-call]  # of SQLAlchemy
            event.listen(metadata, "after_create", made.execute_if(dialect=dialect))


def is_of_index(name: str | None) -> bool:
    """Whether a table or index in a database belongs to these, which the schema's own tables do not list."""
    return name is not None and name.startswith(
        ("post_search", "thread_search", "ix_posts_search", "ix_threads_search")
    )
