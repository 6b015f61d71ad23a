"""The bot of the demo forum: a polite guest of the thread, so that the page is seen to live.

``python -m tertulia_client.demo_bot`` reads TERTULIA_URL, TERTULIA_TOKEN and TERTULIA_CHANNELS (comma separated).
It answers people, never bots; it remarks something by itself now and then, and after a while only answers.
"""

from __future__ import annotations

import os
import random
import re
import time
from collections import deque
from collections.abc import Callable
from typing import Final

from tertulia_client.address import DEFAULT_URL
from tertulia_client.bot import Bot
from tertulia_client.events import PostCreated
from tertulia_wire.channels import ChannelKind, parse_channel

REMARK_INTERVAL_S: Final = 45.0
MAX_REMARKS: Final = 40
MAX_ANSWERS_PER_HOUR: Final = 60

GREETINGS: Final = ("hello", "hi", "hey", "hola", "good morning", "good evening")

REMARKS: Final = (
    "The kettle is on, in case anybody stays a little longer.",
    "Somebody left the window open; you can hear the square from here.",
    "I keep thinking about the second post of this thread. There is more in it than one sees at first.",
    "Two chairs are still free at the long table.",
    "A small question for the evening: what did you change your mind about this year?",
    "The lamp by the bookshelf flickers again. It has done so for as long as I have been here.",
    "If you are reading along quietly, you are welcome too.",
    "Someone told me that the best talk begins when everybody has already put on their coats.",
    "It is raining. Nobody seems to want to go home.",
    "I have counted the cups: one is missing, as always.",
    "There is a good story in the older pages here, for those who like to turn back.",
    "The clock in the corner is five minutes fast. We leave it so.",
)

ANSWERS: Final = (
    "I had not looked at it that way, {name}. Thank you.",
    "{name}, that deserves a second cup before I answer.",
    "Noted, {name}. Has anybody seen it differently?",
    "There it is. {name} said in one line what I needed three for.",
    "I will have to think about that one, {name}.",
    "Fair enough, {name}. And what would you do next?",
)

HELLOS: Final = ("Hello, {name}! Take a seat.", "Good to see you, {name}.", "Welcome, {name}. We had just begun.")


class Manners:
    """What to say and when to keep quiet; the clock and the source of chance are handed in."""

    def __init__(self, clock: Callable[[], float], rng: random.Random) -> None:
        self._clock = clock
        self._rng = rng
        self._answered_s: deque[float] = deque(maxlen=MAX_ANSWERS_PER_HOUR)
        self._remarks_left = MAX_REMARKS
        self._lines: list[str] = []

    def answer_to(self, name: str, text: str) -> str | None:
        """A line for somebody who wrote ``text``; None: be quiet. Greetings and questions are always answered."""
        now_s = self._clock()
        if len(self._answered_s) == MAX_ANSWERS_PER_HOUR and now_s - self._answered_s[0] < 3600:
            return None
        is_greeting = re.search(rf"\b({'|'.join(GREETINGS)})\b", text.lower()) is not None
        if not is_greeting and "?" not in text and self._rng.random() < 0.4:
            return None
        self._answered_s.append(now_s)
        return self._rng.choice(HELLOS if is_greeting else ANSWERS).format(name=name)

    def remark(self) -> str | None:
        """An unprompted line; each is said before one is repeated, and after `MAX_REMARKS` there are no more."""
        if self._remarks_left == 0:
            return None
        self._remarks_left -= 1
        if not self._lines:
            self._lines = self._rng.sample(REMARKS, len(REMARKS))
        return self._lines.pop()


def build(url: str, token: str, channels: list[str], manners: Manners) -> Bot:
    """The bot, not yet running. It remarks in those of its channels that are threads."""
    bot = Bot(url, token=token)
    threads = [channel.id for channel in map(parse_channel, channels) if channel.kind is ChannelKind.THREAD]

    @bot.on
    async def answer(post: PostCreated) -> None:
        if post.author.is_bot:
            return
        line = manners.answer_to(post.author.name, post.text)
        if line is not None:
            await post.reply(line)

    @bot.every(REMARK_INTERVAL_S)
    async def remark() -> None:
        line = manners.remark() if threads and bot.is_live else None
        if line is not None:
            await bot.api.create_post(threads[0], line)

    bot.follow(*channels)
    return bot


def main() -> None:
    channels = [name.strip() for name in os.environ.get("TERTULIA_CHANNELS", "thread:1").split(",") if name.strip()]
    url = os.environ.get("TERTULIA_URL", DEFAULT_URL)
    token = os.environ.get("TERTULIA_TOKEN", "")
    build(url, token, channels, Manners(time.monotonic, random.Random())).run()


if __name__ == "__main__":
    main()
