from __future__ import annotations

from sqlalchemy import Connection

from tertulia_server.store.leases import is_held_by_another, release_lease, take_lease


def take(conn: Connection, holder: str, now_ms: int) -> int | None:
    return take_lease(conn, "bells", holder, now_ms=now_ms, lease_ms=100)


def test_lease_is_held_by_one_until_it_ends(conn: Connection) -> None:
    assert take(conn, "one", 0) == 1
    assert take(conn, "two", 99) is None
    assert take(conn, "one", 99) == 1, "its holder renews it"
    assert take(conn, "two", 198) is None
    assert take(conn, "two", 199) == 2
    assert take(conn, "one", 199) is None, "who was late has lost it"
    assert take(conn, "one", 300) == 3


def test_lease_is_seen_to_be_held_by_all_but_its_holder(conn: Connection) -> None:
    def is_held(holder: str, now_ms: int) -> bool:
        return is_held_by_another(conn, "bells", holder, now_ms=now_ms)

    assert not is_held("one", 0), "nobody ever took it"
    take(conn, "one", 0)
    assert (is_held("one", 99), is_held("two", 99), is_held("two", 100)) == (False, True, False)
    release_lease(conn, "bells", "one")
    assert not is_held("two", 1)


def test_lease_that_is_let_go_is_free_at_once(conn: Connection) -> None:
    assert take(conn, "one", 0) == 1
    release_lease(conn, "bells", "two")
    assert take(conn, "two", 1) is None, "nobody lets go what is another's"
    release_lease(conn, "bells", "one")
    assert take(conn, "two", 1) == 2


def test_leases_do_not_know_each_other(conn: Connection) -> None:
    assert take(conn, "one", 0) == 1
    assert take_lease(conn, "horns", "two", now_ms=0, lease_ms=100) == 1
