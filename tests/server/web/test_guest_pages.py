"""What comes from memory is what the routes would answer: the rest of it stands in `test_pages`."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection, update

from tertulia_server.errors import TertuliaError
from tertulia_server.store.schema import forums
from tertulia_server.web import guest_pages
from tertulia_server.web.page_memory import PageMemory
from tertulia_wire.codes import Code
from tests.server.web.site import Browser, Site


@pytest.fixture
def from_memory(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether each page that was looked at was true, in their order."""
    told: list[bool] = []
    is_true = guest_pages._is_true

    async def tell(*args: object) -> bool:
        told.append(await is_true(*args))  # type: ignore[arg-type]
        return told[-1]

    monkeypatch.setattr(guest_pages, "_is_true", tell)
    return told


async def test_answers_from_memory_are_those_of_the_routes(site: Site, guest: Browser, from_memory: list[bool]) -> None:
    path = f"/threads/{(await site.thread()).thread['id']}-the-fair"
    for headers in ({}, {"accept-encoding": "gzip"}, {"accept-language": "es"}):
        made, *kept = [await guest.get(path, headers=headers) for _ in range(4)]
        for answer in kept:
            assert answer.text == made.text
            assert {**answer.headers, "content-length": "", "content-encoding": ""} == {
                **made.headers,
                "content-length": "",
                "content-encoding": "",
            }
    tag = (await guest.get(path)).headers["etag"]
    unchanged = await guest.get(path, headers={"if-none-match": f'"1", {tag}'})
    assert (unchanged.status_code, unchanged.content, unchanged.headers["etag"]) == (304, b"", tag)
    assert len(from_memory) >= 9
    assert all(from_memory)


async def test_next_page_after_a_post_holds_it(site: Site, guest: Browser, from_memory: list[bool]) -> None:
    thread_id = (await site.thread()).thread["id"]
    path = f"/threads/{thread_id}-the-fair"
    for turn in range(5):
        await site.post(thread_id, f"post of turn {turn}")
        for _ in range(3):
            assert f"post of turn {turn}" in (await guest.get(path)).text
    assert from_memory == [True, *([False, True] * 4)]  # it is compressed on the way through the routes


async def test_whoever_may_be_a_member_goes_to_the_routes(
    site: Site, guest: Browser, ada: Browser, from_memory: list[bool]
) -> None:
    path = f"/threads/{(await site.thread()).thread['id']}-the-fair"
    await guest.get(path)
    assert 'id="reply"' in (await ada.get(path)).text
    token = await site.api_token(site.town.ada)
    assert 'id="reply"' in (await guest.get(path, headers={"authorization": f"Bearer {token}"})).text
    assert (await guest.get(path, headers={"authorization": "Bearer wrong"})).status_code == 401
    assert "%3Fa" in (await guest.get(f"{path}?a=1")).text
    assert (await guest.head(path)).content == b""
    assert (await guest.post(path)).status_code == 405
    assert from_memory == []


async def test_page_that_is_no_longer_for_guests_is_kept_from_them(site: Site, guest: Browser) -> None:
    path = f"/threads/{(await site.thread()).thread['id']}-the-fair"
    for _ in range(2):
        assert (await guest.get(path)).status_code == 200

    def close(conn: Connection) -> None:
        conn.execute(update(forums).values(audience="members"))

    await site.store.write(close)
    assert [(await guest.get(path)).status_code for _ in range(2)] == [401, 401]


async def test_store_that_is_away_is_told_by_the_handler(
    site: Site, guest: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = f"/threads/{(await site.thread()).thread['id']}-the-fair"
    await guest.get(path)

    async def fail(*_args: object) -> None:
        raise TertuliaError(Code.STORE_UNAVAILABLE)

    monkeypatch.setattr(PageMemory, "is_true", fail)
    monkeypatch.setattr(type(site.store), "read", fail)
    answer = await guest.get(path)
    assert answer.status_code == 503
    assert "<main" in answer.text
