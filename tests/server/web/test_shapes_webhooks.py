from __future__ import annotations

from dataclasses import replace

from tertulia_server.forum.webhooks import OffReason, Outcome
from tertulia_server.store.webhooks import Delivery, Webhook
from tertulia_server.web.shapes_webhooks import delivery_data, webhook_data
from tertulia_wire.cursors import Cursor

AT = Cursor("e1", 5)
WEBHOOK = Webhook(3, "chat", "https://a.example/", "forum:7", 1, AT, 9, True, OffReason.NONE, 0, None, 44, None)
DELIVERY = Delivery(17, AT, "post.created", 1, 2, 3, Outcome.TIMEOUT, None, "", False)


def test_time_of_the_next_attempt_is_told_while_one_fails() -> None:
    assert webhook_data(WEBHOOK)["next_ms"] is None
    failing = webhook_data(replace(WEBHOOK, failures=2, failing_since_ms=40))
    assert (failing["next_ms"], failing["failing_since_ms"], failing["cursor"]) == (44, 40, AT)


def test_delivery_has_the_id_that_its_receiver_knows() -> None:
    assert delivery_data(WEBHOOK, DELIVERY)["delivery"] == "3:forum:7:e1:5"
    assert delivery_data(WEBHOOK, replace(DELIVERY, name="reset"))["delivery"] == "3:forum:7:e1:5:reset"
