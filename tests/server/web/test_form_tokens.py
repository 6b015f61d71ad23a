from __future__ import annotations

import pytest

from tertulia_server.web.form_tokens import COOKIE, FIELD, form_token, is_form_token
from tertulia_server.web.identity import COOKIE as SIGN_IN
from tests.server.web.site import Browser, Form, Site


def test_form_token_belongs_to_one_secret_and_does_not_tell_it() -> None:
    token = form_token("one secret")
    assert token == form_token("one secret") != form_token("another secret")
    assert "one secret" not in token
    assert is_form_token(token, "one secret")
    for given, secret in [(token, "another secret"), (token, None), ("", None), ("", "one secret"), ("ñ", "x")]:
        assert not is_form_token(given, secret)


async def test_each_form_of_a_member_has_the_token_and_no_page_of_a_guest(site: Site, ada: Browser) -> None:
    thread = (await site.thread()).thread
    path = f"/threads/{thread['id']}-{thread['slug']}"
    for address in (path, "/", "/account", "/account/tokens"):
        html = (await ada.get(address)).text
        assert (
            html.count(f'name="{FIELD}" value="{form_token(ada.cookies[SIGN_IN])}"') == html.count('method="post"') > 0
        )
    assert FIELD not in (await site.browser().get(path)).text


async def test_words_that_look_like_a_form_get_no_token(site: Site, ada: Browser) -> None:
    thread = (await site.thread(text='<form method="post" action="/sign-out"> `<form method="post">`')).thread
    html = (await ada.get(f"/threads/{thread['id']}-{thread['slug']}")).text
    body = html.partition('data-slot="body"')[2].partition("</article>")[0]
    assert FIELD not in body


@pytest.mark.parametrize("path", ["/sign-in", "/register"])
async def test_guest_who_would_sign_in_gets_a_secret_of_this_browser(site: Site, path: str) -> None:
    browser = site.browser()
    browser.cookies.clear()
    answer = await browser.get(path)
    secret = browser.cookies[COOKIE]
    assert Form(answer.text, path).token == form_token(secret)
    flags = answer.headers["set-cookie"].lower()
    assert "httponly" in flags
    assert "samesite=strict" in flags
    again = await browser.get(path)
    assert browser.cookies[COOKIE] == secret
    assert Form(again.text, path).token == form_token(secret)
