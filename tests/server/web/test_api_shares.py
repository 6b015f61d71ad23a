from __future__ import annotations

from tests.server.web.contract import check_answer
from tests.server.web.site import Browser

ONE = {"holder": "holder-1"}


async def test_copy_holds_keeps_its_places_and_leaves_them_to_the_next(ada: Browser) -> None:
    answer = check_answer(await ada.put("/api/shares/dice", json=ONE))
    assert (answer["parts"], answer["lease_ms"], answer["excess"]) == (8, 5000, [])
    assert answer["held"] == [{"part": part, "fence": 1, "places": {}} for part in range(8)]
    held = [{"part": 3, "fence": 1, "places": {"thread:3": ["e1", 7]}}]
    check_answer(await ada.put("/api/shares/dice", json={**ONE, "held": held, "leaving": True}))
    answer = check_answer(await ada.put("/api/shares/dice", json={"holder": "holder-2"}))
    assert answer["held"][3] == {"part": 3, "fence": 2, "places": {"thread:3": ["e1", 7]}}


async def test_what_is_no_share_is_refused(ada: Browser) -> None:
    assert (await ada.put("/api/shares/Dice!", json=ONE)).status_code == 404
    for wrong in ({"holder": "x"}, {**ONE, "let_go": [8]}, {**ONE, "held": [{"part": 1, "fence": 0}]}):
        assert (await ada.put("/api/shares/dice", json=wrong)).status_code == 422
    for place in (["e1"], [7, "e1"], ["E!", 1], ["e1", -1]):
        body = {**ONE, "held": [{"part": 1, "fence": 1, "places": {"thread:1": place}}]}
        assert (await ada.put("/api/shares/dice", json=body)).status_code == 422
