from __future__ import annotations

from pathlib import Path

from tertulia_client.address import parse_address
from tertulia_client.bots.options import Options


def test_dead_letters_lie_beside_the_state_and_no_token_is_shown() -> None:
    options = Options(parse_address("http://127.0.0.1:1"), token="secret", state=Path("here/bot.db"))
    assert options.dead_letters == Path("here/bot.db.deadletters")
    assert Options(parse_address("http://127.0.0.1:1")).dead_letters is None
    assert "secret" not in repr(options)
