from __future__ import annotations

from pathlib import Path

from alembic import command

from tertulia_server.store.connections import WRITE, begin, make_engine
from tertulia_server.store.migrating import _config, migrate


def test_no_post_has_left_the_threads_of_an_older_forum(tmp_path: Path) -> None:
    engine = make_engine(tmp_path / "old.db")
    with engine.connect() as connection:
        begin(connection, WRITE)
        command.upgrade(_config(connection), "0009")
        connection.exec_driver_sql("INSERT INTO members (id, name, name_key) VALUES (1, 'ada', 'ada')")
        connection.exec_driver_sql("INSERT INTO categories (id, name) VALUES (1, 'Town')")
        connection.exec_driver_sql("INSERT INTO forums (id, category_id, name, slug) VALUES (1, 1, 'Talk', 'talk')")
        connection.exec_driver_sql("INSERT INTO threads (forum_id, title, slug, starter_id) VALUES (1, 'A', 'a', 1)")
        migrate(connection)
        assert connection.exec_driver_sql("SELECT moved_count FROM threads").scalar_one() == 0
        connection.rollback()
