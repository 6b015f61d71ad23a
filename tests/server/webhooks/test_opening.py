from __future__ import annotations

from pathlib import Path

from tertulia_server.actions.context import Actions
from tertulia_server.settings import Settings
from tertulia_server.store.opening import open_store
from tertulia_server.webhooks.opening import open_sender, webhook_rules


def test_rules_are_those_of_the_settings() -> None:
    usual = webhook_rules(Settings())
    assert usual.most_per_member == 10
    assert usual.addresses.permits("8.8.8.8", 443)
    assert not usual.addresses.permits("127.0.0.1", 443)
    other = webhook_rules(Settings(webhooks_per_member=2, webhook_networks="10.0.0.0/8, ::1", webhook_ports="9000"))
    assert other.most_per_member == 2
    assert other.addresses.permits("10.9.9.9", 1)
    assert other.addresses.permits("8.8.8.8", 9000)
    assert not other.addresses.permits("8.8.8.8", 443)


async def test_sender_that_is_not_wanted_does_not_look(tmp_path: Path) -> None:
    store = await open_store(f"sqlite:///{tmp_path}/forum.db")
    for wanted in (0, 1):
        sender = open_sender(Actions(store, lambda _: None, lambda: 0), Settings(webhooks_per_member=wanted))
        sender.start()
        assert (sender._turns._task is not None) == bool(wanted)
        await sender.close()
    await store.close()
