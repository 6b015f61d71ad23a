"""What people are told: a page that says what to do."""

from __future__ import annotations

import pytest

from tests.server.web.site import Browser, Site


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/nowhere", 404, "There is nothing here"),
        ("/threads/99-gone", 404, "There is nothing here"),
        ("/threads/title", 404, "There is nothing here"),
        ("/threads/1/page-two", 404, "There is nothing here"),
        ("/posts/x", 404, "There is nothing here"),
        ("/sign-out", 405, "Go back and use the button"),
        ("/crash", 500, "Something broke on our side"),
    ],
)
async def test_error_page_says_what_to_do(guest: Browser, path: str, status: int, words: str) -> None:
    answer = await guest.get(path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert words in answer.text
    assert 'href="/"' in answer.text
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text


async def test_forum_for_members_leads_guests_to_the_sign_in_and_back(site: Site, guest: Browser) -> None:
    path = f"/forums/{site.town.members_forum_id}-members"
    answer = await guest.get(path)
    assert answer.status_code == 401
    assert f'href="/sign-in?next={path}"' in answer.text


async def test_error_page_knows_who_is_signed_in(ada: Browser) -> None:
    answer = await ada.get("/threads/99")
    assert "Sign out" in answer.text


async def test_crash_offers_to_try_again(guest: Browser) -> None:
    assert 'href="/crash">Try again' in (await guest.get("/crash")).text


async def test_error_page_escapes_the_address(guest: Browser) -> None:
    answer = await guest.get("/nowhere/%3Cscript%3Ealert(1)%3C/script%3E?x=%22%3E<script>")
    assert answer.status_code == 404
    assert "<script>" not in answer.text
