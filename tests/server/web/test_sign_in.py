"""Signing in and out with the form."""

from __future__ import annotations

from pathlib import Path

import pytest

from tertulia_server.actions.members import create_member
from tertulia_server.web.form_tokens import COOKIE as FORM_COOKIE
from tertulia_server.web.form_tokens import HEADER, form_token
from tertulia_server.web.identity import COOKIE, HOST_PREFIX
from tests.server.town import Town
from tests.server.web.site import GUEST_SECRET, ORIGIN, Browser, Form, Site, open_site

PASSWORD = "correct horse"


async def member(site: Site) -> dict[str, str]:
    await create_member(site.actions, "Zoë", password=PASSWORD)
    return {"name": "Zoë", "password": PASSWORD}


async def test_sign_in_leads_back_and_is_known_from_then_on(site: Site, guest: Browser) -> None:
    form = Form((await guest.get("/sign-in?next=/forums/1-town-talk")).text, "/sign-in").fields
    answer = await guest.post("/sign-in", data={**form, **await member(site)})
    assert (answer.status_code, answer.headers["location"]) == (303, "/forums/1-town-talk")
    assert (await guest.get("/api/me")).json()["member"]["name"] == "Zoë"
    html = (await guest.get("/")).text
    assert 'class="account-name" href="/account"' in html
    assert ">Zoë</span></a>" in html


async def test_sign_in_cookie_is_out_of_reach_of_scripts_and_other_sites(site: Site, guest: Browser) -> None:
    cookie = (await guest.post("/sign-in", data=await member(site))).headers["set-cookie"]
    flags = {part.strip().lower() for part in cookie.split(";")[1:]}
    assert cookie.startswith(f"{COOKIE}=")
    assert {"httponly", "samesite=lax", "path=/", f"max-age={30 * 24 * 3600}"} <= flags
    assert "secure" not in flags


def https_browser(site: Site) -> Browser:
    """One that comes over TLS, with the secret of its forms."""
    origin = ORIGIN.replace("http:", "https:")
    browser = site.browser(origin=origin)
    browser.base_url = origin
    browser.cookies.clear()
    browser.cookies.set(HOST_PREFIX + FORM_COOKIE, GUEST_SECRET)
    return browser


async def test_cookies_over_https_are_those_of_this_very_host(site: Site) -> None:
    """With the prefix a browser takes them only with these flags, which leave nobody else a way to plant one."""
    browser = https_browser(site)
    page = await browser.get("/sign-in")
    answer = await browser.post("/sign-in", data=await member(site))
    out = await browser.post("/sign-out", headers={HEADER: form_token(browser.cookies[HOST_PREFIX + COOKIE])})
    for response, name in ((page, FORM_COOKIE), (answer, COOKIE), (out, COOKIE)):
        cookie = response.headers["set-cookie"]
        flags = {part.strip().lower() for part in cookie.split(";")[1:]}
        assert cookie.startswith(f"{HOST_PREFIX}{name}=")
        assert {"secure", "path=/", "httponly"} <= flags
        assert not any(flag.startswith("domain") for flag in flags)
    assert HOST_PREFIX + COOKIE not in browser.cookies


async def test_plain_cookies_count_for_nothing_over_https(site: Site) -> None:
    browser = https_browser(site)
    token = await site.sign_in_token(site.town.ada)
    browser.cookies.set(COOKIE, token)
    assert (await browser.get("/api/me")).json()["member"] is None
    browser.cookies.set(HOST_PREFIX + COOKIE, token)
    assert (await browser.get("/api/me")).json()["member"]["name"] == "ada"
    planted = https_browser(site)
    planted.cookies.clear()
    planted.cookies.set(FORM_COOKIE, GUEST_SECRET)
    answer = await planted.post("/sign-in", data=await member(site))
    assert COOKIE not in answer.headers.get("set-cookie", "")
    assert (await site.browser_of(site.town.ada)).cookies[COOKIE]
    guest = site.browser()
    guest.cookies.set(HOST_PREFIX + COOKIE, token)
    assert (await guest.get("/api/me")).json()["member"] is None, "without TLS the name is nobody's"


@pytest.mark.parametrize("wrong", [{"password": "wrong"}, {"name": "nobody"}, {"name": "", "password": ""}])
async def test_sign_in_with_wrong_words_keeps_the_name_and_says_no_more(
    site: Site, guest: Browser, wrong: dict[str, str]
) -> None:
    sent = {**await member(site), "next": "/forums/1", **wrong}
    answer = await guest.post("/sign-in", data=sent)
    form = Form(answer.text, "/sign-in").fields
    assert answer.status_code == 401
    assert COOKIE not in answer.headers["set-cookie"]
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
    form = Form((await guest.get("/")).text, "/sign-out")
    answer = await guest.post("/sign-out", headers={HEADER: form.token})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert COOKIE not in guest.cookies
    guest.cookies.set(COOKIE, token)
    assert (await guest.get("/api/me")).json()["member"] is None


async def test_sign_out_from_another_site_is_refused(ada: Browser) -> None:
    assert (await ada.post("/sign-out", headers={"origin": "https://evil.test"})).status_code == 403
    assert (await ada.get("/api/me")).json()["role"] == "member"


async def test_sign_out_of_a_guest_does_nothing(guest: Browser) -> None:
    assert (await guest.post("/sign-out")).status_code == 303


async def test_whoever_registers_is_signed_in_and_led_back(site: Site, guest: Browser) -> None:
    form = Form((await guest.get("/register?next=/forums/1-town-talk")).text, "/register").fields
    answer = await guest.post("/register", data={**form, "name": "Zoë", "password": PASSWORD})
    assert (answer.status_code, answer.headers["location"]) == (303, "/forums/1-town-talk")
    assert (await guest.get("/api/me")).json()["member"]["name"] == "Zoë"


@pytest.mark.parametrize(
    ("name", "password", "status"), [("ADA", PASSWORD, 409), ("x", PASSWORD, 422), ("Zoë", "short", 422)]
)
async def test_registration_that_cannot_be_keeps_the_name(
    guest: Browser, name: str, password: str, status: int
) -> None:
    answer = await guest.post("/register", data={"name": name, "password": password})
    assert answer.status_code == status
    assert Form(answer.text, "/register").fields == {"name": name, "password": "", "next": "/"}
    assert COOKIE not in guest.cookies


async def test_closed_forum_makes_no_accounts(town_file: Path, built: tuple[Path, Town]) -> None:
    site = await open_site(town_file, built[1], registration="closed")
    try:
        browser = site.browser()
        assert (await browser.get("/register")).status_code == 403
        assert (await browser.post("/register", data={"name": "Zoë", "password": PASSWORD})).status_code == 403
        assert "/register" not in (await browser.get("/sign-in")).text
    finally:
        await site.close()


async def test_attempts_to_sign_in_are_few_per_address(town_file: Path, built: tuple[Path, Town]) -> None:
    site = await open_site(town_file, built[1], sign_ins_per_minute=2, registrations_per_hour=1)
    try:
        browser = site.browser()
        wrong = {"name": "ada", "password": "wrong"}
        answers = [await browser.post("/sign-in", data=wrong) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [401, 401, 429]
        assert 0 < int(answers[2].headers["retry-after"]) <= 30
        assert "Try again in 30 s." in answers[2].text
        made = [
            await site.browser().post("/register", data={"name": name, "password": PASSWORD}) for name in ("Zo", "Za")
        ]
        assert [answer.status_code for answer in made] == [303, 429]
    finally:
        await site.close()


async def test_sign_in_is_always_a_new_one_and_ends_the_one_before(site: Site, guest: Browser) -> None:
    """A token that somebody planted in the browser is never the one that becomes a sign-in."""
    sent = await member(site)
    guest.cookies.set(COOKIE, "planted")
    await guest.post("/sign-in", data=sent)
    tokens = [value for value in guest.cookies.jar if value.name == COOKIE]
    assert all(cookie.value != "planted" for cookie in tokens if cookie.domain)
    guest.cookies.clear()
    first = site.browser()
    await first.post("/sign-in", data=sent)
    token = first.cookies[COOKIE]
    await first.post("/sign-in", data=sent)
    assert first.cookies[COOKIE] != token
    old = site.browser()
    old.cookies.set(COOKIE, token)
    assert (await old.get("/api/me")).json()["member"] is None


async def test_unknown_and_known_names_get_the_same_answer(site: Site, guest: Browser) -> None:
    known = await member(site)
    answers = [
        await guest.post("/sign-in", data={"name": name, "password": "wrong horse"}) for name in (known["name"], "Nob")
    ]
    assert len({answer.status_code for answer in answers}) == 1
    assert answers[0].text.replace(known["name"], "Nob") == answers[1].text
