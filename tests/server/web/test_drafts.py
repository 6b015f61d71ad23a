from __future__ import annotations

from tertulia_server.web.drafts import edit_draft, reply_draft, thread_draft


def test_draft_of_an_empty_form_has_empty_fields() -> None:
    reply, edit, thread = reply_draft(17, {}), edit_draft(431, {}), thread_draft(3, {})
    assert (reply.text, reply.key, reply.title, reply.action) == ("", "", None, "/threads/17/posts")
    assert (edit.text, edit.fields, edit.title, edit.action) == ("", {}, None, "/posts/431/edit")
    assert (thread.text, thread.key, thread.title, thread.action) == ("", "", "", "/forums/3/threads")


def test_draft_under_another_key_is_the_same_text() -> None:
    draft = reply_draft(17, {"text": "Hello", "key": "first-key"})
    assert (draft.having(key="other-key").text, draft.having(key="other-key").key) == ("Hello", "other-key")


def test_numbers_of_a_form_are_read_or_lost() -> None:
    draft = reply_draft(17, {"seen": "12", "draft": "x"})
    assert (draft.number("seen"), draft.number("draft"), draft.number("since_ms")) == (12, None, None)
