from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.server.web.site import Browser, Site, open_site


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    opened = await open_site(tmp_path)
    yield opened
    await opened.close()


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
