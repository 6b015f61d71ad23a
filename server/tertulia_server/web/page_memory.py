"""What a worker keeps of its thread pages: the articles of posts, and whole pages as guests get them.

Nothing here is believed by itself: a page is served from memory under the stamp that the store gives for it now, and
an article is kept under the versions of its post and of its author's card.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

from markupsafe import Markup
from starlette.responses import Response

from tertulia_server.store.port import Store
from tertulia_server.store.stamps import PagePlace, ThreadStamp, read_thread_stamps
from tertulia_server.web.byte_cache import ByteCache
from tertulia_server.web.gathering import Gathering
from tertulia_server.web.languages import current_language

MAX_ARTICLES_BYTES: Final = 32 * 1024 * 1024
MAX_PAGES_BYTES: Final = 32 * 1024 * 1024


class ArticleKey(NamedTuple):
    """All that the HTML of a post depends on. ``epoch``: in another log, an id may be another post."""

    language: str
    epoch: str
    post_id: int
    version: int
    card_version: int
    may_edit: bool
    may_remove: bool
    may_rate: bool
    may_report: bool
    own_mark: str
    may_quote: bool


@dataclass(slots=True)
class KeptPage:
    """A whole page of a thread. ``build`` names the templates and files that it was made with.

    ``answer`` is sent as it is to all who get this page, and ``unchanged`` to all who have it: nobody may add to them.
    ``packed`` is the same compressed, made when a page is asked for again. ``state`` is that of the store in which the
    page was last found true.
    """

    place: PagePlace
    stamp: ThreadStamp
    build: str
    tag: str
    answer: Response
    unchanged: Response
    packed: Response | None = None
    state: int | None = None


class PageMemory:
    """One per application, since it belongs to one database."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.stamps: Gathering[PagePlace, ThreadStamp] = Gathering(store, read_thread_stamps, "stamps of pages")
        self.articles: ByteCache[ArticleKey, Markup] = ByteCache(MAX_ARTICLES_BYTES)
        self.pages: ByteCache[tuple[str, str], KeptPage] = ByteCache(MAX_PAGES_BYTES)

    def find_page(self, path: str, stamp: ThreadStamp, build: str) -> KeptPage | None:
        """The page in the language of this request, as it was made under this very stamp."""
        kept = self.look_up(path)
        return kept if kept is not None and kept.stamp == stamp and kept.build == build else None

    def look_up(self, path: str) -> KeptPage | None:
        """The page in the language of this request, which need not be true any more."""
        return self.pages.get((path, current_language().code))

    async def is_true(self, kept: KeptPage, build: str) -> bool:
        """Whether the page is as it would be made now: nothing was committed since, or its stamp is the same.

        The state is asked for before the stamp, so what is committed between the two is found the next time.
        """
        if kept.build != build:
            return False
        state = self._store.state()
        if state is not None and state == kept.state:
            return True
        if await self.stamps.read(kept.place) != kept.stamp:
            return False
        kept.state = state
        return True

    def keep_page(self, path: str, page: KeptPage) -> None:
        """In the place of an older one."""
        packed_bytes = 0 if page.packed is None else len(page.packed.body)
        self.pages.put((path, current_language().code), page, len(page.answer.body) + packed_bytes)
