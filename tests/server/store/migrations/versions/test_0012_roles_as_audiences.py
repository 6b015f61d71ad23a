from __future__ import annotations

from pathlib import Path

import pytest
from alembic import command
from sqlalchemy.exc import IntegrityError

from tertulia_server.store.connections import WRITE, begin, make_engine
from tertulia_server.store.migrating import _config, migrate


def test_forums_that_threads_refer_to_are_kept_and_may_be_for_a_role(tmp_path: Path) -> None:
    engine = make_engine(tmp_path / "old.db")
    with engine.connect() as connection:
        begin(connection, WRITE)
        command.upgrade(_config(connection), "0011")
        connection.exec_driver_sql("INSERT INTO members (id, name, name_key) VALUES (1, 'ada', 'ada')")
        connection.exec_driver_sql("INSERT INTO categories (id, name) VALUES (1, 'Town')")
        connection.exec_driver_sql(
            "INSERT INTO forums (id, category_id, name, slug, audience, posting, position, last_thread_id)"
            " VALUES (7, 1, 'Talk', 'talk', 'members', 'staff', 3, 1)"
        )
        connection.exec_driver_sql("INSERT INTO threads (forum_id, title, slug, starter_id) VALUES (7, 'A', 'a', 1)")
        connection.exec_driver_sql("INSERT INTO forum_moderators (forum_id, member_id) VALUES (7, 1)")
        kept = connection.exec_driver_sql("SELECT * FROM forums").mappings().one()
        migrate(connection)
        connection.commit()
    with engine.connect() as connection:
        begin(connection, WRITE)
        assert connection.exec_driver_sql("SELECT * FROM forums").mappings().one() == kept
        assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []
        connection.exec_driver_sql("UPDATE forums SET audience = 'moderators'")
        with pytest.raises(IntegrityError):
            connection.exec_driver_sql("DELETE FROM forums")
        with pytest.raises(IntegrityError):
            connection.exec_driver_sql("UPDATE forums SET audience = 'cats'")
        connection.rollback()
