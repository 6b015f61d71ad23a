from __future__ import annotations

from sqlalchemy import Connection

from tertulia_server.store.changing import write_edit, write_removal
from tertulia_server.store.versions import VERSIONS_PER_PAGE, read_versions
from tests.server.town import NOW_MS, Town, begin_thread


def edit(conn: Connection, town: Town, post_id: int, number: int) -> None:
    write_edit(conn, town.ada, post_id, f"text {number}", "", version=number - 1, now_ms=NOW_MS + number)


def test_texts_are_told_with_who_wrote_them_when(conn: Connection, town: Town) -> None:
    post_id = begin_thread(conn, town.ada, town.forum_id).post["id"]
    edit(conn, town, post_id, 2)
    edit(conn, town, post_id, 3)
    found = read_versions(conn, post_id)
    assert found is not None
    assert [(text.version, text.text, text.by, text.written_ms) for text in found.texts] == [
        (3, "text 3", "ada", NOW_MS + 3),
        (2, "text 2", "ada", NOW_MS + 2),
        (1, "Who comes?", "ada", NOW_MS),
    ]
    assert (found.author, found.removed_by, found.before) == ("ada", None, None)


def test_removed_post_still_has_its_texts(conn: Connection, town: Town) -> None:
    post_id = begin_thread(conn, town.ada, town.forum_id).post["id"]
    write_removal(conn, town.mona, post_id, now_ms=NOW_MS)
    found = read_versions(conn, post_id)
    assert found is not None
    assert [text.text for text in found.texts] == ["Who comes?"]
    assert found.removed_by == "mona"


def test_texts_come_in_pages(conn: Connection, town: Town) -> None:
    post_id = begin_thread(conn, town.ada, town.forum_id).post["id"]
    last = VERSIONS_PER_PAGE * 2 + 1
    for number in range(2, last + 1):
        edit(conn, town, post_id, number)
    seen, before = [], None
    while True:
        found = read_versions(conn, post_id, before=before)
        assert found is not None
        assert len(found.texts) <= VERSIONS_PER_PAGE
        seen += [text.version for text in found.texts]
        before = found.before
        if before is None:
            break
    assert seen == list(range(last, 0, -1))


def test_post_that_is_not_there_has_none(conn: Connection) -> None:
    assert read_versions(conn, 99) is None
