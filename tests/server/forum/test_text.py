"""Whatever is written, a page shows text and never runs it."""

from __future__ import annotations

import hashlib
import html
import re
from concurrent.futures import ThreadPoolExecutor
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tertulia_server.errors import Refusal
from tertulia_server.forum import text as text_module
from tertulia_server.forum.mention_names import Mentioned
from tertulia_server.forum.models import TextFormat
from tertulia_server.forum.text import LINK_REL, RENDERING, check_text, render_post
from tertulia_wire.codes import Code
from tertulia_wire.limits import MAX_POST_CHARS

KNOWN_TAGS = text_module._TAGS
SIDES = {"is-left", "is-center", "is-right"}
CLASSES = {"th": SIDES, "td": SIDES, "li": {"is-task"}}

PAYLOADS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<iframe src=javascript:alert(1)></iframe>",
    "<a href='javascript:alert(1)'>x</a>",
    "<math><mi//xlink:href='data:x,<script>alert(1)</script>'>",
    "<style>*{background:url(javascript:alert(1))}</style>",
    "<body onload=alert(1)>",
    "<form action=/sign-out method=post><button>x</button></form>",
    "<!--><script>alert(1)</script-->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<?php echo 1 ?>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java\tscript:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](javascript&colon;alert(1))",
    "[x](javascript&#x3a;alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](vbscript:x)",
    "[x](file:///etc/passwd)",
    "[x](<javascript:alert(1)>)",
    "[x]( javascript:alert(1))",
    "[x](\x01javascript:alert(1))",
    "[x](http://a.b 'title\" onmouseover=alert(1) x=\"')",
    '[x](http://a.b"onmouseover="alert(1))',
    "<javascript:alert(1)>",
    '<http://a.b/"onclick=alert(1)>',
    "![x](javascript:alert(1))",
    '![x](http://a.b/x.png"onerror="alert(1))',
    "![x](data:image/svg+xml;base64,PHN2Zz4=)",
    "http://a.b/<script>alert(1)</script>",
    "http://a.b/'onclick='alert(1)",
    "`<script>alert(1)</script>`",
    "```<script>\n</code><script>alert(1)</script>\n```",
    '```x" onclick="alert(1)\ny\n```',
    "    <script>alert(1)</script>",
    "# <img src=x onerror=alert(1)>",
    "|<img onerror=x>|b|\n|:-:|-|\n|<script>|1|",
    "[<script>](<script>)",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "[x]: javascript:alert(1)\n\n[x]",
    "<a\x00 href=x>",
    "\u202e<b>",
    "mailto:a@b.c?subject=<script>",
    "1. <details open ontoggle=alert(1)>",
    "> > <video><source onerror=alert(1)>",
    "[a](//evil.example/%0ajavascript:alert(1))",
    "<x style='position:fixed;inset:0'>",
    "[x](http://a.b){onclick=alert(1)}",
]


class Inspector(HTMLParser):
    """Collects what a browser would see."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def inspect(rendered: str) -> Inspector:
    inspector = Inspector()
    inspector.feed(rendered)
    inspector.close()
    return inspector


def assert_harmless(rendered: str) -> None:
    seen = inspect(rendered)
    assert set(seen.tags) <= KNOWN_TAGS
    assert {(tag, name) for tag, name, _ in seen.attributes} <= {
        ("a", "href"),
        ("a", "title"),
        ("a", "rel"),
        ("ol", "start"),
        *((tag, "dir") for tag in ("ol", "ul", "blockquote")),
        *((tag, "class") for tag in CLASSES),
    }
    for tag, name, value in seen.attributes:
        if name == "class":
            assert value in CLASSES[tag]
        if name == "href":
            scheme, colon, _ = html.unescape(value).partition(":")
            is_scheme = colon and not re.search(r"[/?#]", scheme)
            assert not is_scheme or scheme.lower() in {"http", "https", "mailto"}, (tag, value)
        if name == "dir":
            assert value == "auto"
        if name == "rel":
            assert value == text_module.LINK_REL


@pytest.mark.parametrize("payload", PAYLOADS)
@pytest.mark.parametrize("wrap", ["{}", "> {}", "- {}", "**{}**", "a\n\n{}\n\nb", "|{}|x|\n|-|-|\n|{}|y|"])
def test_markdown_of_hostile_text_is_harmless(payload: str, wrap: str) -> None:
    assert_harmless(render_post(wrap.replace("{}", payload), TextFormat.MARKDOWN))


@pytest.mark.parametrize("payload", PAYLOADS)
def test_literal_of_hostile_text_is_text(payload: str) -> None:
    seen = inspect(render_post(payload, TextFormat.LITERAL))
    assert set(seen.tags) <= {"p", "br"}
    assert not seen.attributes


@given(st.lists(st.one_of(st.sampled_from(PAYLOADS), st.text(max_size=8), st.sampled_from("[]()<>&\"'`*_~|#\n>- !:/"))))
def test_markdown_of_mixed_payloads_is_harmless(parts: list[str]) -> None:
    assert_harmless(render_post("".join(parts), TextFormat.MARKDOWN))


@given(st.text(st.characters(blacklist_categories=["Cs"])))
def test_literal_text_comes_back_when_tags_are_taken_off(text: str) -> None:
    rendered = render_post(text, TextFormat.LITERAL)
    paragraphs = re.split(r"\n(?:[^\S\n]*\n)+", text.strip("\n"))
    assert "\n\n".join(paragraphs) == unescape_once(re.sub(r"</?p>|<br>", "", rendered))


def unescape_once(escaped: str) -> str:
    """The inverse of escaping, and nothing more: text may itself hold ``&amp;amp``."""
    for entity, character in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&#x27;", "'"), ("&amp;", "&")):
        escaped = escaped.replace(entity, character)
    return escaped


def test_literal_text_is_never_parsed() -> None:
    rendered = render_post("# no *heading*\n- no <list>\n\nhttp://no.link", TextFormat.LITERAL)
    assert rendered == "<p># no *heading*<br>\n- no &lt;list&gt;</p>\n\n<p>http://no.link</p>"


@pytest.mark.parametrize(
    ("text", "rendered"),
    [
        ("one\ntwo\n\nthree", "<p>one<br>\ntwo</p>\n<p>three</p>"),
        ("*a* **b** ~~c~~ `d`", "<p><em>a</em> <strong>b</strong> <s>c</s> <code>d</code></p>"),
        ("# big\n###### small", "<h3>big</h3>\n<h6>small</h6>"),
        ("> he said", '<blockquote dir="auto">\n<p>he said</p>\n</blockquote>'),
        ("3. c\n4. d", '<ol start="3" dir="auto">\n<li>c</li>\n<li>d</li>\n</ol>'),
        ("see notes.md and 1.2.3.4", "<p>see notes.md and 1.2.3.4</p>"),
        ("![cat](https://x.y/z.png)", '<p><a href="https://x.y/z.png" rel="nofollow ugc noopener">cat</a></p>'),
        ("\\![c](/d)", '<p>!<a href="/d" rel="nofollow ugc noopener">c</a></p>'),
        ("[home](/threads/3)", '<p><a href="/threads/3" rel="nofollow ugc noopener">home</a></p>'),
        ("```py\na < b\n```", "<pre><code>a &lt; b\n</code></pre>"),
        ("<b>no</b>", "<p>&lt;b&gt;no&lt;/b&gt;</p>"),
    ],
)
def test_markdown_renders(text: str, rendered: str) -> None:
    assert rendered == render_post(text, TextFormat.MARKDOWN).strip()


SAMPLE = """# Big
> *a* **b** ~~c~~ `d` @bob https://example.org/?a=b

1. [x] done
2. ![cat](https://example.org/cat.png) and [home](/threads/3 "there")

| a | b |
|:--|--:|
| 1 | 2 |

```py
a < b
```
* * *
one
two <b>"""


def test_other_html_has_another_number() -> None:
    digest = hashlib.sha256(render_post(SAMPLE, TextFormat.MARKDOWN, {"bob": Mentioned(7, "Bob")}).encode()).hexdigest()
    assert (RENDERING, digest[:16]) == (2, "f39758be4ef03a09"), "raise RENDERING: what is kept is rendered anew then"


def test_markdown_links_bare_addresses_with_rel() -> None:
    rendered = render_post("go to https://example.org/a_b_c?d=e&f=g now", TextFormat.MARKDOWN)
    assert '<a href="https://example.org/a_b_c?d=e&amp;f=g" rel="nofollow ugc noopener">' in rendered


def test_columns_of_a_table_say_by_a_class_where_their_text_stands() -> None:
    html = render_post("a|b|c|d\n:-|:-:|-:|-\n1|2|3|4", TextFormat.MARKDOWN)
    assert re.findall(r"<t[hd](?: [^>]*)?>", html) == [
        f"<{cell}{words}>"
        for cell in ("th", "td")
        for words in (' class="is-left"', ' class="is-center"', ' class="is-right"', "")
    ]
    assert "style" not in html


def test_tasks_of_a_list_have_a_box_that_nobody_can_tick() -> None:
    html = render_post("- [x] **done**\n- [ ] open\n- [y] none\n- none [ ] either\n\n[ ] none", TextFormat.MARKDOWN)
    assert html.count('<li class="is-task">') == 2
    assert "☑ <strong>done</strong>" in html
    assert "☐ open" in html
    assert (html.count("☑"), html.count("☐"), "<input" in html) == (1, 1, False)


def test_classes_are_ours_alone() -> None:
    html = render_post("a|b\n-|-\n<td class=notice>|x\n\n- <li class=secret>", TextFormat.MARKDOWN)
    assert "class=" not in re.sub(r"&lt;.*?&gt;", "", html)


def test_markdown_table_renders() -> None:
    seen = inspect(render_post("|a|b|\n|:-|-:|\n|1|2|", TextFormat.MARKDOWN))
    assert seen.tags == ["table", "thead", "tr", "th", "th", "tbody", "tr", "td", "td"]


def repeated(piece: str) -> str:
    return (piece * (MAX_POST_CHARS // len(piece) + 1))[:MAX_POST_CHARS]


@pytest.mark.parametrize(
    "text",
    [
        *map(repeated, ["[", "[a](", "**a ", "*_", "> ", "- ", "`", "<", "&", "://", "http://a.b/(", "[a][a] ", "\\"]),
        "|a" * 900 + "|\n" + "|-" * 900 + "|\n" + "|\n" * 8000,
        "|a" * 90 + "|\n" + "|-" * 90 + "|\n" + "|\n" * 9000,
        "|a" * 20 + "|\n" + "|-" * 20 + "|\n" + "|\n" * 9000,
        "[a]: /" + "x" * 9000 + "\n\n" + "[a]" * 3000,
        "".join(">" * depth + "a\n" for depth in range(190)),
        "".join("  " * depth + "- a\n" for depth in range(138)),
    ],
    ids=lambda text: repr(text[:12]),
)
def test_markdown_of_nasty_text_stays_small(text: str) -> None:
    """What is not bounded by the nesting is bounded by what is left out: no text makes a page of megabytes."""
    rendered = render_post(text, TextFormat.MARKDOWN)
    assert len(rendered) <= 8 * MAX_POST_CHARS
    assert_harmless(rendered)


@pytest.mark.parametrize("levels", [1, 5, 17, 18, 19, 20, 21, 60, 190])
@pytest.mark.parametrize("mark", ["> ", "- "])
def test_markdown_nested_to_any_depth_still_shows_its_words(mark: str, levels: int) -> None:
    rendered = render_post(mark * levels + "deep", TextFormat.MARKDOWN)
    assert "deep" in rendered
    assert rendered.count("<blockquote") <= text_module.MAX_NESTING_LEVELS


def test_markdown_in_many_threads_renders_as_in_one() -> None:
    texts = [f"**{n}** http://{n}.example/a_b_{n} | ~~x~~" for n in range(8)]
    alone = [render_post(text, TextFormat.MARKDOWN) for text in texts]
    with ThreadPoolExecutor(8) as threads:
        together = list(threads.map(render_post, texts * 20, [TextFormat.MARKDOWN] * 160))
    assert together == alone * 20


def test_markdown_with_too_many_addresses_makes_none_a_link() -> None:
    few = render_post("http://a.b " * 400, TextFormat.MARKDOWN)
    many = render_post("http://a.b " * 401, TextFormat.MARKDOWN)
    assert few.count("<a ") == 400
    assert many.count("<a ") == 0
    assert many.count("http://a.b") == 401


@given(
    st.lists(
        st.sampled_from([*PAYLOADS, "a | b\n-|-\n1 | 2", "http&#58;//a.b", "HTTP://a.b", "mailto:a@b.c", "httpſ://a.b"])
        | st.text("|-: \nahtps/@.\\", max_size=12)
        | st.text("ab*_ \n\t.,:12)-+=#!é\u00a0'\"", max_size=24),
        max_size=4,
    ).map(" ".join)
)
def test_rules_that_are_left_out_would_have_done_nothing(text: str) -> None:
    """A text without what tables, addresses, lists and the like are made of is rendered as if they were looked for."""
    text = check_text(f"x {text}")
    whole = text_module._make_parser(has_tables=True, has_links=True, is_prose=False)
    rendered = whole.renderer.render(whole.parse(text), whole.options, {})
    assert render_post(text, TextFormat.MARKDOWN) == text_module._CLEANER.clean(rendered)


def test_check_text_cleans_and_keeps_indentation() -> None:
    assert check_text("\r\n\r\n    code\r\n\x00end  \n\n") == "    code\nend"


@pytest.mark.parametrize("text", ["", " \n\t ", "\u200b", "\u3164\n\u2800", "\x00\x01"])
def test_check_text_without_anything_visible_is_refused(text: str) -> None:
    with pytest.raises(Refusal) as refused:
        check_text(text)
    assert refused.value.code is Code.POST_EMPTY


@pytest.mark.parametrize("length", [20_001, 40_001, 3_000_000])
def test_check_text_longer_than_the_limit_is_refused(length: int) -> None:
    with pytest.raises(Refusal) as refused:
        check_text("x" * length)
    assert refused.value.code is Code.POST_TOO_LONG
    assert f"{length:,}" in str(refused.value)


def test_check_text_of_20000_characters_is_taken() -> None:
    assert check_text("x" * 20_000) == "x" * 20_000


@given(st.text(st.characters(), max_size=500))
def test_check_text_that_is_taken_is_stable_and_renders(text: str) -> None:
    try:
        taken = check_text(text)
    except Refusal:
        return
    assert taken == check_text(taken)
    assert_harmless(render_post(taken, TextFormat.MARKDOWN))
    assert_harmless(render_post(taken, TextFormat.LITERAL))


KNOWN = {"ada": Mentioned(7, "Ada"), "b*": Mentioned(8, "B*")}


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("hello @ada!", f'<p>hello <a href="/members/7-ada" rel="{LINK_REL}">@Ada</a>!</p>\n'),
        ("**@Ada**", f'<p><strong><a href="/members/7-ada" rel="{LINK_REL}">@Ada</a></strong></p>\n'),
        ("`@Ada`", "<p><code>@Ada</code></p>\n"),
        ("> @Ada", '<blockquote dir="auto">\n<p>@Ada</p>\n</blockquote>\n'),
        ("[@Ada](/x)", f'<p><a href="/x" rel="{LINK_REL}">@Ada</a></p>\n'),
        ("https://a.test/@Ada", f'<p><a href="https://a.test/@Ada" rel="{LINK_REL}">https://a.test/@Ada</a></p>\n'),
        ("@Adam", "<p>@Adam</p>\n"),
    ],
)
def test_mention_leads_to_the_member(text: str, html: str) -> None:
    assert render_post(text, TextFormat.MARKDOWN, KNOWN) == html


def test_name_that_looks_like_a_tag_is_text_in_its_mention() -> None:
    known = {"a<b>x": Mentioned(9, "a<b>x")}
    assert "@a&lt;b&gt;x</a>" in render_post("@a<b>x", TextFormat.MARKDOWN, known)


def test_literal_text_mentions_nobody() -> None:
    assert render_post("@Ada", TextFormat.LITERAL, KNOWN) == "<p>@Ada</p>"
