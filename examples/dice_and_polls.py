"""Rolls dice (`!roll 2d6`) and counts votes (`!poll Tea or coffee? | tea | coffee`, then `!vote tea`)."""

import os
import random
import re
from collections import defaultdict

from tertulia_client import Bot, PostCreated

MAX_DICE, MAX_SIDES, MAX_CHOICES = 20, 1000, 10

bot = Bot(
    os.environ.get("TERTULIA_URL", "http://127.0.0.1:8000"),
    token=os.environ.get("TERTULIA_TOKEN"),
    state="dice-and-polls.db",
)

polls: dict[int, dict[str, set[int]]] = defaultdict(dict)
"""Thread, choice, who chose it. Kept while the bot runs."""


@bot.command
async def roll(post: PostCreated, dice: str = "1d6") -> str:
    """Roll dice: 2d6 are two with six sides."""
    match = re.fullmatch(r"(\d{1,2})d(\d{1,4})", dice)
    if match is None:
        return f"{dice!r} are no dice; two with six sides are `2d6`."
    count, sides = min(int(match[1]), MAX_DICE), max(1, min(int(match[2]), MAX_SIDES))
    thrown = [random.randint(1, sides) for _ in range(count)]
    return f"{' + '.join(map(str, thrown))} = **{sum(thrown)}**"


@bot.command
async def poll(post: PostCreated, *, question: str) -> str:
    """Ask something: the question and its choices, with | between them."""
    asked, *choices = [part.strip() for part in question.split("|")]
    if not 2 <= len(choices) <= MAX_CHOICES:
        return f"A poll has 2 to {MAX_CHOICES} choices: `!poll Tea or coffee? | tea | coffee`."
    polls[post.thread.id] = {choice.casefold(): set() for choice in choices}
    return f"**{asked}** Answer with " + " or ".join(f"`!vote {choice}`" for choice in choices) + "."


@bot.command
async def vote(post: PostCreated, *, choice: str) -> str:
    """Answer the poll of this thread; the last answer counts."""
    votes = polls.get(post.thread.id, {})
    if choice.casefold() not in votes:
        return "There is no such choice here." if votes else "There is no poll here."
    for others in votes.values():
        others.discard(post.author.id)
    votes[choice.casefold()].add(post.author.id)
    return ", ".join(f"{one}: {len(who)}" for one, who in votes.items())


bot.follow("forum:*")

if __name__ == "__main__":
    bot.run()
