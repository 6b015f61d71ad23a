from __future__ import annotations

import pytest
from starlette.responses import Response

from tertulia_server.forum.models import ForumRules
from tertulia_server.store.stamps import PagePlace, ThreadStamp, read_stamped_page
from tertulia_server.web.page_memory import MAX_PAGES_BYTES, KeptPage, PageMemory
from tests.server.web.site import Site

PATH = "/threads/17-the-fair"
STAMP = ThreadStamp("e1", 5, 2, "the-fair", False, 3, "ada", ForumRules(3), "Talk", "talk", 3, 4, 9)


def kept(size_bytes: int = 10, *, stamp: ThreadStamp = STAMP, thread_id: int = 17) -> KeptPage:
    return KeptPage(PagePlace(thread_id, 1), stamp, "b1", 'W/"1"', Response(b"x" * size_bytes), Response())


async def test_page_is_found_under_its_very_stamp_and_build(site: Site) -> None:
    memory, page = PageMemory(site.store), kept()
    memory.keep_page(PATH, page)
    assert memory.find_page(PATH, STAMP, "b1") is page
    assert memory.find_page(PATH, STAMP, "b2") is None
    assert memory.find_page(PATH, STAMP._replace(card_versions=10), "b1") is None
    assert memory.find_page(f"{PATH}/page-2", STAMP, "b1") is None


@pytest.mark.parametrize("can_tell", [True, False])
async def test_page_is_true_until_its_stamp_is_another(
    site: Site, monkeypatch: pytest.MonkeyPatch, can_tell: bool
) -> None:
    if not can_tell:  # as PostgreSQL
        monkeypatch.setattr(type(site.store), "state", lambda _store: None)
    thread_id = (await site.thread()).thread["id"]
    found = await site.store.read(read_stamped_page, PagePlace(thread_id, 1))
    assert found is not None
    memory, page = PageMemory(site.store), kept(stamp=found.stamp, thread_id=thread_id)
    assert [await memory.is_true(page, "b1") for _ in range(2)] == [True, True]
    assert not await memory.is_true(page, "b2")
    await site.thread("Elsewhere", visitor=site.town.bob)
    assert await memory.is_true(page, "b1")
    await site.post(thread_id)
    assert [await memory.is_true(page, "b1") for _ in range(2)] == [False, False]


async def test_page_of_a_state_that_is_still_there_needs_no_reading(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory, page = PageMemory(site.store), kept()
    page.state = site.store.state()
    monkeypatch.setattr(type(site.store), "read", None)
    assert await memory.is_true(page, "b1")


async def test_pages_are_counted_by_their_bytes(site: Site) -> None:
    memory = PageMemory(site.store)
    memory.keep_page(PATH, kept(1000))
    assert memory.pages.used_bytes >= 1000
    memory.keep_page(PATH, kept(MAX_PAGES_BYTES))
    assert memory.pages.used_bytes == 0
