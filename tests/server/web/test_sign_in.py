"""Signing in and out with the form."""

from __future__ import annotations

import pytest

from tertulia_server.actions.members import create_member
from tertulia_server.web.identity import COOKIE
from tests.server.web.site import ORIGIN, Browser, Form, Site

PASSWORD = "correct horse"


async def member(site: Site) -> dict[str, str]:
    await create_member(site.actions, "Zoë", password=PASSWORD)
    return {"name": "Zoë", "password": PASSWORD}


async def test_sign_in_leads_back_and_is_known_from_then_on(site: Site, guest: Browser) -> None:
    form = Form((await guest.get("/sign-in?next=/forums/1-town-talk")).text, "/sign-in").fields
    answer = await guest.post("/sign-in", data={**form, **await member(site)})
    assert (answer.status_code, answer.headers["location"]) == (303, "/forums/1-town-talk")
    assert (await guest.get("/api/me")).json()["member"]["name"] == "Zoë"
    assert '<span class="account-name">Zoë</span>' in (await guest.get("/")).text


async def test_sign_in_cookie_is_out_of_reach_of_scripts_and_other_sites(site: Site, guest: Browser) -> None:
    cookie = (await guest.post("/sign-in", data=await member(site))).headers["set-cookie"]
    flags = {part.strip().lower() for part in cookie.split(";")[1:]}
    assert cookie.startswith(f"{COOKIE}=")
    assert {"httponly", "samesite=lax", "path=/", f"max-age={30 * 24 * 3600}"} <= flags
    assert "secure" not in flags


async def test_sign_in_cookie_over_https_is_secure(site: Site) -> None:
    origin = ORIGIN.replace("http:", "https:")
    browser = site.browser(origin=origin)
    browser.base_url = origin
    cookie = (await browser.post("/sign-in", data=await member(site))).headers["set-cookie"]
    assert "secure" in cookie.lower()


@pytest.mark.parametrize("wrong", [{"password": "wrong"}, {"name": "nobody"}, {"name": "", "password": ""}])
async def test_sign_in_with_wrong_words_keeps_the_name_and_says_no_more(
    site: Site, guest: Browser, wrong: dict[str, str]
) -> None:
    sent = {**await member(site), "next": "/forums/1", **wrong}
    answer = await guest.post("/sign-in", data=sent)
    form = Form(answer.text, "/sign-in").fields
    assert answer.status_code == 401
    assert "set-cookie" not in answer.headers
    assert "The name or the password is wrong." in answer.text
    assert form == {"name": sent["name"], "password": "", "next": "/forums/1"}


@pytest.mark.parametrize("path", ["https://evil.test", "//evil.test", "/\\evil.test"])
async def test_sign_in_never_leads_to_another_site(site: Site, guest: Browser, path: str) -> None:
    answer = await guest.post("/sign-in", data={**await member(site), "next": path})
    assert answer.headers["location"] == "/"


@pytest.mark.parametrize("origin", ["https://evil.test", "null", ""])
async def test_sign_in_from_another_site_is_refused(site: Site, origin: str) -> None:
    answer = await site.browser(origin=origin).post("/sign-in", data=await member(site))
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


async def test_sign_out_ends_the_sign_in_itself(site: Site, guest: Browser) -> None:
    await guest.post("/sign-in", data=await member(site))
    token = guest.cookies[COOKIE]
    answer = await guest.post("/sign-out")
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert COOKIE not in guest.cookies
    guest.cookies.set(COOKIE, token)
    assert (await guest.get("/api/me")).json()["member"] is None


async def test_sign_out_from_another_site_is_refused(ada: Browser) -> None:
    assert (await ada.post("/sign-out", headers={"origin": "https://evil.test"})).status_code == 403
    assert (await ada.get("/api/me")).json()["role"] == "member"


async def test_sign_out_of_a_guest_does_nothing(guest: Browser) -> None:
    assert (await guest.post("/sign-out")).status_code == 303
