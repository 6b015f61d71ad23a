from __future__ import annotations

import pytest

from tests.server.web.site import Browser


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("POST", "/", "GET, HEAD"),
        ("GET", "/sign-out", "POST"),
        ("PUT", "/api/posts/1", "DELETE, GET, HEAD, PATCH"),
        ("DELETE", "/api/threads/1/posts", "GET, HEAD, POST"),
    ],
)
async def test_method_that_an_address_does_not_take_is_told_which_it_does(
    guest: Browser, method: str, path: str, allowed: str
) -> None:
    answer = await guest.request(method, path)
    assert (answer.status_code, answer.headers["allow"]) == (405, allowed)


async def test_head_gives_the_headers_of_get(guest: Browser) -> None:
    answer = await guest.head("/")
    assert (answer.status_code, answer.text) == (200, "")
    assert int(answer.headers["content-length"]) > 0
