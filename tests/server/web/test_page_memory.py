from __future__ import annotations

from starlette.responses import Response

from tertulia_server.forum.models import ForumRules
from tertulia_server.store.stamps import PagePlace, ThreadStamp
from tertulia_server.web.page_memory import MAX_PAGES_BYTES, KeptPage, PageMemory
from tests.server.web.site import Site

PLACE = PagePlace(17, 1)
STAMP = ThreadStamp("e1", 5, 2, "the-fair", False, 3, "ada", ForumRules(3), "Talk", "talk", 3, 4, 9)


def kept(size_bytes: int = 10) -> KeptPage:
    return KeptPage(STAMP, "b1", 'W/"1"', Response(b"x" * size_bytes))


async def test_page_is_found_under_its_very_stamp_and_build(site: Site) -> None:
    memory, page = PageMemory(site.store), kept()
    memory.keep_page(PLACE, page)
    assert memory.find_page(PLACE, STAMP, "b1") is page
    assert memory.find_page(PLACE, STAMP, "b2") is None
    assert memory.find_page(PLACE, STAMP._replace(card_versions=10), "b1") is None
    assert memory.find_page(PagePlace(17, 2), STAMP, "b1") is None


async def test_pages_are_counted_by_their_bytes(site: Site) -> None:
    memory = PageMemory(site.store)
    memory.keep_page(PLACE, kept(1000))
    assert memory.pages.used_bytes >= 1000
    memory.keep_page(PLACE, kept(MAX_PAGES_BYTES))
    assert memory.pages.used_bytes == 0
