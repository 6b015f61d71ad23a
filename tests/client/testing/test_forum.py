from __future__ import annotations

from tertulia_client.testing.forum import FakeForum
from tertulia_client.testing.samples import FORUM_ID


class Ear:
    """Follows some channels, and notes in which there was something."""

    def __init__(self, *channels: str) -> None:
        self.positions = dict.fromkeys(channels, 0)
        self.heard: list[str] = []

    def serve(self, channel: str) -> None:
        self.heard.append(channel)


async def test_forum_remembers_what_is_said_edited_and_removed() -> None:
    forum = FakeForum()
    forum.say("one", key="a key of mine")
    forum.edit(1, "two")
    forum.remove(1)
    assert [name for name, _ in forum.logs["thread:1"]] == ["post.created", "post.edited", "post.removed"]
    assert [data["post"]["text"] for _, data in forum.logs["thread:1"]] == ["one", "two", None]
    assert (forum.texts, forum.posts[0]["version"]) == ([""], 3)


async def test_forum_channel_is_written_for_who_follows_it() -> None:
    forum = FakeForum()
    forum.say("nobody hears")
    ear = Ear(f"forum:{FORUM_ID}")
    forum.listeners.add(ear)
    forum.say("somebody hears")
    assert forum.followed == {f"forum:{FORUM_ID}"}
    assert ear.heard == ["thread:1", f"forum:{FORUM_ID}"]
    assert len(forum.logs[f"forum:{FORUM_ID}"]) == 1


def test_channels_of_others_are_refused() -> None:
    forum = FakeForum(tokens=frozenset({"right"}))
    forum.unknown_channels.add("thread:9")
    who = forum.who("Bearer right")
    refusals = [forum.refusal_of(name, who) for name in ("thread:1", "thread:9", "member:7", "member:8")]
    assert [refusal is not None for refusal in refusals] == [False, True, False, True]
    assert [forum.takes(header) for header in (None, "Bearer right", "Bearer wrong")] == [True, True, False]


async def test_mark_takes_the_place_of_an_earlier_one_and_the_same_again_is_no_event() -> None:
    forum = FakeForum()
    forum.say("one")
    outcomes = [forum.rate(1, mark) for mark in ("positive", "negative", "negative")]
    assert (forum.posts[0]["positive"], forum.posts[0]["negative"]) == (0, 1)
    assert [outcome["cursor"] for outcome in outcomes] == [["e1", 2], ["e1", 3], ["e1", 3]]
