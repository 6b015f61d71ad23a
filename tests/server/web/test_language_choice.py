from __future__ import annotations

import pytest

from tertulia_server.web.language_choice import COOKIE, preferred
from tests.server.web.site import Browser, Site, open_site


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("es", "es"),
        ("es-MX,es;q=0.9,en;q=0.8", "es"),
        ("en-GB, es;q=0.9", "en"),
        ("de, es;q=0.3, en;q=0.7", "en"),
        ("ES", "es"),
        ("de", None),
        ("*", None),
        ("es;q=0, de", None),
        ("es;q=x", None),
        (";;,,=", None),
        ("x" * 10_000 + ",es", None),
    ],
)
def test_browser_says_which_of_our_languages_it_prefers(header: str, code: str | None) -> None:
    assert preferred(header) == code


async def test_page_follows_the_browser_and_says_so(site: Site, guest: Browser) -> None:
    english = await guest.get("/")
    spanish = await guest.get("/", headers={"accept-language": "es-AR,es"})
    assert '<html lang="en">' in english.text
    assert ">Forums</h1>" in english.text
    assert '<html lang="es">' in spanish.text
    assert ">Foros</h1>" in spanish.text
    assert english.headers["etag"] != spanish.headers["etag"]
    assert {"Accept-Language", "Cookie"} <= set(spanish.headers["vary"].split(", "))


async def test_kept_pages_of_a_thread_do_not_mix_languages(site: Site, guest: Browser) -> None:
    outcome = await site.thread("The fair")
    path = f"/threads/{outcome.thread['id']}-the-fair"
    for _ in range(2):
        english, spanish = [await guest.get(path, headers={"accept-language": code}) for code in ("en", "es")]
        assert "Discussion in" in english.text
        assert "Debate en" in spanish.text
        assert 'title="Positive ratings"' not in spanish.text
    tag = (await guest.get(path)).headers["etag"]
    again = {code: {"accept-language": code, "if-none-match": tag} for code in ("en", "es")}
    assert (await guest.get(path, headers=again["en"])).status_code == 304
    assert (await guest.get(path, headers=again["es"])).status_code == 200


async def test_switch_keeps_the_choice_against_what_the_browser_says(guest: Browser) -> None:
    answer = await guest.post("/language", data={"language": "es", "next": "/sign-in"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
    assert "SameSite=lax" in answer.headers["set-cookie"]
    assert '<html lang="es">' in (await guest.get("/", headers={"accept-language": "en"})).text


@pytest.mark.parametrize("form", [{"language": "xx"}, {}])
async def test_switch_knows_its_languages(guest: Browser, form: dict[str, str]) -> None:
    answer = await guest.post("/language", data=form or {"other": "x"})
    assert answer.status_code == 422
    assert COOKIE not in answer.headers.get("set-cookie", "")


async def test_switch_leads_to_no_other_site(guest: Browser) -> None:
    answer = await guest.post("/language", data={"language": "en", "next": "//elsewhere.test/"})
    assert answer.headers["location"] == "/"


async def test_cookie_of_somebody_elses_making_counts_for_nothing(guest: Browser) -> None:
    guest.cookies.set(COOKIE, "../../etc")
    assert '<html lang="en">' in (await guest.get("/")).text


async def test_server_has_a_language_for_who_asks_for_none(site: Site, town_file: str) -> None:
    opened = await open_site(town_file, site.town, language="es")  # type: ignore[arg-type]
    assert '<html lang="es">' in (await opened.browser().get("/", headers={"accept-language": "de"})).text
    assert '<html lang="en">' in (await opened.browser().get("/", headers={"accept-language": "en"})).text
    await opened.close()


async def test_errors_are_said_in_the_language_of_the_request(site: Site, ada: Browser) -> None:
    headers = {"accept-language": "es"}
    page = await ada.get("/nowhere", headers=headers)
    assert "Aquí no hay nada" in page.text
    answer = await ada.post("/api/threads/1/posts", json={"text": "x"}, headers=headers)
    assert answer.json()["detail"].startswith("Envía una cabecera Idempotency-Key")
    form = {"text": "x" * 20_001, "key": "some-key-1"}
    outcome = await site.thread()
    refused = await ada.post(f"/threads/{outcome.thread['id']}/posts", data=form, headers=headers)
    assert "El mensaje tiene 20.001 caracteres" in refused.text
