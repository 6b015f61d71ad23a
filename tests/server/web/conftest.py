from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.server.town import Town
from tests.server.web.live_site import LiveSite, serve_live_site
from tests.server.web.site import Browser, Site, build_town, open_site


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Town]:
    file = tmp_path_factory.mktemp("town") / "forum.db"
    return file, asyncio.run(build_town(file))


@pytest.fixture
def town_file(built: tuple[Path, Town], tmp_path: Path) -> Path:
    return Path(shutil.copy(built[0], tmp_path / "forum.db"))


@pytest.fixture
async def site(built: tuple[Path, Town], town_file: Path) -> AsyncIterator[Site]:
    opened = await open_site(town_file, built[1])
    yield opened
    await opened.close()


@pytest.fixture
async def place(site: Site) -> AsyncIterator[LiveSite]:
    """The site behind a real server."""
    async with serve_live_site(site) as opened:
        yield opened


@pytest.fixture
def guest(site: Site) -> Browser:
    return site.browser()


@pytest.fixture
async def ada(site: Site) -> Browser:
    return await site.browser_of(site.town.ada)


@pytest.fixture
async def bob(site: Site) -> Browser:
    return await site.browser_of(site.town.bob)


@pytest.fixture
async def mona(site: Site) -> Browser:
    return await site.browser_of(site.town.mona)


@pytest.fixture
async def rob(site: Site) -> Browser:
    return await site.browser_of(site.town.rob)
