from __future__ import annotations

from pathlib import Path

from tertulia_server.forum.models import ALL_SCOPES
from tertulia_server.store.migrating import migrate
from tertulia_server.store.sign_ins import find_visitor_by_sign_in, find_visitor_by_token
from tests.server.store.migrations.older_forum import older_forum


def test_tokens_and_sign_ins_of_an_older_forum_go_on_with_all_they_could(tmp_path: Path) -> None:
    with older_forum(tmp_path, "0006") as connection:
        connection.exec_driver_sql("INSERT INTO members (name, name_key) VALUES ('ada', 'ada')")
        connection.exec_driver_sql("INSERT INTO api_tokens VALUES ('one', 1, 'an old one', 0, NULL)")
        connection.exec_driver_sql("INSERT INTO sign_ins VALUES ('two', 1, 0, 100)")
        migrate(connection)
        visitor = find_visitor_by_token(connection, "one", 50)
        assert visitor is not None
        assert visitor.scopes is ALL_SCOPES
        assert find_visitor_by_sign_in(connection, "two", 50) == visitor
