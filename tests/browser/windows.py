"""Windows of a browser on a forum, and what a reader sees in them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final

from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, expect

from tests.browser.forum import Person

LIVE: Final = "#live-state[data-state=live]"
LIVE_LIMIT_MS: Final = 20_000
"""How long a page may take to be live again: a server's start and the client's backoff."""

ARTICLES: Final = """() => [...document.querySelectorAll('#posts > article')].map((article) => {
  const copy = article.cloneNode(true);
  copy.classList.remove('is-new');
  copy.querySelectorAll('time[data-time-ms]').forEach((time) => time.replaceChildren());  // an age is of its minute
  return copy.outerHTML.replaceAll(/>\\s+</g, '><');
})"""

ARE_SHOWN: Final = """(wanted) => JSON.stringify(wanted) ===
  JSON.stringify([...document.querySelectorAll('#posts > article')].map((article) => Number(article.dataset.number)))"""

KEEP_STATES: Final = """window.states = [];
new MutationObserver(() => {
  const state = document.getElementById('live-state')?.dataset.state;
  if (state && state !== window.states.at(-1)) window.states.push(state);
}).observe(document, {subtree: true, childList: true, attributes: true, attributeFilter: ['data-state']});"""

REFUSALS: Final = ("(Unauthorized)", "(Forbidden)", "(Not Found)", "(Conflict)")
"""What the browser says of itself when the server says no."""

SIGN_IN_COOKIE: Final = "tertulia_sign_in"


class Window:
    """A page with the eyes of a reader; whatever the console complains about is kept.

    ``may_be_refused``: the test takes rights away under a page, which may be about to ask for something.
    """

    def __init__(self, page: Page, *, may_lose_line: bool = False, may_be_refused: bool = False) -> None:
        self.page = page
        self.complaints: list[str] = []
        self._may_lose_line = may_lose_line
        self._may_be_refused = may_be_refused
        page.on("console", self._on_console)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _on_console(self, message: ConsoleMessage) -> None:
        if self._may_be_refused and any(words in message.text for words in REFUSALS):
            return
        is_line = "WebSocket connection" in message.text or "ERR_CONNECTION_REFUSED" in message.text
        if message.type == "error" and not (self._may_lose_line and (is_line or "net::ERR" in message.text)):
            self.complaints.append(message.text)

    async def keep_own_line(self) -> None:
        """Have no share in another tab's line: only what a page does itself can be held up by a test."""
        await self.page.add_init_script("delete globalThis.SharedWorker")

    async def open(self, url: str, *, live: bool = True) -> None:
        await self.page.goto(url)
        if live:
            await self.expect_live()

    async def expect_live(self) -> None:
        await self.page.wait_for_selector(LIVE, timeout=LIVE_LIMIT_MS)

    async def expect_offline(self) -> None:
        """The page has said that its line was lost, however briefly."""
        await self.page.wait_for_function("() => window.states.includes('offline')", timeout=LIVE_LIMIT_MS)

    async def expect_numbers(self, numbers: list[int]) -> None:
        """The posts shown are these, in this order, each once."""
        await self.page.wait_for_function(ARE_SHOWN, arg=numbers, timeout=LIVE_LIMIT_MS)

    async def expect_post(self, number: int, text: str) -> None:
        body = self.page.locator(f'#posts > [data-number="{number}"] [data-slot=body]')
        await expect(body).to_have_text(text, timeout=LIVE_LIMIT_MS)

    async def articles(self) -> list[str]:
        """The posts as HTML, without the mark of those that have just arrived and without space between tags."""
        articles: list[str] = await self.page.evaluate(ARTICLES)
        return articles

    async def mark(self) -> None:
        """Mark the first post's node: the mark is there for as long as neither the page nor the node is replaced."""
        await self.page.evaluate(
            "() => { document.querySelector('#posts > article').marked = true; window.marked = true }"
        )

    async def is_marked(self) -> bool:
        return bool(
            await self.page.evaluate(
                "() => document.querySelector('#posts > article').marked === true && window.marked"
            )
        )

    async def scroll_y(self) -> float:
        return float(await self.page.evaluate("() => window.scrollY"))

    async def reply(self, text: str) -> None:
        await self.page.fill("#reply textarea", text)
        await self.page.click("#reply button.is-primary")


class Windows:
    """Opens windows, each in a context of its own, and closes them all."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._contexts: list[BrowserContext] = []
        self.opened: list[Window] = []

    async def new(
        self,
        person: Person | None = None,
        *,
        origin: str = "",
        may_lose_line: bool = False,
        may_be_refused: bool = False,
        **options: Any,
    ) -> Window:
        """A window of a guest, or of a member who is signed in at ``origin``."""
        context = await self._browser.new_context(**{"viewport": {"width": 1000, "height": 700}, **options})
        self._contexts.append(context)
        if person is not None:
            await context.add_cookies([{"name": SIGN_IN_COOKIE, "value": person.sign_in, "url": origin}])
        await context.add_init_script(KEEP_STATES)
        window = Window(await context.new_page(), may_lose_line=may_lose_line, may_be_refused=may_be_refused)
        window.page.set_default_timeout(LIVE_LIMIT_MS)
        self.opened.append(window)
        return window

    async def close(self) -> None:
        for context in self._contexts:
            await context.close()


OpenWindow = Callable[..., Awaitable[Window]]
