"""The package that follows channels for programs, in a page that is nothing but its user."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Final

import pytest
from playwright.async_api import Route, expect

import page_script
from tests.browser.forum import Forum
from tests.browser.windows import OpenWindow

pytestmark = pytest.mark.asyncio(loop_scope="session")

FOLLOW: Final = """async ([channel, token, count]) => {
  const { follow, keepInStorage } = await import("/follow/index.js");
  const told = [];
  const since = token ? "earliest" : new Date(0);
  const options = { since, store: keepInStorage(localStorage, "place"), ...(token ? { token } : {}) };
  for await (const event of follow(location.origin, [channel], options)) {
    if (event.kind === "event" && event.name === "post.created") {
      told.push(event.data.post.text);
      document.title = `${told.length} came`;
    }
    if (told.length === count) return told;
  }
}"""


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("package")
    subprocess.run([page_script.npm()[0], "build_package.ts", folder], cwd=page_script.SOURCES, check=True)
    return folder


@pytest.mark.parametrize("has_token", [False, True])
async def test_page_follows_by_its_cookie_or_with_a_token(
    forum: Forum, open_window: OpenWindow, package: Path, has_token: bool
) -> None:
    thread = await forum.thread("Followed", posts=2)
    window = await open_window()
    asked: list[str] = []
    window.page.on("request", lambda request: asked.append(request.url))
    window.page.on("websocket", lambda socket: asked.append(socket.url))

    async def give(route: Route) -> None:
        await route.fulfill(path=package / "index.js", content_type="text/javascript")

    await window.page.route("**/follow/index.js", give)
    await window.open(f"{forum.server.url}/healthz", live=False)
    token = forum.people.marisol.token if has_token else ""
    await window.page.evaluate(
        f"(words) => {{ globalThis.following = ({FOLLOW})(words) }}", [f"thread:{thread['id']}", token, 3]
    )
    await expect(window.page).to_have_title("2 came")
    await forum.post(thread, "post 3")
    assert await window.page.evaluate("globalThis.following") == ["post 1", "post 2", "post 3"]
    assert list(json.loads(await window.page.evaluate("localStorage.getItem('place')"))) == [f"thread:{thread['id']}"]
    window.complaints = [one for one in window.complaints if "410" not in one]  # where the log ends is asked so
    lines = [url for url in asked if "/live" in url]
    assert all(("/live/poll" in url) is has_token for url in lines)
    assert lines
