from __future__ import annotations

from pathlib import Path

from tertulia_server.store.migrating import check_schema, migrate
from tests.server.store.migrations.older_forum import older_forum


def test_older_forum_gets_room_for_trials(tmp_path: Path) -> None:
    with older_forum(tmp_path, "0013") as connection:
        assert check_schema(connection)
        migrate(connection)
        assert not check_schema(connection)
        for table in ("trials", "trial_members"):
            assert connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one() == 0
