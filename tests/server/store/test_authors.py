from __future__ import annotations

import pytest
from sqlalchemy import Connection

from tertulia_server.errors import Refusal
from tertulia_server.store.authors import check_standing, count_message
from tertulia_server.store.members import get_member
from tertulia_wire.codes import Code
from tests.server.town import Town, ban


def test_message_counted_raises_the_card_and_tells_a_ban(conn: Connection, town: Town) -> None:
    ada = town.ada.member_id
    assert ada is not None
    assert count_message(conn, ada, 1) is False
    assert count_message(conn, ada, 1) is False
    ban(conn, ada)
    assert count_message(conn, ada, -1) is True
    member = get_member(conn, ada)
    assert member is not None
    assert (member.messages, member.version) == (1, 4)


@pytest.mark.parametrize(("name", "code"), [("rob", Code.BANNED), ("nobody", Code.UNAUTHENTICATED)])
def test_standing_lost_is_refused(conn: Connection, town: Town, name: str, code: Code) -> None:
    member_id = town.rob.member_id if name == "rob" else 99
    assert member_id is not None
    with pytest.raises(Refusal) as refused:
        check_standing(conn, member_id)
    assert refused.value.code is code


def test_standing_kept_passes(conn: Connection, town: Town) -> None:
    assert town.ada.member_id is not None
    check_standing(conn, town.ada.member_id)
