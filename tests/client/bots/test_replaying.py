from __future__ import annotations

from tertulia_client import Bot, PostCreated, Retry
from tertulia_client.bots.dead_letters import letter_of
from tertulia_client.testing import FakeServer
from tests.client.bots.samples import post_created


async def test_letters_are_handled_by_the_handler_that_failed_and_answered_once() -> None:
    async with FakeServer() as server:
        bot = Bot(server.url, token="t", retry=Retry(1))

        @bot.on
        async def mended(post: PostCreated) -> str:
            if post.text == "poison":
                raise ValueError
            return f"re: {post.text}"

        @bot.on
        async def other(post: PostCreated) -> str:
            return "not asked"

        title = bot.handlers[0].title
        texts = enumerate(("a", "poison", "b"), 1)
        events = [post_created(text, seq=seq, post_id=seq) for seq, text in texts]
        letters = [letter_of(event, title, ValueError("x"), 5) for event in events]
        gone = letter_of(post_created("c", seq=9), "no such handler", ValueError("x"), 5)
        for _ in range(2):
            assert await bot.replay([*letters, gone]) == [letters[1], gone]
        assert server.texts == ["re: a", "re: b"]
