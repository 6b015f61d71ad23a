"""What a visitor of the demo meets beside its first thread: forums, members and their talk.

All of it is written through the actions, each at its moment of the past, so that counters, events and search are those
of a forum that was lived in. Every step can be repeated: a first start that was cut off is finished by the next one.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.resources import files
from typing import Any, Final

from tertulia_server.actions.context import Actions
from tertulia_server.actions.forums import create_forum, edit_forum
from tertulia_server.actions.members import DAY_MS, create_member
from tertulia_server.actions.moderation import change_thread
from tertulia_server.actions.moderators import appoint_moderator
from tertulia_server.actions.posts import create_post
from tertulia_server.actions.ranks import set_rank
from tertulia_server.actions.ratings import rate_post
from tertulia_server.actions.threads import create_thread
from tertulia_server.forum.cards import visitor_of
from tertulia_server.forum.marks import Mark
from tertulia_server.forum.models import Audience, Visitor
from tertulia_server.forum.quotes import quote_post
from tertulia_server.forum.shaping import ForumChange
from tertulia_server.forum.titles import slug_of
from tertulia_server.store.archive import ARCHIVE_CATEGORY
from tertulia_server.store.forums import find_forum, read_forum
from tertulia_server.store.members import find_member_by_name
from tertulia_wire.data import PostData
from tertulia_wire.limits import MAX_KEY_CHARS

FOUNDED_DAYS_AGO: Final = 3_000
"""When the administrator joined: before all others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One post; ``quote`` is the number of the one that it answers, 0 for none."""

    by: str
    text: str
    quote: int = 0
    liked: int = 0
    disliked: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """One thread. Its posts come close together at first, and then more and more slowly."""

    forum: str
    title: str
    begun_days_ago: float
    last_days_ago: float
    lines: Sequence[Line]
    is_pinned: bool = False
    is_locked: bool = False

    def days_ago(self, number: int) -> float:
        """When the post of this number was written."""
        share = (number - 1) / max(1, len(self.lines) - 1)
        return float(self.begun_days_ago - (self.begun_days_ago - self.last_days_ago) * share**1.5)


async def furnish(actions: Actions, host: str) -> None:
    """Make all of it; ``host`` is the name of the administrator, who is there already."""
    plan = tomllib.loads(_read("forums.toml"))
    forum_ids = await _ensure_forums(actions, plan["forums"])
    writers = {member["name"]: await _ensure_member(actions, member, forum_ids) for member in plan["members"]}
    writers[host] = await _ensure_member(actions, {"name": host, **plan["host"]}, forum_ids)
    talks = [talk for name in _talk_files() for talk in read_talks(_read(name))]
    await _Telling(actions, forum_ids, writers, host).tell(talks)


def read_talks(text: str) -> list[Talk]:
    """The threads of a file; ``lines`` are posts of which nothing but the writer and the text is said."""
    return [_read_talk(dict(raw)) for raw in tomllib.loads(text)["threads"]]


def at(actions: Actions, days_ago: float) -> Actions:
    """The same actions at a moment of the past."""
    moment_ms = actions.now_ms() - round(days_ago * DAY_MS)
    return replace(actions, now_ms=lambda: moment_ms)


def _read_talk(raw: dict[str, Any]) -> Talk:
    lines = [Line(**post) for post in raw.pop("posts", [])]
    lines += [Line(by=by, text=text) for by, text in raw.pop("lines", [])]
    return Talk(**{"last_days_ago": raw["begun_days_ago"], **raw}, lines=lines)


def _read(name: str) -> str:
    return files("tertulia_server").joinpath("demo", name).read_text(encoding="utf-8")


def _talk_files() -> list[str]:
    pages = files("tertulia_server").joinpath("demo").iterdir()
    return sorted(page.name for page in pages if page.name.startswith("talk-"))


async def _ensure_forums(actions: Actions, forums: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """The forums, in the order and with the rules of the plan; the one that the import made is put in its place."""
    return {forum["name"]: await _ensure_forum(actions, forum, place) for place, forum in enumerate(forums)}


async def _ensure_forum(actions: Actions, forum: Mapping[str, Any], position: int) -> int:
    name, category, description = forum["name"], forum["category"], forum["description"]
    found = await actions.store.read(find_forum, name)
    if found is None:
        return await create_forum(
            actions,
            name,
            category=category,
            description=description,
            audience=Audience(forum.get("audience", "public")),
            posting=Audience(forum.get("posting", "members")),
            position=position,
        )
    row = await actions.store.read(read_forum, found)
    if row is not None and row.forum["category"] == ARCHIVE_CATEGORY:
        change = ForumChange(category=category, description=description, position=position)
        await edit_forum(actions, None, found, change)
    return found


async def _ensure_member(actions: Actions, member: Mapping[str, Any], forum_ids: Mapping[str, int]) -> Visitor:
    name = member["name"]
    found = await actions.store.read(find_member_by_name, name)
    member_id = await create_member(at(actions, member["joined_days_ago"]), name) if found is None else found.id
    await set_rank(actions, member_id, member.get("rank", ""))
    moderated = [forum_ids[forum] for forum in member.get("moderates", [])]
    for forum_id in moderated:
        await appoint_moderator(actions, None, name, forum_id)
    return await _visitor(actions, name, frozenset(moderated))


async def _visitor(actions: Actions, name: str, moderates: frozenset[int] = frozenset()) -> Visitor:
    found = await actions.store.read(find_member_by_name, name)
    if found is None:
        raise LookupError(name)
    return visitor_of(found, moderates)


@dataclass(slots=True)
class _Telling:
    """The talks on their way into the forum, in the order of their moments: ids and logs grow with time."""

    actions: Actions
    forum_ids: Mapping[str, int]
    writers: Mapping[str, Visitor]
    host: str
    posts: dict[tuple[str, int], PostData] = field(default_factory=dict)

    async def tell(self, talks: Sequence[Talk]) -> None:
        moments = [(talk, number) for talk in talks for number in range(1, len(talk.lines) + 1)]
        moments.sort(key=lambda moment: -moment[0].days_ago(moment[1]))
        for talk, number in moments:
            post = await self._write(talk, number)
            self.posts[talk.title, number] = post
            await self._rate(talk, number, post)
        for talk in talks:
            if talk.is_pinned or talk.is_locked:
                await self._mark(talk)

    async def _write(self, talk: Talk, number: int) -> PostData:
        line = talk.lines[number - 1]
        actions, writer = at(self.actions, talk.days_ago(number)), self.writers[line.by]
        key = f"demo-{number}-{slug_of(talk.title)}"[:MAX_KEY_CHARS]
        if number == 1:
            forum_id = self.forum_ids[talk.forum]
            outcome = await create_thread(actions, writer, forum_id, talk.title, line.text, key=key)
            return outcome.post
        quote = quote_post(self.posts[talk.title, line.quote]) if line.quote else ""
        thread_id = self.posts[talk.title, 1]["thread_id"]
        return (await create_post(actions, writer, thread_id, quote + line.text, key=key)).post

    async def _rate(self, talk: Talk, number: int, post: PostData) -> None:
        """By the others, each in turn, so that everybody has an opinion now and then."""
        line = talk.lines[number - 1]
        others = [writer for name, writer in self.writers.items() if name != line.by]
        marks = [Mark.POSITIVE] * line.liked + [Mark.NEGATIVE] * line.disliked
        for place, mark in enumerate(marks):
            rater = others[(number + place) % len(others)]
            await rate_post(at(self.actions, talk.days_ago(number)), rater, post["id"], mark)

    async def _mark(self, talk: Talk) -> None:
        await change_thread(
            at(self.actions, talk.last_days_ago),
            self.writers[self.host],
            self.posts[talk.title, 1]["thread_id"],
            is_pinned=talk.is_pinned,
            is_locked=talk.is_locked,
        )
