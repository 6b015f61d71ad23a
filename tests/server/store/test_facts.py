from __future__ import annotations

from sqlalchemy import Connection, select

from tertulia_server.store.facts import EPOCH, EPOCH_VALUE, get_fact, put_fact


def test_fact_put_is_got_and_put_again_is_replaced(conn: Connection) -> None:
    assert get_fact(conn, "colour") is None
    put_fact(conn, "colour", "green")
    assert get_fact(conn, "colour") == "green"
    put_fact(conn, "colour", "red")
    assert get_fact(conn, "colour") == "red"


def test_epoch_stands_within_other_statements(conn: Connection) -> None:
    assert conn.execute(select(EPOCH_VALUE)).scalar_one() == get_fact(conn, EPOCH)
