from __future__ import annotations

import pytest

from tertulia_server.errors import StartError
from tertulia_server.settings import read_settings
from tests.server.web.site import ORIGIN, Browser, Site, open_site


async def test_address_is_the_setting_else_what_the_request_names(site: Site, guest: Browser, town_file: str) -> None:
    assert f"Sitemap: {ORIGIN}/sitemap.xml" in (await guest.get("/robots.txt")).text
    opened = await open_site(town_file, site.town, public_url="https://forum.example/")  # type: ignore[arg-type]
    assert "Sitemap: https://forum.example/sitemap.xml" in (await opened.browser().get("/robots.txt")).text
    await opened.close()


@pytest.mark.parametrize("url", ["forum.example", "ftp://forum.example", 'https://a"b', "https://forum.example/sub"])
def test_setting_is_an_address(url: str) -> None:
    with pytest.raises(StartError):
        read_settings(public_url=url)
