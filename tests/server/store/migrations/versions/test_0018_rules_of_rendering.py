from __future__ import annotations

from pathlib import Path

from alembic import command

from tertulia_server.store.connections import WRITE, begin, make_engine
from tertulia_server.store.migrating import _config, migrate


def test_posts_that_are_there_were_rendered_by_the_first_rules(tmp_path: Path) -> None:
    engine = make_engine(tmp_path / "old.db")
    with engine.connect() as connection:
        begin(connection, WRITE)
        command.upgrade(_config(connection), "0017")
        for statement in (
            "INSERT INTO members (id, name, name_key) VALUES (1, 'ada', 'ada')",
            "INSERT INTO categories (id, name) VALUES (1, 'Town')",
            "INSERT INTO forums (id, category_id, name, slug) VALUES (1, 1, 'Talk', 'talk')",
            "INSERT INTO threads (id, forum_id, title, slug, starter_id) VALUES (1, 1, 'A', 'a', 1)",
            "INSERT INTO posts (id, thread_id, number, author_id, text, html) VALUES (1, 1, 1, 1, 'x', 'x')",
        ):
            connection.exec_driver_sql(statement)
        migrate(connection)
        assert connection.exec_driver_sql("SELECT rendering FROM posts").scalar_one() == 1
        connection.rollback()
