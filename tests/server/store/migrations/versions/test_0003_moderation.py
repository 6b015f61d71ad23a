from __future__ import annotations

from pathlib import Path

from tertulia_server.store.migrating import migrate
from tests.server.store.migrations.older_forum import older_forum


def test_threads_of_an_older_forum_were_merged_into_none(tmp_path: Path) -> None:
    with older_forum(tmp_path, "0002") as connection:
        connection.exec_driver_sql("INSERT INTO members (id, name, name_key) VALUES (1, 'ada', 'ada')")
        connection.exec_driver_sql("INSERT INTO categories (id, name) VALUES (1, 'Town')")
        connection.exec_driver_sql("INSERT INTO forums (id, category_id, name, slug) VALUES (1, 1, 'Talk', 'talk')")
        connection.exec_driver_sql("INSERT INTO threads (forum_id, title, slug, starter_id) VALUES (1, 'A', 'a', 1)")
        migrate(connection)
        assert connection.exec_driver_sql("SELECT merged_into FROM threads").scalar_one() is None
        for table in ("moved_posts", "reports", "audit"):
            assert connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one() == 0
