"""The table of answers: every kind of visitor at every kind of forum, by every road. All roads agree in each cell."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import pytest
from sqlalchemy import Connection

from tertulia_server.actions.forums import create_forum
from tertulia_server.actions.moderators import appoint_moderator, set_administrator
from tertulia_server.forum.models import GUEST, Audience, Visitor
from tertulia_server.hub.listener import Grant
from tertulia_server.live.live import Live
from tertulia_server.session import Wanted
from tertulia_server.settings import Settings
from tertulia_server.store.forums import create_category
from tertulia_server.store.forums import create_forum as insert_forum
from tertulia_server.store.members import insert_member
from tertulia_server.web.following import Following, Met
from tertulia_wire.cursors import Cursor
from tests.server.hub.fakes import FakeSink
from tests.server.town import NOW_MS, visitor_with_id
from tests.server.web.site import Browser, Site

EVERYBODY = (
    "guest",
    "banned member",
    "member",
    "moderator of another forum",
    "moderator of this forum",
    "administrator",
)
MEMBERS, STAFF, MODERATORS, ADMINISTRATORS = (set(EVERYBODY[start:]) for start in (2, 3, 4, 5))
WHO = {
    Audience.PUBLIC: set(EVERYBODY),
    Audience.MEMBERS: MEMBERS,
    Audience.STAFF: STAFF,
    Audience.MODERATORS: MODERATORS,
    Audience.ADMINISTRATORS: ADMINISTRATORS,
}
PLACES = {audience.value: (audience, Audience.MEMBERS) for audience in Audience} | {
    "notices of administrators": (Audience.PUBLIC, Audience.ADMINISTRATORS),
    "columns of moderators": (Audience.MEMBERS, Audience.MODERATORS),
}
"""Who reads, and who of those posts."""


@dataclass
class Place:
    """A forum with a thread of one post in it."""

    forum_id: int
    thread_id: int
    post_id: int

    @property
    def channels(self) -> tuple[str, str]:
        return f"forum:{self.forum_id}", f"thread:{self.thread_id}"


@dataclass
class Table:
    site: Site
    live: Live
    places: dict[str, Place]
    visitors: dict[str, Visitor]

    async def browser(self, who: str) -> Browser:
        visitor = self.visitors[who]
        return self.site.browser() if visitor.is_guest else await self.site.browser_of(visitor)

    async def follows(self, visitor: Visitor, channel: str, cursor: Cursor | None) -> tuple[bool, FakeSink]:
        sink = FakeSink()
        following = Following(self.live, Met(visitor, None, 0), self.live.hub.connect(sink))
        answers = await following.subscribe(1, [Wanted(channel, cursor)])
        return isinstance(answers[0], Grant), sink


@pytest.fixture
async def table(site: Site) -> AsyncIterator[Table]:
    town = site.town

    def settle(conn: Connection) -> tuple[int, int]:
        elsewhere = insert_forum(conn, create_category(conn, "Elsewhere"), "Elsewhere")
        insert_member(conn, "stan", joined_ms=NOW_MS)
        root_id = insert_member(conn, "root", joined_ms=NOW_MS)
        return elsewhere, root_id

    elsewhere, root_id = await site.store.write(settle)
    await appoint_moderator(site.actions, None, "stan", elsewhere)
    await set_administrator(site.actions, None, "root", is_one=True)
    root = await site.store.read(visitor_with_id, root_id)
    places = {}
    for name, (audience, posting) in PLACES.items():
        forum_id = await create_forum(site.actions, name, category="Places", audience=audience, posting=posting)
        await appoint_moderator(site.actions, None, "mona", forum_id)
        outcome = await site.thread(f"The {name} thread", f"words for {name}", visitor=root, forum_id=forum_id)
        places[name] = Place(forum_id, outcome.thread["id"], outcome.post["id"])
    visitors = {
        "guest": GUEST,
        "member": town.ada,
        "banned member": town.rob,
        "moderator of another forum": await site.store.read(visitor_with_id, root_id - 1),
        "moderator of this forum": await site.store.read(visitor_with_id, town.mona.member_id or 0),
        "administrator": root,
    }
    live = Live(Settings(), site.store, site.broker, now_ms=site.actions.now_ms)
    await live.start()
    yield Table(site, live, places, visitors)
    await live.close()


async def read_by_all_roads(table: Table, who: str, place: Place, words: str) -> dict[str, bool]:
    """Which road leads there; a road that is closed shows none of the words."""
    browser, visitor = await table.browser(who), table.visitors[who]
    forum, thread = place.channels
    epoch = table.live.hub.epoch
    addresses = {
        "page of the forum": f"/forums/{place.forum_id}",
        "page of the thread": f"/threads/{place.thread_id}",
        "permalink": f"/posts/{place.post_id}",
        "feed of the forum": f"/forums/{place.forum_id}/feed.atom",
        "feed of the thread": f"/threads/{place.thread_id}/feed.atom",
        "API: forum": f"/api/forums/{place.forum_id}",
        "API: thread": f"/api/threads/{place.thread_id}",
        "API: posts": f"/api/threads/{place.thread_id}/posts",
        "API: post": f"/api/posts/{place.post_id}",
        "log of the forum": f"/api/log?channel={forum}&after={epoch}.0",
        "log of the thread": f"/api/log?channel={thread}&after={epoch}.0",
    }
    roads = {}
    for road, address in addresses.items():
        answer = await browser.get(address, follow_redirects=True)
        roads[road] = answer.status_code == 200
        assert roads[road] or words not in answer.text, road
    listed = (await browser.get("/api/forums")).json()["forums"]
    roads["API: forums"] = place.forum_id in [one["forum"]["id"] for one in listed]
    roads["index"] = f'href="/forums/{place.forum_id}-' in (await browser.get("/")).text
    found = (await browser.get("/api/search", params={"q": f'"{words}"'})).json()["posts"]
    roads["search"] = place.thread_id in [hit["thread"]["id"] for hit in found]
    for channel in place.channels:
        roads[f"live: {channel}"], _ = await table.follows(visitor, channel, None)
        roads[f"replay: {channel}"], sink = await table.follows(visitor, channel, Cursor(epoch, 0))
        if not roads[f"replay: {channel}"]:
            assert words.encode() not in b"".join(payload for frame in sink.frames for payload in frame.payloads)
    return roads


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("who", EVERYBODY)
async def test_page_api_feed_live_and_replay_agree(table: Table, who: str, place: str) -> None:
    roads = await read_by_all_roads(table, who, table.places[place], f"words for {place}")
    assert roads == dict.fromkeys(roads, who in WHO[PLACES[place][0]])


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("who", EVERYBODY)
async def test_form_and_api_agree_on_who_writes_and_who_moderates(table: Table, who: str, place: str) -> None:
    browser, at = await table.browser(who), table.places[place]
    audience, posting_audience = PLACES[place]
    can_read = who in WHO[audience]
    posting: dict[str, Callable[[], Awaitable[int]]] = {}

    async def status(method: str, path: str, **body: object) -> int:
        answer = await browser.request(method, path, **body)  # type: ignore[arg-type]
        return answer.status_code

    key = f"{place[:9]}-{who[:12]}".replace(" ", "-")
    json: dict[str, object] = {"json": {"text": "hello"}, "headers": {"Idempotency-Key": f"table-{key}"}}
    posting["API"] = lambda: status("POST", f"/api/threads/{at.thread_id}/posts", **json)
    data = {"text": "hello", "key": f"form-{key}"}
    posting["form"] = lambda: status("POST", f"/threads/{at.thread_id}/posts", data=data)
    posted = {road: await ask() in {200, 201, 303} for road, ask in posting.items()}
    assert posted == dict.fromkeys(posted, can_read and who in WHO[posting_audience])
    moderated = {
        "lock by API": await status("PATCH", f"/api/threads/{at.thread_id}", json={"is_locked": True}),
        "lock by form": await status("POST", f"/threads/{at.thread_id}/moderate", data={"do": "lock"}),
        "removal by form": await status("POST", f"/posts/{at.post_id}/remove"),
        "removal by API": await status("DELETE", f"/api/posts/{at.post_id}"),
    }
    done = {road: code in {200, 303} for road, code in moderated.items()}
    assert done == dict.fromkeys(done, can_read and who in MODERATORS)


@pytest.mark.parametrize("who", EVERYBODY)
async def test_channel_of_a_member_is_theirs_alone_and_that_of_rights_nobodys(table: Table, who: str) -> None:
    visitor, ada = table.visitors[who], table.site.town.ada
    assert (await table.follows(visitor, f"member:{ada.member_id}", None))[0] == (who == "member")
    assert not (await table.follows(visitor, "rights", None))[0]
    browser = await table.browser(who)
    assert (await browser.get(f"/api/log?channel=rights&after={table.live.hub.epoch}.0")).status_code == 404


@pytest.mark.parametrize("who", EVERYBODY)
async def test_channel_of_moderation_is_that_of_its_pages_and_says_nothing(table: Table, who: str) -> None:
    browser, visitor, at = await table.browser(who), table.visitors[who], table.places["public"]
    cursor = Cursor(table.live.hub.epoch, 0)
    reporter = await table.site.browser_of(table.site.town.ada)
    taken = await reporter.post(f"/api/posts/{at.post_id}/reports", json={"reason": "words for nobody"})
    assert taken.status_code == 201, taken.text
    roads = {road: (await browser.get(road)).status_code == 200 for road in ("/moderation", "/moderation/log")}
    log = await browser.get(f"/api/log?channel=moderation&after={cursor}")
    roads["log"] = log.status_code == 200
    roads["live"], _ = await table.follows(visitor, "moderation", None)
    roads["replay"], sink = await table.follows(visitor, "moderation", cursor)
    assert roads == dict.fromkeys(roads, who in STAFF)
    assert [event[1:] for event in log.json().get("events", [])] == [[1, "moderation.changed", {}]] * (who in STAFF)
    told = log.content + b"".join(payload for frame in sink.frames for payload in frame.payloads)
    assert b"words for nobody" not in told
