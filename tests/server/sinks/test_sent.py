"""How far a response has gone."""

from __future__ import annotations

from tertulia_server.sinks.sent import SentCursors, kind_of
from tertulia_wire.codec import Encoding, encode
from tertulia_wire.codes import Code
from tertulia_wire.cursors import Cursor, CursorVector
from tertulia_wire.limits import MAX_CURSOR_VECTOR_CHARS, MAX_EPOCH_CHARS, MAX_SEQ, MAX_VECTOR_CHANNELS
from tertulia_wire.messages import Accepted, Event, Message, Pong, Refused, Reset, Subscribed, Unsubscribed


def text(message: Message) -> str:
    return encode(message, Encoding.JSON).decode()


def sent(*messages: Message) -> SentCursors:
    cursors = SentCursors()
    for message in messages:
        cursors.note(text(message))
    return cursors


SUBSCRIBED = Subscribed(
    0,
    [
        Accepted("thread:1", Cursor("e", 4), 9),
        Accepted("site", Cursor("e", 2), 2),
        Refused("thread:2", Code.UNKNOWN_CHANNEL, "none"),
    ],
)


def test_each_event_moves_the_cursor_of_its_channel() -> None:
    cursors = sent(SUBSCRIBED)
    assert str(cursors) == "thread:1=e.4,site=e.2"
    cursors.note(text(Event("thread:1", 5, "post.created", {"text": '["event","site",99,'})))
    assert str(cursors) == "thread:1=e.5,site=e.2"
    cursors.note(text(Pong(0)))
    assert CursorVector.parse(str(cursors)) == {"thread:1": Cursor("e", 5), "site": Cursor("e", 2)}


def test_reset_puts_the_cursor_where_the_other_log_is() -> None:
    cursors = sent(SUBSCRIBED, Reset("site", Cursor("f", 1), "epoch"), Event("site", 2, "member.changed", {}))
    assert str(cursors) == "thread:1=e.4,site=f.2"


def test_channel_that_has_ended_keeps_its_cursor_but_is_not_followed() -> None:
    cursors = sent(SUBSCRIBED, Unsubscribed("thread:1", "rights"))
    assert cursors.follows_any
    assert str(cursors) == "thread:1=e.4,site=e.2"
    cursors.note(text(Unsubscribed("site", "gone")))
    assert not cursors.follows_any


def test_channel_that_is_refused_keeps_the_cursor_with_which_it_was_asked_for() -> None:
    cursors = SentCursors({"thread:1": Cursor("e", 4), "site": Cursor("e", 1)})
    busy = Refused("thread:1", Code.OVERLOADED, "busy", 900)
    cursors.note(text(Subscribed(0, [busy, Accepted("site", Cursor("e", 1), 2)])))
    cursors.note(text(Event("site", 2, "void", {})))
    assert str(cursors) == "thread:1=e.4,site=e.2"


def test_longest_cursors_of_as_many_channels_as_may_be_fit_into_one_text() -> None:
    items = [
        Accepted(f"thread:{MAX_SEQ - number}", Cursor("e" * MAX_EPOCH_CHARS, MAX_SEQ), MAX_SEQ)
        for number in range(MAX_VECTOR_CHANNELS)
    ]
    vector = str(sent(Subscribed(0, items)))
    assert len(vector) <= MAX_CURSOR_VECTOR_CHARS
    assert len(CursorVector.parse(vector)) == MAX_VECTOR_CHANNELS


def test_kind_is_read_from_the_beginning() -> None:
    assert kind_of(text(Pong(0))) == "pong"
    assert kind_of(text(Event("site", 1, "void", {}))) == "event"
