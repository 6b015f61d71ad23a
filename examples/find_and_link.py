"""Answers `!find lighthouse` with links to threads whose title has the words, as far as it has seen them.

It reads the forums from the beginning of their logs when it is started for the first time, and remembers titles only.
"""

import os

from tertulia_client import Bot, PostCreated, ThreadEvent

MAX_FOUND = 5
MAX_TITLES = 100_000

bot = Bot(os.environ.get("TERTULIA_URL", "http://127.0.0.1:8000"), token=os.environ.get("TERTULIA_TOKEN"))

titles: dict[int, str] = {}


@bot.on
async def remember(event: ThreadEvent) -> None:
    if len(titles) < MAX_TITLES:
        titles[event.thread.id] = event.thread.title


@bot.command
async def find(post: PostCreated, *words: str) -> str:
    """Find threads by words of their titles."""
    wanted = [word.casefold() for word in words]
    found = [
        f"- [{title}](/threads/{thread_id})"
        for thread_id, title in titles.items()
        if wanted and all(word in title.casefold() for word in wanted)
    ]
    return "\n".join(found[:MAX_FOUND]) or "Nothing found."


bot.follow("forum:*", since="earliest")

if __name__ == "__main__":
    bot.run()
