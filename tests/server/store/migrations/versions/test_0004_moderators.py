from __future__ import annotations

from pathlib import Path

from tertulia_server.store.migrating import check_schema, migrate
from tests.server.store.migrations.older_forum import older_forum


def test_forums_of_an_older_release_are_open_to_their_readers_and_have_no_moderators(tmp_path: Path) -> None:
    with older_forum(tmp_path, "0003") as connection:
        connection.exec_driver_sql("INSERT INTO categories (name) VALUES ('Talk')")
        connection.exec_driver_sql("INSERT INTO forums (category_id, name, slug) VALUES (1, 'Kitchen', 'kitchen')")
        assert check_schema(connection)
        migrate(connection)
        assert not check_schema(connection)
        assert connection.exec_driver_sql("SELECT posting FROM forums").scalar_one() == "members"
        assert connection.exec_driver_sql("SELECT count(*) FROM forum_moderators").scalar_one() == 0
