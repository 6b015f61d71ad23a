from __future__ import annotations

import pytest

from tests.server.web.site import Browser, Form, Site


async def test_menu_is_on_the_page_of_those_who_moderate_only(
    site: Site, guest: Browser, ada: Browser, mona: Browser
) -> None:
    path = f"/threads/{(await site.thread()).thread['id']}-the-fair"
    for browser in (guest, ada):
        assert 'id="moderate"' not in (await browser.get(path)).text
    assert 'id="moderate"' in (await mona.get(path)).text


@pytest.mark.parametrize(("do", "field", "value"), [("lock", "is_locked", True), ("pin", "is_pinned", True)])
async def test_button_changes_the_thread_and_leads_back_to_its_page(
    site: Site, mona: Browser, guest: Browser, do: str, field: str, value: bool
) -> None:
    thread = (await site.thread()).thread
    answer = await mona.post(f"/threads/{thread['id']}/moderate", data={"do": do, "page": "1"})
    assert (answer.status_code, answer.headers["location"]) == (303, f"/threads/{thread['id']}-the-fair")
    found = (await guest.get(f"/api/threads/{thread['id']}")).json()["thread"]
    assert found[field] is value
    await mona.post(f"/threads/{thread['id']}/moderate", data={"do": f"un{do}"})
    assert (await guest.get(f"/api/threads/{thread['id']}")).json()["thread"][field] is not value


async def test_menu_is_for_those_who_moderate(site: Site, guest: Browser, ada: Browser, mona: Browser) -> None:
    path = f"/threads/{(await site.thread()).thread['id']}"
    assert (await guest.post(f"{path}/moderate", data={"do": "lock"})).status_code == 401
    assert (await ada.post(f"{path}/moderate", data={"do": "lock"})).status_code == 403
    assert (await ada.get(f"{path}/rename")).status_code == 403
    assert (await mona.post(f"{path}/moderate", data={"do": "burn"})).status_code == 422
    assert (await mona.get("/threads/999/rename")).status_code == 404


async def test_thread_is_renamed_by_a_form_which_keeps_a_title_that_cannot_be(site: Site, mona: Browser) -> None:
    thread_id = (await site.thread()).thread["id"]
    path = f"/threads/{thread_id}/rename"
    assert Form((await mona.get(path)).text, path).fields == {"title": "The fair"}
    refused = await mona.post(path, data={"title": "x" * 201})
    assert (refused.status_code, Form(refused.text, path).fields["title"]) == (422, "x" * 201)
    answer = await mona.post(path, data={"title": "The <b>fair</b>"})
    assert answer.headers["location"] == f"/threads/{thread_id}-the-b-fair-b"
    assert "The &lt;b&gt;fair&lt;/b&gt;" in (await mona.get(answer.headers["location"])).text


async def test_locked_thread_says_so(site: Site, mona: Browser, ada: Browser) -> None:
    thread_id = (await site.thread()).thread["id"]
    await mona.post(f"/threads/{thread_id}/moderate", data={"do": "lock"})
    page = (await ada.get(f"/threads/{thread_id}-the-fair")).text
    assert 'data-badge="locked">Locked' in page
    assert 'data-badge="pinned" hidden' in page
    assert "This thread is locked." in page
