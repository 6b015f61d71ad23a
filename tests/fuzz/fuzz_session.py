"""Invariant: nothing that a peer sends makes the session raise; it answers, bounded, and after a close with nothing.

python -m tests.fuzz.fuzz_session --seed 1 --seconds 60
"""

from __future__ import annotations

import argparse
import random
import sys
import time

from tertulia_server.session import MAX_FAULTS, Close, Reply, Session, SubscribeAsked, UnsubscribeAsked, Wanted
from tertulia_wire.codec import Encoding, decode_server_message, encode
from tertulia_wire.examples import CLIENT_EXAMPLES
from tertulia_wire.limits import MAX_SUBSCRIPTIONS_PER_CONNECTION
from tertulia_wire.messages import ClientMessage, Error, Refused, Subscribe, Subscribed, Unsubscribe
from tests.fuzz.mutations import as_frame, chunks

MAX_MESSAGES = 60


class Conversation:
    """One session, and what its server would know of it."""

    def __init__(self, encoding: Encoding) -> None:
        self.encoding = encoding
        self.now_s = 0.0
        self.session = Session(encoding, self.now_s)
        self.followed: set[str] = set()
        self.faults_in_a_row = 0

    def send(self, frame: bytes | str, pause_s: float) -> None:
        self.now_s += pause_s
        was_closed = self.session.is_closed
        outcomes = self.session.receive(frame, self.now_s)
        if was_closed and outcomes:
            raise ValueError(f"said something after a close: {outcomes}")
        for outcome in outcomes:
            self._follow_up(outcome)
        is_fault = any(isinstance(outcome, Reply) and isinstance(outcome.message, Error) for outcome in outcomes)
        self.faults_in_a_row = self.faults_in_a_row + 1 if is_fault else 0
        if any(isinstance(outcome, Close) for outcome in outcomes) and self.faults_in_a_row < MAX_FAULTS:
            raise ValueError("closed too early")

    def _follow_up(self, outcome: object) -> None:
        match outcome:
            case Reply(message):
                self._check_sendable(message)
            case SubscribeAsked(ref, items):
                refused = [item for item in items if isinstance(item, Refused)]
                wanted = [item.channel for item in items if isinstance(item, Wanted)]
                self._check_sendable(Subscribed(ref, refused))
                if len(set(wanted)) < len(wanted) or self.followed & set(wanted):
                    raise ValueError("one channel twice")
                self.followed.update(wanted)
            case UnsubscribeAsked(channels):
                self.followed.difference_update(channels)
        if len(self.followed) > MAX_SUBSCRIPTIONS_PER_CONNECTION:
            raise ValueError("more subscriptions than one connection may have")

    def _check_sendable(self, message: Error | Subscribed | object) -> None:
        """What is answered holds what the peer sent: it must not be the answer that cannot be written."""
        payload = encode(message, self.encoding)  # type: ignore[arg-type]
        if decode_server_message(as_frame(payload, self.encoding), self.encoding) != message:
            raise ValueError(f"cannot be read: {message}")


def sound_message(source: random.Random) -> ClientMessage:
    """What a client in its right mind might send, so that a connection lives for a while."""
    channels = [f"thread:{source.randrange(1, 2000)}" for _ in range(source.choice([1, 1, 2, 100, 500]))]
    match source.randrange(4):
        case 0:
            return Unsubscribe(source.randrange(9), channels)
        case 1:
            return source.choice(CLIENT_EXAMPLES)
        case _:
            return Subscribe(source.randrange(9), [(channel, None) for channel in channels])


def converse(source: random.Random) -> int:
    """One connection of random length; how many messages it took."""
    conversation = Conversation(source.choice(list(Encoding)))
    sent = 0
    for _ in range(source.randrange(1, MAX_MESSAGES)):
        encoding = conversation.encoding
        wild = chunks(source, encoding)[: source.randrange(MAX_FAULTS)]
        for chunk in [*wild, encode(sound_message(source), encoding)]:
            frame = as_frame(chunk, source.choice([encoding] * 9 + list(Encoding)))
            conversation.send(frame, source.choice([0.0, 0.01, 0.1, 1.0]))
            sent += 1
    return sent


def fuzz(seed: int, seconds: float) -> int:
    """How many messages were sent. The number of the connection that broke the invariant is printed."""
    deadline = time.monotonic() + seconds
    sent = connection = 0
    while time.monotonic() < deadline:
        connection += 1
        try:
            sent += converse(random.Random(f"{seed}/{connection}"))
        except Exception:
            sys.stderr.write(f"seed {seed}, connection {connection}\n")
            raise
    return sent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=10)
    arguments = parser.parse_args()
    sys.stdout.write(f"{fuzz(arguments.seed, arguments.seconds)} messages sent\n")


if __name__ == "__main__":
    main()
