from __future__ import annotations

import threading

import pytest

from tertulia_server.actions import rendering
from tertulia_server.actions.rendering import MAX_INLINE_CHARS, render_markdown
from tertulia_server.forum.models import TextFormat
from tertulia_server.forum.text import render_post


async def test_text_is_rendered_as_markdown() -> None:
    assert await render_markdown("*so*") == "<p><em>so</em></p>\n"


@pytest.mark.parametrize(("chars", "is_elsewhere"), [(MAX_INLINE_CHARS, False), (MAX_INLINE_CHARS + 1, True)])
async def test_long_text_is_rendered_in_another_thread(
    monkeypatch: pytest.MonkeyPatch, chars: int, is_elsewhere: bool
) -> None:
    seen: list[threading.Thread] = []

    def note(text: str, text_format: TextFormat) -> str:
        seen.append(threading.current_thread())
        return render_post(text, text_format)

    monkeypatch.setattr(rendering, "render_post", note)
    text = "a" * chars
    assert await render_markdown(text) == f"<p>{text}</p>\n"
    assert [thread is not threading.main_thread() for thread in seen] == [is_elsewhere]
