"""The setting: who is named among the readers."""

from __future__ import annotations

import httpx2 as httpx

from tertulia_wire.messages import SendSignal
from tests.server.web.live_site import serve_live_site
from tests.server.web.site import Site
from tests.server.web.test_live import hear_presence


async def test_member_who_hides_loses_the_name_on_pages_that_are_open(site: Site) -> None:
    channel = f"thread:{(await site.thread()).thread['id']}"
    token = await site.api_token(site.town.ada)
    async with serve_live_site(site) as place, place.peer(authorization=f"Bearer {token}") as ada:
        await ada.subscribe(channel)
        await ada.say(SendSignal(channel, "reading"))
        assert (await hear_presence(ada, 1, 0))["readers"] != []
        async with httpx.AsyncClient(base_url=place.origin, headers={"authorization": f"Bearer {token}"}) as http:
            assert 'value="yes">' in (await http.get("/account/presence")).text
            answer = await http.post("/account/presence", data={"hide": "yes"})
            assert (answer.status_code, answer.headers["location"]) == (303, "/account/presence")
            assert 'value="yes" checked>' in (await http.get("/account/presence")).text
        assert (await hear_presence(ada, 1, 0))["readers"] == []


async def test_setting_is_for_members(site: Site) -> None:
    assert (await site.browser().get("/account/presence")).status_code == 401
