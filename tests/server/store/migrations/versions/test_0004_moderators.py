from __future__ import annotations

from pathlib import Path

from alembic import command

from tertulia_server.store.connections import WRITE, begin, make_engine
from tertulia_server.store.migrating import _config, check_schema, migrate


def test_forums_of_an_older_release_are_open_to_their_readers_and_have_no_moderators(tmp_path: Path) -> None:
    engine = make_engine(tmp_path / "old.db")
    with engine.connect() as connection:
        begin(connection, WRITE)
        command.upgrade(_config(connection), "0003")
        connection.exec_driver_sql("INSERT INTO categories (name) VALUES ('Talk')")
        connection.exec_driver_sql("INSERT INTO forums (category_id, name, slug) VALUES (1, 'Kitchen', 'kitchen')")
        assert check_schema(connection)
        migrate(connection)
        assert not check_schema(connection)
        assert connection.exec_driver_sql("SELECT posting FROM forums").scalar_one() == "members"
        assert connection.exec_driver_sql("SELECT count(*) FROM forum_moderators").scalar_one() == 0
        connection.rollback()
