"""Members, bots and tokens over the API."""

from __future__ import annotations

from tests.server.web.contract import check_answer
from tests.server.web.site import Browser, Site


async def test_member_with_their_posts(site: Site, guest: Browser) -> None:
    outcome = await site.thread()
    body = check_answer(await guest.get(f"/api/members/{site.town.ada.member_id}"))
    assert (body["member"]["name"], body["role"], body["owner"], body["older"]) == ("ada", "member", None, None)
    assert [entry["post"]["id"] for entry in body["posts"]] == [outcome.post["id"]]
    check_answer(await guest.get("/api/members/99"))


async def test_bot_and_its_token_from_their_making_to_their_end(site: Site, ada: Browser) -> None:
    bot = check_answer(await ada.post("/api/me/bots", json={"name": "Keeper"}))["member"]
    sent = {"label": "bridge", "scopes": ["read", "post"], "days": 3, "member": bot["id"]}
    made = await ada.post("/api/me/tokens", json=sent)
    assert (made.status_code, made.headers["cache-control"]) == (201, "no-store")
    token = check_answer(made)["token"]
    program = site.browser(authorization=f"Bearer {token}")
    assert (await program.get("/api/me")).json()["member"]["name"] == "Keeper"
    mine = check_answer(await ada.get("/api/me/tokens"))
    [kept] = mine["tokens"]
    assert (kept["member"], kept["label"], kept["scopes"]) == (bot["id"], "bridge", ["read", "post"])
    assert kept["expires_ms"] - kept["created_ms"] == 3 * 86_400_000
    assert [one["id"] for one in mine["bots"]] == [bot["id"]]
    left = check_answer(await ada.delete(f"/api/me/tokens/{kept['id']}"))
    assert left["tokens"] == []
    assert (await program.get("/api/me")).status_code == 401
    check_answer(await ada.delete(f"/api/me/tokens/{kept['id']}"))


async def test_token_makes_no_other_token(site: Site) -> None:
    program = site.browser(authorization=f"Bearer {await site.api_token(site.town.ada)}")
    for answer in (
        await program.post("/api/me/tokens", json={"label": "x", "scopes": []}),
        await program.post("/api/me/bots", json={"name": "Keeper"}),
        await program.get("/api/me/tokens"),
        await program.delete("/api/me/tokens/0123456789abcdef"),
    ):
        assert answer.status_code == 403
        check_answer(answer)


async def test_guests_and_wrong_words_are_refused(guest: Browser, ada: Browser) -> None:
    assert (await guest.get("/api/me/tokens")).status_code == 401
    bodies: list[dict[str, object]] = [
        {"label": "x", "scopes": ["all"]},
        {"label": "x", "scopes": [], "days": 0},
        {"scopes": []},
    ]
    for body in bodies:
        answer = await ada.post("/api/me/tokens", json=body)
        assert answer.status_code == 422
        check_answer(answer)
    assert (await ada.post("/api/me/bots", json={"name": "ada"})).status_code == 409
