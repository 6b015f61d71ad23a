from __future__ import annotations

from tertulia_server.web.drafts import edit_draft, reply_draft, thread_draft


def test_draft_of_an_empty_form_has_empty_fields() -> None:
    reply, edit, thread = reply_draft(17, {}), edit_draft(431, {}), thread_draft(3, {})
    assert (reply.text, reply.key, reply.title, reply.action) == ("", "", None, "/threads/17/posts")
    assert (edit.text, edit.version, edit.title, edit.action) == ("", "", None, "/posts/431/edit")
    assert (thread.text, thread.key, thread.title, thread.action) == ("", "", "", "/forums/3/threads")


def test_draft_under_another_key_is_the_same_text() -> None:
    draft = reply_draft(17, {"text": "Hello", "key": "first-key"})
    assert (draft.with_key("other-key").text, draft.with_key("other-key").key) == ("Hello", "other-key")
