from __future__ import annotations

from pathlib import Path

from tertulia_server.store.migrating import migrate
from tests.server.store.migrations.older_forum import ONE_POST, older_forum


def test_notifications_that_are_there_came_with_their_posts(tmp_path: Path) -> None:
    with older_forum(tmp_path, "0014") as connection:
        for statement in (
            *ONE_POST,
            "INSERT INTO notifications (member_id, post_id, kind, created_ms) VALUES (1, 1, 'mention', 1)",
        ):
            connection.exec_driver_sql(statement)
        migrate(connection)
        assert connection.exec_driver_sql("SELECT is_late FROM notifications").scalar_one() == 0
