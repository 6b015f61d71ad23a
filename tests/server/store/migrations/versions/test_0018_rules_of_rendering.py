from __future__ import annotations

from pathlib import Path

from tertulia_server.store.migrating import migrate
from tests.server.store.migrations.older_forum import ONE_POST, older_forum


def test_posts_that_are_there_were_rendered_by_the_first_rules(tmp_path: Path) -> None:
    with older_forum(tmp_path, "0017") as connection:
        for statement in ONE_POST:
            connection.exec_driver_sql(statement)
        migrate(connection)
        assert connection.exec_driver_sql("SELECT rendering FROM posts").scalar_one() == 1
