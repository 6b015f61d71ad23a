from __future__ import annotations

from pathlib import Path

from tertulia_server.store.migrating import check_schema, migrate
from tests.server.store.migrations.older_forum import older_forum


def test_members_of_an_older_forum_begin_with_nothing_due(tmp_path: Path) -> None:
    with older_forum(tmp_path, "0001") as connection:
        connection.exec_driver_sql("INSERT INTO members (name, name_key) VALUES ('ada', 'ada')")
        assert check_schema(connection)
        migrate(connection)
        assert not check_schema(connection)
        assert connection.exec_driver_sql("SELECT posts_due_ms FROM members").scalar_one() == 0
