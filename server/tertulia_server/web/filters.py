"""How values are written on a page: days, times, counts, in the language of the page and in UTC; the page's script
moves times to the reader's zone, but never days: an imported day is the same day everywhere."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Final

from markupsafe import Markup

from tertulia_server.forum.titles import forum_path
from tertulia_server.web.languages import current_language
from tertulia_wire.data import ForumData, PostData, ThreadData

MAX_SHOWN: Final = 100

_NOT_IN_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def day(iso_day: str) -> str:
    """``2011-10-21`` as ``Oct 21, 2011``."""
    return _written_day(date.fromisoformat(iso_day))


def count(number: int) -> str:
    """``8024`` as ``8,024``."""
    return current_language().write_number(number)


def counted(number: int) -> Markup:
    """A count that stands out of its sentence."""
    return Markup("<b>{}</b>").format(count(number))


def strong(words: str) -> Markup:
    """A name that stands out of its sentence."""
    return Markup("<b>{}</b>").format(words)


def forum_link(forum: ForumData) -> Markup:
    """A forum's name that leads there."""
    return Markup('<a href="{}">{}</a>').format(forum_path(forum["id"], forum["slug"]), forum["name"])


def capped(number: int) -> str:
    """Numbers that nobody counts: ``99+`` from a hundred on."""
    return str(number) if number < MAX_SHOWN else f"{MAX_SHOWN - 1}+"


def moment_tag(time_ms: int, *, is_exact: bool = False) -> Markup:
    """A ``<time>`` with the moment in UTC and ``data-time-ms`` for the page's script, which may say how long ago.

    ``is_exact``: it may not, as in a sentence with *since* or *until*.
    """
    moment = datetime.fromtimestamp(time_ms / 1000, UTC)
    iso = moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    words = f"{_written_day(moment.date())}, {moment:%H:%M} UTC"
    exact = Markup(" data-exact") if is_exact else ""
    return Markup('<time datetime="{}" data-time-ms="{}"{}>{}</time>').format(iso, time_ms, exact, words)


def exact_moment_tag(time_ms: int) -> Markup:
    """The same for sentences with *since* and *until*, in which no "3 minutes ago" can stand."""
    return moment_tag(time_ms, is_exact=True)


def iso_moment(time_ms: int) -> str:
    """``2011-10-21T09:30:00Z``."""
    return f"{datetime.fromtimestamp(time_ms / 1000, UTC):%Y-%m-%dT%H:%M:%SZ}"


def xml_text(text: str) -> str:
    """Without the characters that XML cannot hold, however they came in. Not escaped yet."""
    return _NOT_IN_XML.sub("", text)


def day_tag(iso_day: str) -> Markup:
    """A ``<time>`` with a day that no time zone shifts."""
    return Markup('<time datetime="{}">{}</time>').format(iso_day, day(iso_day))


def when_tag(time_ms: int | None, iso_day: str | None) -> Markup:
    """The moment if it is known, else the day if that is known, else nothing."""
    if time_ms is not None:
        return moment_tag(time_ms)
    return day_tag(iso_day) if iso_day is not None else Markup("")


def post_time(post: PostData) -> Markup:
    """When a post was written; empty for an undated one."""
    return when_tag(post["created_ms"], post["created_day"])


def started(thread: ThreadData) -> Markup:
    """The day on which a thread was started."""
    return when_tag(thread["started_ms"], thread["started_day"])


def started_exactly(thread: ThreadData) -> Markup:
    """The same for the head of a thread: an age is shorter, and what takes a line less would move the posts below."""
    started_ms = thread["started_ms"]
    return started(thread) if started_ms is None else exact_moment_tag(started_ms)


def has_start(thread: ThreadData) -> bool:
    """Whether anything is known of when a thread was started."""
    return thread["started_ms"] is not None or thread["started_day"] is not None


def last_post(thread: ThreadData) -> Markup:
    """Who wrote last, and when if that is known."""
    name = thread["last_post_by"]
    if name is None:
        return Markup("")
    if thread["last_post_ms"] is None:
        return Markup('<span class="by">{}</span>').format(name)
    return Markup('<span class="by">{}</span> {}').format(name, moment_tag(thread["last_post_ms"]))


def _written_day(value: date) -> str:
    return current_language().write_day(value)
