"""No form does anything unless one of our pages sent it, made for this sign-in."""

from __future__ import annotations

import re

import pytest
from starlette.routing import Route

from tertulia_server.web.form_tokens import HEADER, form_token
from tertulia_server.web.identity import COOKIE
from tertulia_server.web.routes import routes
from tests.server.web.site import GUEST_SECRET, ORIGIN, Browser, Form, Site

PARAMETER = re.compile(r"\{\w+\}")


async def forms(browser: Browser) -> list[str]:
    """The address of every form of a page: whatever takes POST and is no API."""
    found = []
    for route in routes():
        if isinstance(route, Route) and not route.path.startswith("/api/"):
            path = PARAMETER.sub("1", route.path)
            if (await browser.post(path, headers={"origin": ORIGIN})).status_code != 405:
                found.append(path)
    return found


async def test_every_form_without_its_token_or_from_elsewhere_is_refused(
    site: Site, ada: Browser, bob: Browser
) -> None:
    await site.thread()
    addresses = await forms(bob)  # whom this signs out, among other things
    assert {"/threads/1/posts", "/posts/1/remove", "/account/password", "/sign-in", "/sign-out"} <= set(addresses)
    secret = await site.sign_in_token(site.town.ada)
    for headers in ({HEADER: ""}, {HEADER: form_token("a guess")}, {"origin": "https://evil.test"}, {"origin": "null"}):
        thief = site.browser()
        thief.cookies.set(COOKIE, secret)
        thief.headers.update({HEADER: form_token(secret), **headers})
        for path in addresses:
            answer = await thief.post(path, data={"text": "x", "title": "x", "key": "0123456789"})
            assert answer.status_code == 403, path
            assert COOKIE not in answer.headers.get("set-cookie", "")
    assert (await ada.get("/api/me")).json()["member"]["messages"] == 1


async def test_form_of_another_sign_in_is_shown_again_with_its_text(site: Site, ada: Browser) -> None:
    thread_id = (await site.thread()).thread["id"]
    bobs = form_token(await site.sign_in_token(site.town.bob))
    sent = {"text": "Long <b>work</b>", "key": "a-key-of-bob", "form_token": bobs}
    answer = await ada.post(f"/threads/{thread_id}/posts", data=sent, headers={HEADER: ""})
    assert answer.status_code == 403
    assert "Send this again?" in answer.text
    again = Form(answer.text, f"/threads/{thread_id}/posts")
    assert again.fields == {"text": "Long <b>work</b>", "key": "a-key-of-bob"}
    taken = await ada.post(f"/threads/{thread_id}/posts", data=again.fields, headers={HEADER: again.token})
    assert taken.status_code == 303


async def test_form_with_a_password_is_not_given_back(ada: Browser) -> None:
    sent = {"present_password": "my secret words", "password": "other secret words"}
    answer = await ada.post("/account/password", data=sent, headers={HEADER: "stale"})
    assert answer.status_code == 403
    assert "secret words" not in answer.text


async def test_guest_sends_forms_by_origin_alone_but_for_signing_in(site: Site, guest: Browser) -> None:
    guest.headers[HEADER] = ""
    assert (await guest.post("/language", data={"language": "es"})).status_code == 303
    assert (await guest.post("/language", headers={"origin": "https://evil.test"})).status_code == 403
    assert (await guest.post("/sign-in", data={"name": "ada", "password": "x"})).status_code == 403
    assert (await guest.post("/register", data={"name": "ada"}, headers={HEADER: "x"})).status_code == 403


async def test_token_of_the_page_is_taken_in_the_field_as_in_the_header(site: Site, guest: Browser) -> None:
    guest.headers[HEADER] = ""
    sent = {"name": "nobody", "password": "wrong", "form_token": form_token(GUEST_SECRET)}
    assert (await guest.post("/sign-in", data=sent)).status_code == 401


@pytest.mark.parametrize("scheme", ["Bearer"])
async def test_program_with_a_token_needs_no_form_token(site: Site, scheme: str) -> None:
    thread_id = (await site.thread()).thread["id"]
    program = site.browser(authorization=f"{scheme} {await site.api_token(site.town.ada)}", **{HEADER: ""})
    del program.headers["origin"]
    answer = await program.post(f"/threads/{thread_id}/posts", data={"text": "x", "key": "0123456789"})
    assert answer.status_code == 303
