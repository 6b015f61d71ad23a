from __future__ import annotations

from pathlib import Path

from alembic import command

from tertulia_server.store.connections import WRITE, begin, make_engine
from tertulia_server.store.migrating import _config, migrate


def test_older_forum_gets_the_indexes(tmp_path: Path) -> None:
    engine = make_engine(tmp_path / "old.db")
    with engine.connect() as connection:
        begin(connection, WRITE)
        command.upgrade(_config(connection), "0016")
        migrate(connection)
        for question, index in (
            ("SELECT id FROM notifications WHERE post_id = 1", "ix_notifications_post"),
            ("SELECT version FROM drafts WHERE place = 'thread:1'", "ix_drafts_place"),
        ):
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {question}").all()
            assert index in str(plan)
        connection.rollback()
