from __future__ import annotations

from pathlib import Path

from alembic import command

from tertulia_server.forum.models import ALL_SCOPES
from tertulia_server.store.connections import WRITE, begin, make_engine
from tertulia_server.store.migrating import _config, migrate
from tertulia_server.store.sign_ins import find_visitor_by_sign_in, find_visitor_by_token


def test_tokens_and_sign_ins_of_an_older_forum_go_on_with_all_they_could(tmp_path: Path) -> None:
    engine = make_engine(tmp_path / "old.db")
    with engine.connect() as connection:
        begin(connection, WRITE)
        command.upgrade(_config(connection), "0006")
        connection.exec_driver_sql("INSERT INTO members (name, name_key) VALUES ('ada', 'ada')")
        connection.exec_driver_sql("INSERT INTO api_tokens VALUES ('one', 1, 'an old one', 0, NULL)")
        connection.exec_driver_sql("INSERT INTO sign_ins VALUES ('two', 1, 0, 100)")
        migrate(connection)
        visitor = find_visitor_by_token(connection, "one", 50)
        assert visitor is not None
        assert visitor.scopes is ALL_SCOPES
        assert find_visitor_by_sign_in(connection, "two", 50) == visitor
        connection.rollback()
