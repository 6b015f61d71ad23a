"""The database keeps its indexes: by whatever statement a post or a title changes."""

from __future__ import annotations

from sqlalchemy import Connection, delete, update

from tertulia_server.store.schema import posts, threads
from tertulia_server.store.search_index import ACCENTED, PLAIN, is_of_index
from tests.server.town import Town, add_post, begin_thread


def found(conn: Connection, word: str, table: str = "post") -> list[int]:
    statement = f"SELECT rowid FROM {table}_search WHERE {table}_search MATCH '{word}' ORDER BY rowid"
    return list(conn.exec_driver_sql(statement).scalars())


def test_index_follows_a_post_through_its_life(conn: Connection, town: Town) -> None:
    thread_id = begin_thread(conn, town.ada, town.forum_id).thread["id"]
    post_id = add_post(conn, town.bob, thread_id, "I bring a lamp.").post["id"]
    this = posts.c.id == post_id
    assert found(conn, "lamp") == [post_id]
    conn.execute(update(posts).where(this).values(text="I bring bread."))
    assert (found(conn, "lamp"), found(conn, "bread")) == ([], [post_id])
    conn.execute(update(posts).where(this).values(removed_ms=1))
    assert found(conn, "bread") == []
    conn.execute(update(posts).where(this).values(text="I bring nothing.", version=9))
    assert found(conn, "nothing") == []
    conn.execute(update(posts).where(this).values(removed_ms=None))
    assert (found(conn, "nothing"), found(conn, "bread")) == ([post_id], [])
    conn.execute(delete(posts).where(this))
    assert found(conn, "nothing") == []
    conn.exec_driver_sql("INSERT INTO post_search(post_search, rank) VALUES ('integrity-check', 0)")


def test_index_follows_a_title(conn: Connection, town: Town) -> None:
    thread_id = begin_thread(conn, town.ada, town.forum_id, "The lamp").thread["id"]
    conn.execute(update(threads).where(threads.c.id == thread_id).values(title="The fair"))
    assert (found(conn, "lamp", "thread"), found(conn, "fair", "thread")) == ([], [thread_id])


def test_folded_letters_stand_in_pairs() -> None:
    assert len(ACCENTED) == len(PLAIN) == len(set(ACCENTED))
    assert PLAIN.isascii()


def test_names_of_the_indexes() -> None:
    assert [is_of_index(name) for name in ("post_search_data", "ix_posts_search", "posts", None)] == [1, 1, 0, 0]
