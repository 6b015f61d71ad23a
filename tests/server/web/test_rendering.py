from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from jinja2 import UndefinedError

from tertulia_server.forum.models import GUEST, Role, Visitor
from tertulia_server.forum.rights import may_remove
from tertulia_server.web.assets import Assets
from tertulia_server.web.rendering import forum_url, last_page_url, make_environment, post_url, thread_url
from tertulia_wire.data import ForumData
from tests.server.web.data import CARD, post_data, thread_data

ADA = Visitor(CARD["id"], "ada", Role.MEMBER)
MONA = Visitor(8, "mona", Role.MODERATOR, moderates=frozenset({3}))
STRANGER = Visitor(9, "stan", Role.MODERATOR, moderates=frozenset({4}))


def article(post: object, visitor: Visitor = GUEST) -> str:
    environment = make_environment(Assets())
    source = '{% from "_post.html" import post_article %}{{ post_article(post, visitor, may_remove, "none", quotes) }}'
    may = {"may_remove": may_remove(visitor, 3), "quotes": not visitor.is_guest}
    return environment.from_string(source).render(post=post, visitor=visitor, **may)


def test_addresses_are_the_canonical_ones() -> None:
    thread = thread_data(last_number=41)
    forum: ForumData = {"id": 3, "slug": "talk"}  # type: ignore[typeddict-item]
    assert forum_url(forum, 2) == "/forums/3-talk/page-2"
    assert thread_url(thread) == "/threads/17-the-fair"
    assert last_page_url(thread) == "/threads/17-the-fair/page-3"
    assert post_url(thread, post_data(), 2) == "/threads/17-the-fair/page-2#post-431"


def test_post_shows_its_card_as_the_archive_did() -> None:
    html = article(post_data())
    for part in (">ada<", ">FULL MEMBER<", ">Aug 9, 2009<", ">+1</span> / ", ">8,024</span> / ", ">-2</span>", ">#31<"):
        assert part in html, part


def test_post_that_is_removed_shows_neither_text_nor_tools() -> None:
    html = article(post_data(is_removed=True, text=None, html=None, edited_ms=5), ADA)
    assert 'class="post is-removed"' in html
    assert "This post was removed." in html
    assert re.findall(r'data-tool="(\w+)"', html) == ["history"]
    assert 'data-slot="edited" hidden' in html


def test_post_marks_edits_bots_and_bans() -> None:
    author = {**CARD, "is_bot": True, "is_banned": True, "rank": "BANNED"}
    html = article(post_data(author=author, edited_ms=5))
    assert 'class="card-bot" data-slot="bot">' in html
    assert 'class="card-rank is-banned"' in html
    assert 'data-slot="edited">' in html


QUOTES = ["multiquote", "quote"]


@pytest.mark.parametrize(
    ("visitor", "changes", "tools"),
    [
        (GUEST, {"edited_ms": 5}, []),
        (ADA, {}, ["edit", *QUOTES]),
        (ADA, {"edited_ms": 5}, ["edit", "history", *QUOTES]),
        (ADA, {"is_removed": True}, ["history"]),
        (MONA, {}, ["remove", "report", *QUOTES]),
        (MONA, {"is_removed": True}, ["history", "restore"]),
        (STRANGER, {"edited_ms": 5}, ["report", *QUOTES]),
    ],
)
def test_post_offers_its_tools_to_those_who_may(visitor: Visitor, changes: dict[str, Any], tools: list[str]) -> None:
    html = article(post_data(**changes), visitor)
    assert re.findall(r'data-tool="(\w+)"', html) == tools
    for tool in {"edit", "history", "remove", "restore"}.intersection(tools):
        assert f'data-tool="{tool}" href="/posts/431/{tool}"' in html


def test_template_for_the_script_has_every_slot_and_no_words() -> None:
    filled, empty = article(post_data()), article(None)
    slots = [part.split('"')[0] for part in filled.split('data-slot="')[1:]]
    assert [part.split('"')[0] for part in empty.split('data-slot="')[1:]] == slots
    assert "data-post-id" not in empty
    assert "ada" not in empty


def test_name_that_no_template_knows_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UndefinedError):
        make_environment(Assets(tmp_path)).from_string("{{ nothing_of_that_name }}").render()
