from __future__ import annotations

import ast
from pathlib import Path

from sqlalchemy import Connection

import tertulia_server
from tertulia_server.forum.moderation import AuditAction, AuditEntry
from tertulia_server.store.audit import ENTRIES_PER_PAGE, insert_entry, read_entries
from tests.server.town import NOW_MS, Town


def entry(number: int, forum_id: int | None = None) -> AuditEntry:
    return AuditEntry(
        at_ms=NOW_MS + number,
        actor_id=None,
        action=AuditAction.THREAD_LOCKED,
        forum_id=forum_id,
        thread_id=number,
        detail={"title": f"«{number}»"},
    )


def test_lines_come_newest_first_in_pages(conn: Connection, town: Town) -> None:
    for number in range(1, ENTRIES_PER_PAGE + 4):
        insert_entry(conn, entry(number, town.forum_id))
    first = read_entries(conn)
    assert [line.entry.thread_id for line in first.lines] == list(range(ENTRIES_PER_PAGE + 3, 3, -1))
    rest = read_entries(conn, first.before)
    assert [line.entry for line in rest.lines] == [entry(number, town.forum_id) for number in (3, 2, 1)]
    assert rest.before is None
    assert (rest.lines[0].actor, rest.lines[0].forum) == (None, "Town talk")


def test_lines_of_some_forums_come_with_those_of_the_whole_site(conn: Connection, town: Town) -> None:
    for number, forum_id in enumerate([town.forum_id, town.staff_forum_id, None], start=1):
        insert_entry(conn, entry(number, forum_id))
    assert [line.entry.thread_id for line in read_entries(conn, forum_ids=[town.forum_id]).lines] == [3, 1]
    assert [line.entry.thread_id for line in read_entries(conn, forum_ids=[]).lines] == [3]


def test_nothing_in_the_program_changes_or_deletes_a_line() -> None:
    root = Path(tertulia_server.__file__).parent
    touching = []
    for path in root.rglob("*.py"):
        calls = [node for node in ast.walk(ast.parse(path.read_bytes())) if isinstance(node, ast.Call)]
        for call in calls:
            if isinstance(call.func, ast.Name) and call.func.id in {"insert", "update", "delete"}:
                tables = [argument.id for argument in call.args if isinstance(argument, ast.Name)]
                touching += [(path.name, call.func.id) for table in tables if table == "audit"]
    assert touching == [("audit.py", "insert")]


def test_whoever_adds_a_line_tells_those_who_moderate(conn: Connection) -> None:
    told = insert_entry(conn, entry(1))
    assert (told.channel, told.name) == ("moderation", "moderation.changed")
    root = Path(tertulia_server.__file__).parent / "store"
    adding = {path.name for path in root.glob("*.py") if "insert_entry(" in path.read_text(encoding="utf-8")}
    for name in adding - {"audit.py"}:
        source = root.joinpath(name).read_text(encoding="utf-8")
        assert "moderation_changed()" in source or "told = insert_entry(" in source, name
