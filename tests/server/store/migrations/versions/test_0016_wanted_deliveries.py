from __future__ import annotations

from pathlib import Path

from tertulia_server.store.migrating import migrate
from tests.server.store.migrations.older_forum import older_forum


def test_older_forum_gets_the_index(tmp_path: Path) -> None:
    with older_forum(tmp_path, "0015") as connection:
        migrate(connection)
        plan = connection.exec_driver_sql(
            "EXPLAIN QUERY PLAN SELECT webhook_id FROM webhook_deliveries WHERE is_wanted_again = 1"
        ).all()
        assert "ix_webhook_deliveries_wanted" in str(plan)
