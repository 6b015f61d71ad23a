from __future__ import annotations

from pathlib import Path

from alembic import command

from tertulia_server.store.connections import WRITE, begin, make_engine
from tertulia_server.store.migrating import _config, migrate


def test_older_forum_gets_the_index(tmp_path: Path) -> None:
    engine = make_engine(tmp_path / "old.db")
    with engine.connect() as connection:
        begin(connection, WRITE)
        command.upgrade(_config(connection), "0015")
        migrate(connection)
        plan = connection.exec_driver_sql(
            "EXPLAIN QUERY PLAN SELECT webhook_id FROM webhook_deliveries WHERE is_wanted_again = 1"
        ).all()
        assert "ix_webhook_deliveries_wanted" in str(plan)
        connection.rollback()
