"""Takes the pictures of docs/gallery.md anew: a server of its own with a forum in it, and Chromium, wide and on a
phone, in light and dark.

    python -m bench.gallery [--folder docs/images/gallery] [--chromium /usr/bin/chromium]
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Final

from playwright.async_api import Browser, Page, async_playwright

from tertulia_server.actions.importing import import_archive
from tertulia_server.cli.offline import offline_actions
from tertulia_server.forum.archive import read_archive
from tests.browser.forum import Forum, People, Person, people_of
from tests.browser.windows import SIGN_IN_COOKIE
from tests.processes import TertuliaServer

WIDE: Final = {"width": 1120, "height": 760}
PHONE: Final = {"width": 390, "height": 720}

_THREADS: Final = (
    ("Which oil for the lamp?", "Colza was **brighter**, but it smoked. What do you burn?", 4),
    ("Sunday: boats leave at nine", "Bring boots. The stair is wet, and there are 197 steps.", 2),
    ("House rules", "Be kind. Quote what you answer. *Nobody* sells brass here.", 0),
)
_ANSWERS: Final = (
    "> Colza was **brighter**\n\nIt was, and the glass told everybody. Paraffin, and trim the wick.",
    "Paraffin here too. The old book says:\n\n1. trim\n2. fill\n3. *then* light",
    "I have a can of the 1912 kind. It is not for burning.",
    "Then it is for looking at. Show it on Sunday!",
)

_WRITTEN: Final = "> trim the wick\n\nAnd **count** them first, with this list:\n\n- one\n- two"

Prepare = Callable[[Page], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Picture:
    """One page of the gallery; ``prepare`` brings it to what is to be seen."""

    name: str
    path: str
    person: Person | None = None
    prepare: Prepare | None = None


async def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--folder", type=Path, default=Path("docs/images/gallery"))
    parser.add_argument("--chromium", default=shutil.which("chromium") or "/usr/bin/chromium")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        people = await people_of(folder)
        archived = await _import(folder)
        server = TertuliaServer(folder, variables={"TERTULIA_SITE_NAME": "The Lamp Room"})
        try:
            server.start()
            pictures = await _scene(Forum(server, people), archived)
            async with async_playwright() as playwright:
                browser = await playwright.chromium.launch(executable_path=options.chromium, args=["--no-sandbox"])
                for picture in pictures:
                    await _take(browser, server.url, picture, options.folder)
                await browser.close()
        finally:
            server.close()


async def _import(folder: Path) -> int:
    """The thread of the demo, for its cards and ranks."""
    pages = sorted(files("tertulia_server").joinpath("demo").iterdir(), key=lambda page: page.name)
    texts = [(page.name, page.read_bytes()) for page in pages if page.name.endswith(".txt")]
    async with offline_actions(f"sqlite:///{folder / 'forum.db'}") as actions:
        outcome = await import_archive(actions, read_archive(texts), forum_name="Keepers and Menders")
    return outcome.thread_id


async def _scene(forum: Forum, archived_id: int) -> list[Picture]:
    people = forum.people
    path = f"/api/forums/{people.forum_id}/threads"
    threads = []
    for title, text, answers in _THREADS:
        thread = (await forum.call("POST", path, people.marisol, {"title": title, "text": text}))["thread"]
        for number, answer in enumerate(_ANSWERS[:answers]):
            await forum.post(thread, answer, by=people.ignacio if number % 2 == 0 else people.marisol)
        threads.append(thread)
    lamp, _, rules = threads
    await forum.call("PATCH", f"/api/threads/{rules['id']}", people.admin, {"is_pinned": True, "is_locked": True})
    posts = await forum.posts(lamp)
    for person in (people.ignacio, people.admin):
        await forum.call("PUT", f"/api/posts/{posts[0]['id']}/rating", person, {"mark": "positive"})
    await forum.call("PUT", f"/api/posts/{posts[1]['id']}/rating", people.marisol, {"mark": "positive"})
    await forum.call(
        "POST", f"/api/posts/{posts[3]['id']}/reports", people.marisol, {"reason": "Is this an offer to sell?"}
    )
    return _pictures(people, archived_id, lamp["id"])


def _pictures(people: People, archived_id: int, thread_id: int) -> list[Picture]:
    return [
        Picture("index", "/", people.marisol),
        Picture("threads", f"/forums/{people.forum_id}", people.marisol),
        Picture("thread", f"/threads/{thread_id}", people.marisol),
        Picture("archive", f"/threads/{archived_id}", None),
        Picture("composer", f"/threads/{thread_id}", people.marisol, _write),
        Picture("panel", f"/threads/{thread_id}", people.marisol, _open_panel),
        Picture("moderation", "/moderation", people.admin),
        Picture("profile", f"/members/{people.marisol.id}", people.ignacio),
        Picture("search", "/search?q=lamp", None),
    ]


async def _write(page: Page) -> None:
    while await page.input_value("#reply textarea") != _WRITTEN:  # the draft of another picture may just be coming
        await page.fill("#reply textarea", _WRITTEN)
    await page.click('#reply [data-do="preview"]')
    await page.wait_for_selector("#reply [data-preview]:not([hidden]) strong")
    await page.locator("#reply").evaluate("(form) => form.scrollIntoView({block: 'center'})")


async def _open_panel(page: Page) -> None:
    await page.click("#live-state")
    await page.wait_for_selector("#live-panel[open]")


async def _take(browser: Browser, origin: str, picture: Picture, folder: Path) -> None:
    for size_name, size in (("wide", WIDE), ("phone", PHONE)):
        context = await browser.new_context(viewport=size, color_scheme="light", reduced_motion="reduce", locale="en")  # type: ignore[arg-type]
        if picture.person is not None:
            await context.add_cookies([{"name": SIGN_IN_COOKIE, "value": picture.person.sign_in, "url": origin}])
        page = await context.new_page()
        await page.goto(origin + picture.path)
        if await page.locator("#live-state").count():
            await page.wait_for_selector("#live-state[data-state=live]")
        if picture.prepare is not None:
            await picture.prepare(page)
        for scheme in ("light", "dark"):
            await page.emulate_media(color_scheme=scheme)
            file = folder / f"{picture.name}-{size_name}-{scheme}.png"
            await page.screenshot(path=file, animations="disabled", caret="hide")
            print(f"{file} {file.stat().st_size // 1024} KiB", flush=True)
        await context.close()


if __name__ == "__main__":
    asyncio.run(main())
