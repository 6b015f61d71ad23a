"""Removes posts of newcomers that have too many links, and says so once in the thread.

Its account has to be a moderator of the forum, and its token needs the scopes read, post and moderate.
"""

import os
import re

from tertulia_client import Bot, PostCreated, PostEdited

MAX_LINKS = 2
NEWCOMER_MESSAGES = 5

bot = Bot(
    os.environ.get("TERTULIA_URL", "http://127.0.0.1:8000"),
    token=os.environ.get("TERTULIA_TOKEN"),
    state="moderation.db",
)


def is_suspicious(post: PostCreated | PostEdited) -> bool:
    """Many links by somebody who has hardly written before."""
    links = re.findall(r"https?://", post.text)
    return len(links) > MAX_LINKS and post.author.messages <= NEWCOMER_MESSAGES and not post.author.is_bot


@bot.on(where=is_suspicious)
async def remove(post: PostCreated | PostEdited) -> None:
    await post.remove()
    await post.reply(f"A post by {post.author.name} was removed: newcomers may set {MAX_LINKS} links in a post.")


bot.follow("forum:*")

if __name__ == "__main__":
    bot.run()
