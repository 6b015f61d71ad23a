from __future__ import annotations

from tests.server.web.site import Browser, Site


async def edit(ada: Browser, post_id: int, text: str, version: int) -> None:
    answer = await ada.post(f"/posts/{post_id}/edit", data={"text": text, "version": str(version)})
    assert answer.status_code == 303


async def test_history_shows_what_each_edit_changed(site: Site, ada: Browser, mona: Browser) -> None:
    post_id = (await site.thread(text="I bring bread & salt.")).post["id"]
    await edit(ada, post_id, "I bring wine & salt.", 1)
    await edit(ada, post_id, "I bring wine <b>.", 2)
    for who in (ada, mona):
        newest = (await who.get(f"/posts/{post_id}/history")).text
        assert "I bring wine <del>&amp; salt</del><ins>&lt;b&gt;</ins>." in newest
        older = (await who.get(f"/posts/{post_id}/history?version=2")).text
        assert "I bring <del>bread</del><ins>wine</ins> &amp; salt." in older
        first = (await who.get(f"/posts/{post_id}/history?version=1")).text
        assert '<pre class="diff">I bring bread &amp; salt.</pre>' in first


async def test_history_is_for_the_author_and_those_who_moderate(
    site: Site, guest: Browser, bob: Browser, rob: Browser, ada: Browser
) -> None:
    post_id = (await site.thread(text="Nobody else's")).post["id"]
    path = f"/posts/{post_id}/history"
    answers = [await who.get(path) for who in (guest, bob, rob, ada)]
    assert [answer.status_code for answer in answers] == [401, 403, 403, 200]
    assert ["Nobody else" in answer.text for answer in answers] == [False, False, False, True]
    assert [(await ada.get(p)).status_code for p in (f"{path}?version=9", f"{path}?before=x", "/posts/99/history")] == [
        404,
        422,
        404,
    ]


async def test_history_of_a_removed_post_says_so(site: Site, mona: Browser) -> None:
    post_id = (await site.thread(text="Rude")).post["id"]
    await mona.post(f"/posts/{post_id}/remove")
    page = (await mona.get(f"/posts/{post_id}/history")).text
    assert "was removed by <b>mona</b>" in page
    assert "Rude" in page


async def test_history_of_many_versions_has_pages(site: Site, ada: Browser) -> None:
    post_id = (await site.thread(text="text 1")).post["id"]
    for number in range(2, 24):
        await edit(ada, post_id, f"text {number}", number - 1)
    newest = (await ada.get(f"/posts/{post_id}/history?version=4")).text
    assert "text <del>3</del><ins>4</ins>" in newest
    assert 'href="?before=4"' in newest
    older = (await ada.get(f"/posts/{post_id}/history?before=4")).text
    assert "text <del>2</del><ins>3</ins>" in older
    assert (await ada.get(f"/posts/{post_id}/history?version=1&before=4")).status_code == 200
