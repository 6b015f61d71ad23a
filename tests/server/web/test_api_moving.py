from __future__ import annotations

from tests.server.web.site import Browser, Site


async def test_threads_move_split_and_merge(site: Site, mona: Browser, ada: Browser) -> None:
    one = (await site.thread("One")).thread["id"]
    posts = [(await site.post(one, f"Post {n}")).post["id"] for n in (2, 3)]
    key = {"Idempotency-Key": "some-key-of-split"}
    body = {"post_ids": posts[:1], "title": "Prices"}
    assert (await mona.post(f"/api/threads/{one}/split", json=body)).status_code == 400
    new = (await mona.post(f"/api/threads/{one}/split", json=body, headers=key)).json()["thread"]
    again = (await mona.post(f"/api/threads/{one}/split", json=body, headers=key)).json()["thread"]
    assert (new["title"], new["last_number"], again) == ("Prices", 1, new)
    moved = await mona.post(f"/api/threads/{one}/move-posts", json={"post_ids": posts[1:], "thread_id": new["id"]})
    assert moved.json()["thread"]["last_number"] == 2
    merged = await mona.post(f"/api/threads/{one}/merge", json={"thread_id": new["id"]})
    assert merged.json()["thread"]["last_number"] == 3
    assert (await mona.get(f"/api/threads/{one}")).json()["thread"]["is_merged"]
    there = await mona.post(f"/api/threads/{new['id']}/move", json={"forum_id": site.town.members_forum_id})
    assert there.json()["thread"]["forum_id"] == site.town.members_forum_id
    assert (await ada.post(f"/api/threads/{new['id']}/move", json={"forum_id": 1})).status_code == 403
