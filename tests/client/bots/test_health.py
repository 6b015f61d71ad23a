from __future__ import annotations

import json

import pytest

from tertulia_client.bots.health import BotState, Figures, Health, state_of


@pytest.mark.parametrize(
    ("running", "connected", "deaf", "live", "late", "state"),
    [
        (False, True, False, True, False, BotState.STOPPED),
        (True, False, False, True, False, BotState.RECONNECTING),
        (True, True, True, True, False, BotState.DEAF),
        (True, True, False, False, False, BotState.LAGGING),
        (True, True, False, True, True, BotState.LAGGING),
        (True, True, False, True, False, BotState.LIVE),
    ],
)
def test_state_is_the_worst_that_is_true(
    running: bool, connected: bool, deaf: bool, live: bool, late: bool, state: BotState
) -> None:
    found = state_of(is_running=running, is_connected=connected, is_deaf=deaf, is_live=live, is_late=late)
    assert found is state


def test_health_is_told_in_json_and_for_prometheus() -> None:
    health = Health(BotState.LAGGING, {"thread:1": "live e1.5"}, 3, 1.5, 2, Figures(received=9))
    values = json.loads(health.as_json())
    assert (values["state"], values["channels"], values["figures"]["received"]) == (
        "lagging",
        {"thread:1": "live e1.5"},
        9,
    )
    assert health.is_well
    assert not Health(BotState.DEAF, {}, 0, 0, 0, Figures()).is_well
    lines = health.as_metrics().splitlines()
    assert 'tertulia_bot_state{state="lagging"} 1' in lines
    assert 'tertulia_bot_state{state="live"} 0' in lines
    assert {"tertulia_bot_received_total 9", "tertulia_bot_blocked_total 2", "tertulia_bot_waiting_events 3"} <= set(
        lines
    )
    assert sum(line.startswith("# TYPE") for line in lines) == sum(line.startswith("# HELP") for line in lines)
