"""A bot that answers each post with its number. One file for all: killed beside a real server, and under the faults of
the fake one. ``block for 1.5 s`` in a post makes it stand still, as a handler must not.
"""

import os
import re
import time

from tertulia_client import Bot, PostCreated

bot = Bot(
    os.environ.get("TERTULIA_URL", "http://127.0.0.1:8000"),
    token=os.environ.get("TERTULIA_TOKEN"),
    state=os.environ.get("BOT_STATE"),
    share=os.environ.get("BOT_SHARE"),
    health_port=int(os.environ.get("BOT_HEALTH_PORT", "0")) or None,
)


@bot.on
async def count(post: PostCreated) -> str:
    blocked = re.fullmatch(r"block for ([\d.]+) s", post.text)
    if blocked is not None:
        time.sleep(float(blocked[1]))  # noqa: ASYNC251 - on purpose
    return f"number {post.number}"


bot.follow(*os.environ.get("BOT_CHANNELS", "thread:1").split(), since="earliest")

if __name__ == "__main__":
    bot.run()
