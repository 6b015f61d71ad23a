"""A member's own account: the password and the sign-ins."""

from __future__ import annotations

import re

import pytest

from tertulia_server.actions.accounts import register
from tertulia_server.web.form_tokens import HEADER, form_token
from tertulia_server.web.identity import COOKIE
from tests.server.web.site import Browser, Site

PASSWORD = "correct horse"


async def signed_in(site: Site, browser: Browser) -> Browser:
    """This browser signed in by the form, as Zoë."""
    await browser.post(
        "/sign-in", data={"name": "Zoë", "password": PASSWORD}, headers={"user-agent": "Firefox/1 Linux"}
    )
    browser.headers[HEADER] = form_token(browser.cookies[COOKIE])
    return browser


@pytest.fixture
async def zoe(site: Site) -> Browser:
    await register(site.actions, "Zoë", PASSWORD, days=1, browser="Safari, iPhone")
    return await signed_in(site, site.browser())


async def name_of(browser: Browser) -> str | None:
    member = (await browser.get("/api/me")).json()["member"]
    return None if member is None else str(member["name"])


async def test_account_shows_where_one_is_signed_in(zoe: Browser) -> None:
    html = (await zoe.get("/account")).text
    assert "Safari, iPhone" in html
    assert re.search(r"<b>Firefox, Linux</b> <span class=\"badge\">This one</span>", html)
    assert len(re.findall(r"/account/sign-ins/[0-9a-f]{16}/end", html)) == 1


async def test_account_leads_to_what_else_is_ones_own(zoe: Browser) -> None:
    html = (await zoe.get("/account")).text
    found = re.search(r'class="account-links".*?</nav>', html, re.DOTALL)
    assert found is not None
    links = re.findall(r'href="([^"]+)"', found[0])
    assert links[1:] == ["/drafts", "/account/presence", "/account/tokens", "/account/webhooks"]
    for link in links:
        assert (await zoe.get(link)).status_code == 200


async def test_password_changed_ends_the_other_sign_ins_and_keeps_this_one(site: Site, zoe: Browser) -> None:
    other = await signed_in(site, site.browser())
    before = zoe.cookies[COOKIE]
    sent = {"present_password": PASSWORD, "password": "battery staple"}
    answer = await zoe.post("/account/password", data=sent)
    assert (answer.status_code, answer.headers["location"]) == (303, "/account?done=password")
    assert zoe.cookies[COOKIE] != before
    assert [await name_of(zoe), await name_of(other)] == ["Zoë", None]
    assert "Your password is changed." in (await zoe.get("/account?done=password")).text


async def test_password_is_not_changed_by_guesses_and_guesses_are_few(site: Site, zoe: Browser) -> None:
    sent = {"present_password": "wrong", "password": "battery staple"}
    answer = await zoe.post("/account/password", data=sent)
    assert answer.status_code == 401
    assert "The present password is not right." in answer.text
    assert "battery staple" not in answer.text
    assert await name_of(zoe) == "Zoë"


async def test_sign_in_is_ended_from_another_browser(site: Site, zoe: Browser, ada: Browser) -> None:
    other = await signed_in(site, site.browser())
    [path, *_] = re.findall(r"/account/sign-ins/[0-9a-f]{16}/end", (await other.get("/account")).text)
    assert (await ada.post(path)).status_code == 404
    paths = re.findall(r"/account/sign-ins/[0-9a-f]{16}/end", (await other.get("/account")).text)
    for path in paths:
        assert (await other.post(path)).status_code == 303
    assert [await name_of(zoe), await name_of(other)] == [None, "Zoë"]


async def test_sign_out_everywhere_ends_all_of_them(site: Site, zoe: Browser) -> None:
    other = await signed_in(site, site.browser())
    answer = await zoe.post("/account/sign-out-everywhere")
    assert answer.headers["location"] == "/sign-in"
    assert COOKIE not in zoe.cookies
    assert [await name_of(zoe), await name_of(other)] == [None, None]


async def test_account_is_for_members_with_a_sign_in(site: Site, guest: Browser) -> None:
    assert (await guest.get("/account")).status_code == 401
    program = site.browser(authorization=f"Bearer {await site.api_token(site.town.ada)}")
    assert (await program.get("/account")).status_code == 403
    assert (await program.post("/account/sign-out-everywhere")).status_code == 403
