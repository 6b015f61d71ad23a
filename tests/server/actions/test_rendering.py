from __future__ import annotations

import threading

import pytest

from tertulia_server.actions import rendering
from tertulia_server.actions.rendering import MAX_INLINE_CHARS, render_markdown
from tertulia_server.forum.mention_names import Known
from tertulia_server.forum.models import TextFormat
from tertulia_server.forum.text import render_post
from tertulia_server.store.port import Store
from tests.server.town import Town


async def test_text_is_rendered_as_markdown(store: Store) -> None:
    assert await render_markdown(store, "*so*") == "<p><em>so</em></p>\n"


@pytest.mark.parametrize(("chars", "is_elsewhere"), [(MAX_INLINE_CHARS, False), (MAX_INLINE_CHARS + 1, True)])
async def test_long_text_is_rendered_in_another_thread(
    store: Store, monkeypatch: pytest.MonkeyPatch, chars: int, is_elsewhere: bool
) -> None:
    seen: list[threading.Thread] = []

    def note(text: str, text_format: TextFormat, known: Known) -> str:
        seen.append(threading.current_thread())
        return render_post(text, text_format, known)

    monkeypatch.setattr(rendering, "render_post", note)
    text = "a" * chars
    assert await render_markdown(store, text) == f"<p>{text}</p>\n"
    assert [thread is not threading.main_thread() for thread in seen] == [is_elsewhere]


async def test_members_who_are_mentioned_are_looked_up(store: Store, town: Town) -> None:
    html = await render_markdown(store, "@ADA, @nobody")
    assert f'<a href="/members/{town.ada.member_id}-ada"' in html
    assert ">@ada</a>, @nobody" in html
