"""A post is removed: whoever resumes from before it gets its text neither from the ring nor from the log."""

import urllib.request
from contextlib import ExitStack
from pathlib import Path

from tertulia_wire.codec import Encoding
from tertulia_wire.cursors import Cursor
from tests.browser.forum import People
from tests.conftest import StartServer
from tests.processes import TertuliaServer
from tests.scenarios.followers import RawFollower
from tests.scenarios.village import Place, call, found, open_thread, post, read_cursor

SECRET = "a text that must be forgotten"
CHANGED = "a text that was changed afterwards"


def write_and_remove(server: TertuliaServer, place: Place, people: People) -> Cursor:
    """Some posts, one that is removed and one that is edited among them; the thread's cursor after it."""
    post(server, place, people.ignacio, "before")
    secret = post(server, place, people.ignacio, SECRET)["post"]
    changed = post(server, place, people.ignacio, CHANGED)["post"]
    post(server, place, people.ignacio, "after")
    call(server, "DELETE", f"/api/posts/{secret['id']}", people.admin)
    body = {"text": "harmless", "version": changed["version"]}
    call(server, "PATCH", f"/api/posts/{changed['id']}", people.ignacio, body)
    post(server, place, people.ignacio, "later")
    return read_cursor(server, place.thread_id, people.ignacio)


def check_forgotten(follower: RawFollower, place: Place, head: Cursor) -> None:
    assert follower.seqs == list(range(place.cursor.seq + 1, head.seq + 1))
    assert follower.faults == []
    for frame in follower.frames:
        text = frame if isinstance(frame, str) else frame.decode("utf-8", "replace")
        assert SECRET not in text
        assert CHANGED not in text
    removed = [event.data["post"] for event in follower.events if event.name == "post.removed"]
    assert [(data["text"], data["html"], data["is_removed"]) for data in removed] == [(None, None, True)]
    assert follower.texts == ["before", None, "harmless", "after", "later"]


def read_again(server: TertuliaServer, place: Place, head: Cursor, encoding: Encoding) -> RawFollower:
    with RawFollower(server, place.channel, place.cursor, encoding) as follower:
        follower.wait_for(head.seq)
    return follower


def test_removed_text_is_in_no_frame_from_the_ring(start_server: StartServer, tmp_path: Path) -> None:
    """The same process has seen the events go by, with readers of both encodings in the channel."""
    people = found(tmp_path)
    server = start_server()
    place = open_thread(server, people)
    with ExitStack() as stack:
        witnesses = [stack.enter_context(RawFollower(server, place.channel, place.cursor, name)) for name in Encoding]
        head = write_and_remove(server, place, people)
        for witness in witnesses:
            witness.wait_for(head.seq)
            assert SECRET in witness.texts
        for encoding in Encoding:
            check_forgotten(read_again(server, place, head, encoding), place, head)


def test_removed_text_is_in_no_frame_from_the_log(start_server: StartServer, tmp_path: Path) -> None:
    """A fresh process has seen nothing."""
    people = found(tmp_path)
    server = start_server()
    place = open_thread(server, people)
    head = write_and_remove(server, place, people)
    server.stop()
    server.start()
    for encoding in Encoding:
        check_forgotten(read_again(server, place, head, encoding), place, head)


def test_removed_text_is_in_no_answer_of_the_log_over_http(start_server: StartServer, tmp_path: Path) -> None:
    people = found(tmp_path)
    server = start_server()
    place = open_thread(server, people)
    head = write_and_remove(server, place, people)
    paths = [
        f"/api/log?channel={place.channel}&after={place.cursor}",
        f"/api/threads/{place.thread_id}/posts?page=1",
        f"/threads/{place.thread_id}",
    ]
    for path in paths:
        with urllib.request.urlopen(server.url + path, timeout=10) as response:
            body = response.read().decode()
        assert SECRET not in body, path
        assert CHANGED not in body, path
    log = call(server, "GET", paths[0], people.ignacio)
    assert [event[1] for event in log["events"]] == list(range(place.cursor.seq + 1, head.seq + 1))
