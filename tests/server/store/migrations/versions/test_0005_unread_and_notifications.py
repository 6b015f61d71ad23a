from __future__ import annotations

from pathlib import Path

from alembic import command

from tertulia_server.store.connections import WRITE, begin, make_engine
from tertulia_server.store.migrating import _config, migrate


def test_what_was_posted_before_is_told_to_nobody(tmp_path: Path) -> None:
    engine = make_engine(tmp_path / "old.db")
    with engine.connect() as connection:
        begin(connection, WRITE)
        command.upgrade(_config(connection), "0004")
        connection.exec_driver_sql(
            "INSERT INTO heads (channel, seq, touched) VALUES ('forum:3', 40, 1), ('thread:17', 9, 1)"
        )
        migrate(connection)
        cursors = connection.exec_driver_sql("SELECT follower, channel, seq, part FROM follower_cursors").all()
        assert cursors == [("notifications", "forum:3", 40, 0)]
        connection.rollback()
    engine.dispose()
