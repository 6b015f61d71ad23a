"""The text of posts: checked once when it comes in, rendered once when it is kept.

Markdown becomes HTML by markdown-it with raw HTML off, and passes an allow-list after that: two fences that know
nothing of each other. Literal text, from an archive, is escaped and nothing else.

Left out of Markdown, each for a reason: images (they tell a stranger who reads, and they move the page while it is
read; a link to the picture takes the place of one), reference links (one long address named a thousand times makes a
page of megabytes), guessed links (``notes.md`` is a file more often than an address in Moldova).
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Iterator
from html import escape
from itertools import pairwise
from types import MappingProxyType
from typing import Final

import nh3
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from tertulia_server.errors import Refusal, Sentence
from tertulia_server.forum.characters import clean, is_blank
from tertulia_server.forum.mention_names import Known, Mentioned, split_mentions
from tertulia_server.forum.models import TextFormat
from tertulia_server.forum.titles import member_path
from tertulia_wire.codes import Code
from tertulia_wire.limits import MAX_POST_CHARS

MAX_NESTING_LEVELS: Final = 20
"""A text with quotes or lists deeper than this is shown as it was typed: the parser would leave out what is deeper."""

MAX_TABLE_CELLS: Final = 6_000
"""A row may leave out its cells, so two characters can ask for a hundred of them; beyond this no table is made."""

MAX_BARE_LINKS: Final = 400
"""Finding where a bare address begins costs a look at the text before it; beyond this none is made a link."""

RENDERING: Final = 2
"""Grows whenever the same text gives other HTML: what was kept before is then rendered anew as it is read."""

LINK_REL: Final = "nofollow ugc noopener"

_TAGS: Final = {
    *("p", "br", "hr", "blockquote", "pre", "code", "h3", "h4", "h5", "h6", "ul", "ol", "li"),
    *("a", "em", "strong", "s", "del", "table", "thead", "tbody", "tr", "th", "td"),
}
_ATTRIBUTES: Final[dict[str, set[str]]] = {
    "a": {"href", "title"},
    "ol": {"start", "dir"},
    "ul": {"dir"},
    "blockquote": {"dir"},
}
_DIRECTED: Final = {"bullet_list_open", "ordered_list_open", "blockquote_open"}
_ALIGNED: Final = {f"text-align:{side}": f"is-{side}" for side in ("left", "center", "right")}
"""A style would be refused by the policy of the pages: columns say by a class where their text stands."""

_CLASSES: Final = {"th": set(_ALIGNED.values()), "td": set(_ALIGNED.values()), "li": {"is-task"}}
_BOXES: Final = {"[ ] ": "☐ ", "[x] ": "☑ ", "[X] ": "☑ "}
"""What stands at the beginning of a task in a list."""

_BEYOND_PROSE: Final = [
    *("code", "fence", "blockquote", "hr", "list", "heading", "lheading"),
    *("escape", "backticks", "strikethrough", "link", "autolink", "entity"),
]
"""Rules that find nothing in prose, and are asked at each line or mark."""

_SCHEMES: Final = {"http", "https", "mailto"}
_NOBODY: Final[Known] = MappingProxyType({})
_LINK_STARTS: Final = ("http:", "https:", "mailto:")
"""What a bare address begins with: the own look of the parser takes longer than all the rest that it does."""

_MARKS: Final = "\\`~[]<>&#|=\r\0"
"""What makes more of a text than paragraphs with emphasis, wherever it stands."""

_BLOCK_START: Final = re.compile(r"[-+*_\s]|[0-9]+[.)]")
"""What a line begins with that may be more than a line of a paragraph."""

_BLANK_LINES: Final = re.compile(r"\n(?:[^\S\n]*\n)+")


def check_text(text: str) -> str:
    """Return the text of a post as it will be kept: cleaned, without blank lines around it.

    Raises `Refusal` with ``POST_TOO_LONG`` beyond 20,000 characters, ``POST_EMPTY`` if a reader would see nothing.
    """
    if len(text) > MAX_POST_CHARS * 2:
        raise _too_long(len(text))
    text = clean(text).strip("\n").rstrip()
    if is_blank(text):
        raise Refusal(Code.POST_EMPTY)
    if len(text) > MAX_POST_CHARS:
        raise _too_long(len(text))
    return text


def render_post(text: str, format: TextFormat, known: Known = _NOBODY) -> str:  # noqa: A002 - the word of column and wire
    """HTML that is safe to put into a page as it is. Any text gives some HTML; none raises.

    ``known`` are the members that the text may mention (`find_mentions`); literal text mentions nobody.
    """
    if format is TextFormat.LITERAL:
        return _render_literal(text)
    return _render_markdown(text, known)


def parse_markdown(text: str) -> list[Token]:
    """The tokens of a Markdown text: what rendering makes HTML of, for whoever looks for something in it."""
    return _parser_for(text).parse(text)


def _too_long(length: int) -> Refusal:
    sentence = Sentence(
        "The post has %(length)s characters; the limit is %(limit)s.", length=length, limit=MAX_POST_CHARS
    )
    return Refusal(Code.POST_TOO_LONG, sentence)


def _render_literal(text: str) -> str:
    paragraphs = _BLANK_LINES.split(text.strip("\n"))
    return "\n\n".join("<p>" + escape(paragraph).replace("\n", "<br>\n") + "</p>" for paragraph in paragraphs)


def _render_markdown(text: str, known: Known) -> str:
    markdown = _parser_for(text)
    tokens = markdown.parse(text)
    if any(token.level >= MAX_NESTING_LEVELS - 1 for token in tokens):
        return _render_literal(text)
    if known:
        _link_mentions(tokens, known)
    return _CLEANER.clean(markdown.renderer.render(tokens, markdown.options, {}))


def _parser_for(text: str) -> MarkdownIt:
    """Without the rules that this text gives nothing to do."""
    has_tables = "|" in text and _widest_row_cells(text) * text.count("\n") <= MAX_TABLE_CELLS
    has_links = ":" in text and text.count("://") <= MAX_BARE_LINKS and _has_link_start(text.lower())
    return _PARSERS.get(has_tables=has_tables, has_links=has_links, is_prose=_is_prose(text))


def _has_link_start(text: str) -> bool:
    return any(start in text for start in _LINK_STARTS)


def _is_prose(text: str) -> bool:
    """Whether there are but paragraphs with emphasis in it, as in most of what people write."""
    return not any(mark in text for mark in _MARKS) and not any(map(_BLOCK_START.match, text.split("\n")))


def _widest_row_cells(text: str) -> int:
    return max(line.count("|") for line in text.split("\n"))


def _make_parser(*, has_tables: bool, has_links: bool, is_prose: bool) -> MarkdownIt:
    options = {"html": False, "linkify": has_links, "breaks": True, "maxNesting": MAX_NESTING_LEVELS}
    markdown = MarkdownIt("commonmark", options)
    markdown.enable(["strikethrough", *(["linkify"] if has_links else []), *(["table"] if has_tables else [])])
    markdown.disable(["image", "reference", "html_block", "html_inline"])
    if markdown.linkify is not None:
        markdown.linkify.set({"fuzzy_link": False, "fuzzy_email": False, "fuzzy_ip": False})
        markdown.linkify.add("//", None).add("ftp:", None)
    if is_prose:
        markdown.disable(_BEYOND_PROSE)
    for rule in () if is_prose else (_lower_headings, _align_cells, _draw_boxes, _direct_boxes):
        markdown.core.ruler.push(rule.__name__, rule)
    if has_links or not is_prose:
        markdown.core.ruler.before("text_join", "link_pictures", _link_pictures)  # where ``\!`` is still another token
    return markdown


def _lower_headings(state: StateCore) -> None:
    """A post's headings stand below the title of the page and the name of the author."""
    for token in state.tokens:
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(6, int(token.tag[1]) + 2)}"


def _align_cells(state: StateCore) -> None:
    for token in state.tokens:
        if token.type in {"th_open", "td_open"}:
            name = _ALIGNED.get(str(token.attrs.pop("style", "")))
            token.attrs |= {} if name is None else {"class": name}


def _draw_boxes(state: StateCore) -> None:
    """``- [x] done``: a box that is drawn, and that nobody can tick; its author edits the post."""
    for item, paragraph, inline in zip(state.tokens, state.tokens[1:], state.tokens[2:], strict=False):
        if (item.type, paragraph.type, inline.type) != ("list_item_open", "paragraph_open", "inline"):
            continue
        first = (inline.children or [_text("")])[0]
        box = _BOXES.get(first.content[:4]) if first.type == "text" else None
        if box is not None:
            first.content = box + first.content[4:]
            item.attrs["class"] = "is-task"


def _direct_boxes(state: StateCore) -> None:
    """The marks of a list, and the bar of a quote, stand where its text begins, in whatever script that is."""
    for token in state.tokens:
        if token.type in _DIRECTED:
            token.attrs["dir"] = "auto"


def _link_pictures(state: StateCore) -> None:
    """``![cat](https://...)`` is a link to the picture: what is left of the mark of a picture says nothing."""
    for token in state.tokens:
        children = token.children or []
        for text, link in pairwise(children):
            if text.type == "text" and link.type == "link_open" and text.content.endswith("!"):
                text.content = text.content[:-1]


def _link_mentions(tokens: Iterable[Token], known: Known) -> None:
    """``@Name`` becomes a link to the member: not in code, nor within another link or a quote."""
    quotes = 0
    for token in tokens:
        quotes += {"blockquote_open": 1, "blockquote_close": -1}.get(token.type, 0)
        if token.type == "inline" and not quotes and "@" in token.content:
            token.children = list(_with_mentions(token.children or [], known))


def _with_mentions(tokens: Iterable[Token], known: Known) -> Iterator[Token]:
    links = 0
    for token in tokens:
        links += token.nesting if token.type in {"link_open", "link_close"} else 0
        if token.type != "text" or links:
            yield token
            continue
        done = 0
        for start, end, mentioned in split_mentions(token.content, known):
            yield _text(token.content[done:start])
            yield from _mention(mentioned)
            done = end
        yield _text(token.content[done:])


def _mention(mentioned: Mentioned) -> Iterator[Token]:
    href = member_path(mentioned.member_id, mentioned.name)
    yield Token("link_open", "a", 1, attrs={"href": href})
    yield _text(f"@{mentioned.name}")
    yield Token("link_close", "a", -1)


def _text(content: str) -> Token:
    return Token("text", "", 0, content=content)


class _Parsers(threading.local):
    """Parsers of one thread: they complete their tables while they are used, so no two threads may share one."""

    def __init__(self) -> None:
        self._by_options: dict[tuple[bool, bool, bool], MarkdownIt] = {}

    def get(self, *, has_tables: bool, has_links: bool, is_prose: bool) -> MarkdownIt:
        options = (has_tables, has_links, is_prose)
        if options not in self._by_options:
            self._by_options[options] = _make_parser(has_tables=has_tables, has_links=has_links, is_prose=is_prose)
        return self._by_options[options]


_PARSERS: Final = _Parsers()
_CLEANER: Final = nh3.Cleaner(
    tags=_TAGS,
    attributes=_ATTRIBUTES,
    allowed_classes=_CLASSES,
    url_schemes=_SCHEMES,
    link_rel=LINK_REL,
    strip_comments=True,
)
