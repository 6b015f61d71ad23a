"""Carries new posts of a forum to a chat, by the chat's incoming webhook (CHAT_WEBHOOK).

The chat gets each post at least once: what it did not take is sent again, after a restart too.
"""

import os

import httpx2

from tertulia_client import Bot, PostCreated, Retry

bot = Bot(
    os.environ.get("TERTULIA_URL", "http://127.0.0.1:8000"),
    token=os.environ.get("TERTULIA_TOKEN"),
    state="bridge.db",
    retry=Retry(max_attempts=20, base_s=1, cap_s=60),
)
bot.provide(webhook=os.environ.get("CHAT_WEBHOOK", ""))


@bot.on
def carry(post: PostCreated, webhook: str) -> None:
    """A plain function: it gets a thread, and may wait for the chat there."""
    link = f"{bot.options.address.origin}/posts/{post.id}"
    text = f"{post.author.name} in {post.thread.title}: {post.text[:500]} {link}"
    httpx2.post(webhook, json={"text": text}, timeout=10).raise_for_status()


bot.follow(os.environ.get("TERTULIA_CHANNEL", "forum:1"))

if __name__ == "__main__":
    if not os.environ.get("CHAT_WEBHOOK"):
        raise SystemExit("Set CHAT_WEBHOOK to the address of the chat's incoming webhook.")
    bot.run()
