from __future__ import annotations

from pathlib import Path

from tertulia_server.store.migrating import check_schema, migrate
from tests.server.store.migrations.older_forum import older_forum


def test_posts_of_an_older_forum_begin_unrated_and_members_named(tmp_path: Path) -> None:
    with older_forum(tmp_path, "0007") as connection:
        connection.exec_driver_sql("INSERT INTO members (name, name_key) VALUES ('ada', 'ada')")
        connection.exec_driver_sql("INSERT INTO categories (name) VALUES ('c')")
        connection.exec_driver_sql("INSERT INTO forums (category_id, name, slug) VALUES (1, 'f', 'f')")
        connection.exec_driver_sql("INSERT INTO threads (forum_id, title, slug, starter_id) VALUES (1, 't', 't', 1)")
        connection.exec_driver_sql(
            "INSERT INTO posts (thread_id, number, author_id, text, html) VALUES (1, 1, 1, 'x', '<p>x</p>')"
        )
        assert check_schema(connection)
        migrate(connection)
        assert not check_schema(connection)
        assert connection.exec_driver_sql("SELECT positive, negative FROM posts").one() == (0, 0)
        assert connection.exec_driver_sql("SELECT ratings_due_ms, hides_presence FROM members").one() == (0, 0)
        assert connection.exec_driver_sql("SELECT count(*) FROM ratings").scalar_one() == 0
