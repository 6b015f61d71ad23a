"""Once a day, posts into one thread what was said in all forums: a line for each thread with something new.

What it has counted is kept in a file (DIGEST_FILE), so that a restart forgets nothing; a day's digest has a key of its
own, so that there is one, whenever the bot is killed.
"""

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tertulia_client import Bot, PostCreated

MAX_LINES = 20

bot = Bot(
    os.environ.get("TERTULIA_URL", "http://127.0.0.1:8000"),
    token=os.environ.get("TERTULIA_TOKEN"),
    state="digest.db",
)
digest_thread = int(os.environ.get("DIGEST_THREAD", "1"))
file = Path(os.environ.get("DIGEST_FILE", "digest.json"))


def today() -> str:
    return datetime.now(UTC).date().isoformat()


def read() -> dict[str, Any]:
    """The day whose posts are counted, and the ids of its posts by thread."""
    return json.loads(file.read_text()) if file.exists() else {"day": today(), "threads": {}}


def write(counted: dict[str, Any]) -> None:
    new = file.with_suffix(".new")
    new.write_text(json.dumps(counted))
    new.replace(file)


@bot.on
async def count(post: PostCreated) -> None:
    """By id: an event that comes once more after a crash counts once."""
    if post.thread.id == digest_thread:
        return
    counted = read()
    thread = counted["threads"].setdefault(str(post.thread.id), {"title": "", "posts": []})
    thread["title"] = post.thread.title
    if post.id not in thread["posts"]:
        thread["posts"].append(post.id)
        write(counted)


@bot.every(60)
async def write_digest() -> None:
    """Looks each minute whether a new day has begun: a bot that was away at midnight is only late."""
    counted = read()
    if counted["day"] == today():
        return
    threads = sorted(counted["threads"].items(), key=lambda item: -len(item[1]["posts"]))
    lines = [f"- [{one['title']}](/threads/{key}): {len(one['posts'])} new" for key, one in threads[:MAX_LINES]]
    if lines:
        text = f"Said on {counted['day']}:\n\n" + "\n".join(lines)
        await bot.api.create_post(digest_thread, text, key=f"digest-{counted['day']}")
    write({"day": today(), "threads": {}})


bot.follow("forum:*")

if __name__ == "__main__":
    bot.run()
