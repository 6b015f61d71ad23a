"""Once a day, posts into one thread what was said in all forums: a line for each thread with something new."""

import os
from collections import Counter

from tertulia_client import Bot, PostCreated

DAY_S = 24 * 3600
MAX_LINES = 20

bot = Bot(
    os.environ.get("TERTULIA_URL", "http://127.0.0.1:8000"),
    token=os.environ.get("TERTULIA_TOKEN"),
    state="digest.db",
)
digest_thread = int(os.environ.get("DIGEST_THREAD", "1"))

new_posts: Counter[tuple[int, str]] = Counter()
"""Thread and title, and how many posts are new in it."""


@bot.on
async def count(post: PostCreated) -> None:
    if post.thread.id != digest_thread:
        new_posts[post.thread.id, post.thread.title] += 1


@bot.every(DAY_S)
async def write_digest() -> None:
    lines = [
        f"- [{title}](/threads/{thread_id}): {posts} new"
        for (thread_id, title), posts in new_posts.most_common(MAX_LINES)
    ]
    new_posts.clear()
    if lines:
        await bot.api.create_post(digest_thread, "Said since yesterday:\n\n" + "\n".join(lines))


bot.follow("forum:*")

if __name__ == "__main__":
    bot.run()
