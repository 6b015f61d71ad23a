from __future__ import annotations

from pathlib import Path

from tertulia_server.store.migrating import migrate
from tests.server.store.migrations.older_forum import older_forum


def test_older_forum_gets_the_indexes(tmp_path: Path) -> None:
    with older_forum(tmp_path, "0016") as connection:
        migrate(connection)
        for question, index in (
            ("SELECT id FROM notifications WHERE post_id = 1", "ix_notifications_post"),
            ("SELECT version FROM drafts WHERE place = 'thread:1'", "ix_drafts_place"),
        ):
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {question}").all()
            assert index in str(plan)
