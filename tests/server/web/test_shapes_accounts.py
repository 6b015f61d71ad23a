from __future__ import annotations

import pytest
from pydantic import ValidationError

from tertulia_server.forum.tokens import SCOPE_WORDS, parse_scopes
from tertulia_server.web.shapes_accounts import CreateTokenBody


def test_body_of_a_token_takes_the_scopes_that_there_are() -> None:
    body = CreateTokenBody.model_validate({"label": "x", "scopes": list(SCOPE_WORDS)})
    assert (body.days, body.member) == (None, None)
    assert parse_scopes(body.scopes)
    with pytest.raises(ValidationError):
        CreateTokenBody.model_validate({"label": "x", "scopes": ["admin"]})
