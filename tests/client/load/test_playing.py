from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import pytest

from tertulia_client.errors import ClientError
from tertulia_client.load.amounts import parse_duration_s, parse_rate
from tertulia_client.load.playing import day_at, orders_of, replay_of, scenario_by
from tertulia_client.load.scenarios import find_scenario
from tertulia_client.load.traffic.acts import Script
from tertulia_client.load.traffic.lines import Header, Line, render_header, render_line


def recording(path: Path, *at_ms: int) -> Path:
    rows = [Line(moment, "thread:1", "post.created", 300, 1, number) for number, moment in enumerate(at_ms, 1)]
    path.write_text(render_header(Header(["thread:1"], 0)) + "".join(map(render_line, rows)))
    return path


def test_day_takes_a_day_by_its_speed() -> None:
    assert parse_duration_s(day_at(1440.0).duration) == 60.0
    assert day_at(1440.0).is_scripted


def test_recording_gives_a_run_its_length_and_its_rate(tmp_path: Path) -> None:
    path = recording(tmp_path / "t", 0, 5_000, 20_000)
    played = replay_of(path, 2.0)
    assert (parse_duration_s(played.duration), parse_rate(played.rate), played.name) == (10.0, 0.3, "replay")
    short = replay_of(path, 2.0, name="day", length_s=4.0)
    assert (parse_duration_s(short.duration), parse_rate(short.rate), short.name) == (4.0, 0.5, "day")
    assert (played.audience, short.audience) == ("members", "public"), "who comes and goes reads pages as a guest"
    assert parse_duration_s(replay_of(recording(tmp_path / "one", 0), 1.0).duration) == 1.0


def test_another_process_is_told_what_to_play(tmp_path: Path) -> None:
    assert orders_of(find_scenario("crowd")) is None
    assert scenario_by("crowd", None) is find_scenario("crowd")
    made_up = orders_of(day_at(1440.0))
    assert made_up == {"speed": 1440.0, "acts": None}
    assert parse_duration_s(scenario_by("day", made_up).duration) == 60.0
    for name in ("replay", "day"):
        played = replay_of(recording(tmp_path / name, 0, 5_000), 2.0, name=name)
        theirs = scenario_by(name, json.loads(json.dumps(orders_of(played)))).play
        assert isinstance(theirs, partial)
        assert isinstance(played.play, partial)
        script, speed = theirs.args
        assert isinstance(script, Script)
        assert ([(act.at_s, act.post, act.text) for act in script.acts], speed) == ([(0.0, 1, ""), (5.0, 2, "")], 2.0)
        assert theirs.func is played.play.func


def test_what_cannot_be_played_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ClientError, match="no posts that can be played"):
        replay_of(recording(tmp_path / "t"), 1.0)
    with pytest.raises(ClientError, match="--speed takes"):
        replay_of(recording(tmp_path / "u", 0), 0.0)
    with pytest.raises(ClientError, match="--speed takes"):
        day_at(1e9)
