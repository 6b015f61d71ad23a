from __future__ import annotations

import pytest
from starlette.requests import Request

from tertulia_server.errors import Refusal
from tertulia_server.web.addresses import here, parse_id, parse_id_and_slug, parse_page, safe_next
from tertulia_wire.codes import Code

NO_ID = ["", "0", "-1", "01", "1.5", "x", "1e3", "٣", "9" * 19, "1 "]


@pytest.mark.parametrize("text", NO_ID)
def test_id_that_is_none_is_not_found(text: str) -> None:
    with pytest.raises(Refusal) as caught:
        parse_id(text)
    assert caught.value.code is Code.NOT_FOUND


@pytest.mark.parametrize("text", ["17", "17-", "17-title", "17-a-b-c", "17-ü"])
def test_id_and_slug_gives_the_id_whatever_the_slug(text: str) -> None:
    assert parse_id_and_slug(text) == 17


@pytest.mark.parametrize("text", [*NO_ID, "17title", "-17"])
def test_id_and_slug_without_id_is_not_found(text: str) -> None:
    with pytest.raises(Refusal) as caught:
        parse_id_and_slug(text)
    assert caught.value.code is Code.NOT_FOUND


@pytest.mark.parametrize("text", [*NO_ID, "1000000001"])
def test_page_that_is_no_number_is_not_found(text: str) -> None:
    with pytest.raises(Refusal):
        parse_page(text)


@pytest.mark.parametrize("path", ["/", "/threads/17-title/page-2", "/sign-in?next=/"])
def test_next_within_the_site_is_kept(path: str) -> None:
    assert safe_next(path) == path


@pytest.mark.parametrize(
    "path",
    [
        "",
        "x",
        "//evil.test",
        "/\\evil.test",
        "https://evil.test",
        "/a\\b",
        "/\t/evil.test",
        "/a\r\nx: y",
        "/" + "a" * 500,
    ],
)
def test_next_that_may_lead_elsewhere_leads_home(path: str) -> None:
    assert safe_next(path) == "/"


def test_way_back_is_never_longer_than_it_may_be() -> None:
    def asked(path: str, query: str) -> str:
        scope = {"type": "http", "method": "GET", "path": path, "query_string": query.encode(), "headers": []}
        return here(Request({**scope, "server": ("forum.test", 80), "scheme": "http"}))

    assert asked("/search", "q=herring") == "/search?q=herring"
    assert asked("/search", "q=" + "a" * 20_000) == "/search"
    assert safe_next(asked("/" + "a" * 20_000, "")) == asked("/" + "a" * 20_000, "")
