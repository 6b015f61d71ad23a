"""A thread of several pages; whatever the files hold, the answer is a thread or an error that says where."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import tertulia_server
from tertulia_server.forum import archive as archive_module
from tertulia_server.forum.archive import ArchivedThread, read_archive
from tertulia_server.forum.archive_lines import ArchiveError
from tertulia_server.forum.models import TextFormat
from tertulia_server.forum.text import render_post

DEMO = Path(tertulia_server.__file__).parent / "demo"
PAGES = [(f"lighthouse-{n}.txt", (DEMO / f"lighthouse-{n}.txt").read_bytes()) for n in (1, 2)]


def refusal(*files: tuple[str, bytes]) -> str:
    with pytest.raises(ArchiveError) as refused:
        read_archive(files)
    return str(refused.value)


def changed(page: int, old: str, new: str) -> tuple[str, bytes]:
    name, content = PAGES[page]
    assert old.encode() in content
    return name, content.replace(old.encode(), new.encode())


def lines_of(archive: ArchivedThread) -> set[str]:
    """Every word of an archive that reached its thread, line by line."""
    head = f"Discussion in '{archive.forum}' started by {archive.starter}, "
    lines = {archive.title, head}
    for post in archive.posts:
        card = post.card
        lines |= {f"{post.number}. {card.name}", f"{card.name} {card.rank}".strip(), card.counts.written}
        lines |= {line.strip() for line in post.text.split("\n")}
    return lines | {line.text for line in archive.stray_lines}


def assert_complete(archive: ArchivedThread, contents: list[bytes]) -> None:
    """Nothing is lost: each line of the files is somewhere in the thread, or is a day, or is reported."""
    reached = lines_of(archive)
    days = {f"{post.card.joined:%b} {post.card.joined.day}, {post.card.joined.year}" for post in archive.posts}
    for content in contents:
        for line in content.decode().splitlines()[1:]:
            words = line.strip()
            is_head = words.startswith("Discussion in '")
            assert not words or words in reached or words in days or is_head, words


def test_archive_of_two_pages_is_one_thread() -> None:
    archive = read_archive(PAGES)
    assert archive.forum == "Keepers and Menders"
    assert archive.title.startswith("Bringing the light at Carrick Point back")
    assert (archive.starter, archive.started) == ("Maren Holm", date(2012, 3, 4))
    assert [post.number for post in archive.posts] == list(range(1, 29))
    assert_complete(archive, [content for _, content in PAGES])
    assert [(line.file, line.text) for line in archive.stray_lines] == [
        ("lighthouse-1.txt", "You have to be signed in to reply.")
    ]


def test_archive_members_are_those_of_the_last_cards() -> None:
    archive = read_archive(PAGES)
    members = {member.name: member for member in archive.members}
    assert len(members) == len(archive.members) == 14
    assert members["Maren Holm"].card.counts.written == "+420 / 2,318 / -3"
    assert members["Maren"].card.rank == "NEW MEMBER"
    assert (members["brassmonkey99"].rank, members["brassmonkey99"].is_banned) == (None, True)
    assert (members["The Surveyor"].rank, members["The Surveyor"].is_banned) == ("HARBOUR MASTER", False)
    ranks = {member.card.rank for member in archive.members}
    assert ranks >= {"NEW MEMBER", "MEMBER", "FULL MEMBER", "SENIOR MEMBER", "ELITE MEMBER", "BANNED"}
    assert sum("'Maren Holm' changes from '+412 / 2,310 / -3'" in note for note in archive.notes) == 1


def test_archive_page_two_alone_is_read_and_says_so() -> None:
    archive = read_archive(PAGES[1:])
    assert archive.posts[0].number == 21
    assert archive.notes[0] == "The archive begins with post 21; those before it are not in it."


def test_archive_key_is_the_threads_whatever_the_pages() -> None:
    both, second = read_archive(PAGES), read_archive([("other.txt", PAGES[1][1])])
    assert both.key == second.key
    assert len(both.key) == 64
    other = read_archive([changed(0, "Mar 4, 2012.", "Mar 5, 2012.")])
    assert other.key != both.key


def test_archive_of_pages_in_wrong_order_is_refused() -> None:
    assert refusal(*reversed(PAGES)).startswith(
        "lighthouse-1.txt:7: This page begins with post 1, but lighthouse-2.txt"
    )
    assert refusal(PAGES[0], PAGES[0]).startswith("lighthouse-1.txt:7: This page begins with post 1")


def test_archive_with_a_gap_between_pages_is_refused() -> None:
    first = changed(0, "  20. Maren Holm", "  99. Maren Holm")
    assert refusal(first, PAGES[1]) == "lighthouse-1.txt:185: Post number 99 follows post number 19."
    later = PAGES[1][1]
    for number in range(28, 20, -1):
        later = later.replace(f"  {number}. ".encode(), f"  {number + 20}. ".encode())
    assert refusal(PAGES[0], ("later.txt", later)).startswith("later.txt:7: This page begins with post 41")


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("Bringing the light", "Taking the light", "title"),
        ("'Keepers and Menders'", "'Others'", "forum"),
        ("started by Maren Holm", "started by Maren", "starter"),
        ("Mar 4, 2012.", "Mar 5, 2012.", "day"),
    ],
)
def test_archive_of_two_threads_is_refused(old: str, new: str, what: str) -> None:
    sentence = refusal(PAGES[0], changed(1, old, new))
    assert sentence.startswith(f"lighthouse-2.txt:5: This is a page of another thread: its {what} is ")


def test_archive_of_no_file_and_of_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    assert refusal() == "archive: There is no file to read."
    monkeypatch.setattr(archive_module, "MAX_ARCHIVE_FILES", 1)
    assert refusal(*PAGES) == "lighthouse-2.txt: At most 1 files make one thread."
    monkeypatch.setattr(archive_module, "MAX_ARCHIVED_POSTS", 10)
    assert refusal(PAGES[0]).endswith("One import takes at most 10 posts.")


def test_archive_whose_first_post_is_not_the_starters_says_so() -> None:
    archive = read_archive([changed(0, "started by Maren Holm", "started by O'Dell")])
    assert "'O'Dell' started the thread, but post 1 is by 'Maren Holm'." in archive.notes


def test_archive_with_an_empty_post_says_so() -> None:
    archive = read_archive([changed(0, "    .\n", "")])
    assert archive.posts[12].text == ""
    assert any(note.endswith(": post 13 has no text.") for note in archive.notes)


def test_archive_of_the_real_thread_is_read_completely() -> None:
    """The page for which the importer was made; it is not ours to keep here."""
    path = os.environ.get("TERTULIA_ARCHIVE")
    if not path:
        pytest.skip("not run: TERTULIA_ARCHIVE names no archived thread")
    content = Path(path).read_bytes()
    archive = read_archive([(path, content)])
    assert archive.forum == "Chinese Defence Forum"
    assert archive.title == "China calls for enhanced cooperation with Russia on strategic security"
    assert (archive.starter, archive.started) == ("Lankan Ranger", date(2011, 10, 21))
    assert [(post.number, post.card.name, post.card.rank, post.card.counts.written) for post in archive.posts] == [
        (1, "Lankan Ranger", "ELITE MEMBER", "+0 / 8,024 / -0"),
        (2, "HavocHeaven", "FULL MEMBER", "+0 / 178 / -0"),
        (3, "Chinese Century", "BANNED", "+0 / 605 / -0"),
    ]
    assert [post.card.joined for post in archive.posts] == [date(2009, 8, 9), date(2011, 7, 28), date(2011, 4, 15)]
    assert [post.text.count("\n\n") + 1 for post in archive.posts] == [11, 1, 2]
    assert (archive.stray_lines, archive.notes) == ((), ())
    assert_complete(archive, [content])


@given(st.lists(st.binary(max_size=200), max_size=3))
def test_archive_of_any_bytes_is_refused(contents: list[bytes]) -> None:
    refusal(*((f"{n}.txt", content) for n, content in enumerate(contents)))


LINES = PAGES[0][1].decode().split("\n")


@st.composite
def mutilated(draw: st.DrawFn) -> str:
    """A page of which some lines were lost, doubled, swapped, cut or overwritten."""
    lines = list(LINES)
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, len(lines) - 1))
        match draw(st.sampled_from(["lose", "double", "swap", "cut", "write", "shift"])):
            case "lose":
                del lines[at : at + draw(st.integers(1, 8))]
                lines = lines or [""]
            case "double":
                lines.insert(at, lines[at])
            case "swap":
                other = draw(st.integers(0, len(lines) - 1))
                lines[at], lines[other] = lines[other], lines[at]
            case "cut":
                lines[at] = lines[at][: draw(st.integers(0, 20))]
            case "write":
                lines[at] = draw(st.text(max_size=20))
            case _:
                lines[at] = " " * draw(st.integers(0, 6)) + lines[at].lstrip()
    return "\n".join(lines)


@given(mutilated())
def test_archive_of_a_mutilated_page_is_a_sound_thread_or_an_error(text: str) -> None:
    try:
        archive = read_archive([("page.txt", text.encode("utf-8", "replace"))])
    except ArchiveError as error:
        assert 0 <= error.line <= text.count("\n") + text.count("\r") + 1  # noqa: PT017 - either way is right
        return
    numbers = [post.number for post in archive.posts]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    for post in archive.posts:
        render_post(post.text, TextFormat.LITERAL)
