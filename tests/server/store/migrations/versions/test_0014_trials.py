from __future__ import annotations

from pathlib import Path

from alembic import command

from tertulia_server.store.connections import WRITE, begin, make_engine
from tertulia_server.store.migrating import _config, check_schema, migrate


def test_older_forum_gets_room_for_trials(tmp_path: Path) -> None:
    engine = make_engine(tmp_path / "old.db")
    with engine.connect() as connection:
        begin(connection, WRITE)
        command.upgrade(_config(connection), "0013")
        assert check_schema(connection)
        migrate(connection)
        assert not check_schema(connection)
        for table in ("trials", "trial_members"):
            assert connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one() == 0
        connection.rollback()
