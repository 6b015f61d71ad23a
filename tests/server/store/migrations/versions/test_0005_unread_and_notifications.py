from __future__ import annotations

from pathlib import Path

from tertulia_server.store.migrating import migrate
from tests.server.store.migrations.older_forum import older_forum


def test_what_was_posted_before_is_told_to_nobody(tmp_path: Path) -> None:
    with older_forum(tmp_path, "0004") as connection:
        connection.exec_driver_sql(
            "INSERT INTO heads (channel, seq, touched) VALUES ('forum:3', 40, 1), ('thread:17', 9, 1)"
        )
        migrate(connection)
        cursors = connection.exec_driver_sql("SELECT follower, channel, seq, part FROM follower_cursors").all()
        assert cursors == [("notifications", "forum:3", 40, 0)]
