"""Pages out of templates. Everything is escaped but the sanitised HTML of posts."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from tertulia_server.forum.marks import Mark
from tertulia_server.forum.models import Visitor
from tertulia_server.forum.pages import page_count, page_of
from tertulia_server.forum.rights import is_staff, may_edit, may_rate, may_remove, may_report
from tertulia_server.forum.text import RENDERING
from tertulia_server.forum.titles import forum_path, member_path, thread_path
from tertulia_server.store.pages import ThreadPage
from tertulia_server.web import filters
from tertulia_server.web.addresses import here
from tertulia_server.web.assets import SCRIPT, STATIC_FOLDER, WORKER, Assets, Build
from tertulia_server.web.badges import known_badge, known_cases
from tertulia_server.web.encodings import PAGE_VARY
from tertulia_server.web.form_tokens import with_form_tokens
from tertulia_server.web.identity import known_visitor
from tertulia_server.web.languages import LANGUAGES, LOCALE_FOLDER, current_language, gettext, ngettext, say
from tertulia_server.web.page_memory import ArticleKey, PageMemory
from tertulia_server.web.pagination import page_numbers, tail_pages
from tertulia_server.web.script_words import words_address
from tertulia_server.web.services import services_of
from tertulia_wire.data import ForumData, PostData, ThreadData
from tertulia_wire.limits import MAX_POST_CHARS, MAX_TITLE_CHARS, POSTS_PER_PAGE

TEMPLATES_FOLDER: Final = Path(__file__).parent / "templates"


def forum_url(forum: ForumData, page: int = 1) -> str:
    """The canonical address of a page of a forum."""
    return forum_path(forum["id"], forum["slug"], page)


def thread_url(thread: ThreadData, page: int = 1) -> str:
    """The canonical address of a page of a thread."""
    return thread_path(thread["id"], thread["slug"], page)


def last_page_url(thread: ThreadData) -> str:
    """The address of a thread's last page."""
    return thread_url(thread, page_count(thread["last_number"]))


def post_url(thread: ThreadData, post: PostData, page: int) -> str:
    """Where a post is read."""
    return f"{thread_url(thread, page)}#post-{post['id']}"


def make_environment(assets: Assets) -> Environment:
    """The templates with their filters; an unknown name in a template is an error, not an empty string."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES_FOLDER),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
    )
    environment.policies["ext.i18n.trimmed"] = True
    environment.install_gettext_callables(gettext, ngettext, newstyle=True)  # type: ignore[attr-defined]  # of the extension
    environment.filters.update({function.__name__: function for function in _FILTERS})
    environment.filters["page_of"] = page_of
    environment.filters["moment"] = filters.exact_moment_tag
    environment.filters["said"] = say  # for words that are data: they are escaped, what `_()` gives is not
    environment.filters.update(may_edit=_may_edit_post, may_rate=_may_rate_post)
    environment.filters.update(may_report=_may_report_post, is_staff=is_staff)
    environment.globals.update(
        asset=assets.address,
        languages=tuple(LANGUAGES.values()),
        forum_url=forum_url,
        thread_url=thread_url,
        last_page_url=last_page_url,
        member_path=member_path,
        page_numbers=page_numbers,
        tail_pages=tail_pages,
        posts_per_page=POSTS_PER_PAGE,
        max_post_chars=MAX_POST_CHARS,
        max_title_chars=MAX_TITLE_CHARS,
    )
    return environment


def render(request: Request, template: str, context: Mapping[str, Any], status: int = 200) -> Response:
    """A page for the visitor that `identify` found. Unchanged since the browser's copy: 304 without a body."""
    html = render_text(request, template, context)
    if status != 200:
        return HTMLResponse(html, status, headers=PAGE_VARY)
    body = html.encode()
    tag = make_tag(body)
    return not_modified(tag) if knows(request, tag) else page_response(body, tag, PAGE_VARY)


def render_text(request: Request, template: str, context: Mapping[str, Any]) -> str:
    """The HTML of a page for the visitor that `identify` found."""
    html = _ENVIRONMENT.get_template(template).render(
        site_name=services_of(request).settings.site_name,
        language=current_language(),
        script_words=words_address(current_language()),
        script=ASSETS.find_address(SCRIPT),
        worker=ASSETS.find_address(WORKER),
        visitor=known_visitor(request),
        badge=known_badge(request),
        cases=known_cases(request),
        here=here(request) if request.method in {"GET", "HEAD"} else "",
        **context,
    )
    return with_form_tokens(request, html)


def render_articles(memory: PageMemory, page: ThreadPage, visitor: Visitor, *, may_quote: bool) -> Markup:
    """The posts of a page one after the other, and the lines of those that were moved away.

    A post is rendered once for all who may do the same with it and have given it the same mark. ``may_quote``: whether
    the visitor may answer to them.
    """
    is_remover = may_remove(visitor, page.rules.forum_id)
    articles = {
        post["number"]: _render_article(memory, page, post, visitor, is_remover=is_remover, may_quote=may_quote)
        for post in page.posts
    }
    make_line = _ENVIRONMENT.get_template("_moved.html").module.moved_line  # type: ignore[attr-defined]  # a macro
    articles |= {line.number: Markup(make_line(line)) for line in page.moved}  # noqa: S704 - our own template
    return Markup("\n").join(articles[number] for number in sorted(articles))


def make_tag(*parts: bytes) -> str:
    """An entity tag: weak, because a proxy may compress what it stands for."""
    content = hashlib.blake2b(digest_size=12)
    for part in parts:
        content.update(part)
    return f'W/"{content.hexdigest()}"'


def knows(request: Request, tag: str) -> bool:
    """Whether the browser has the page with this tag."""
    return names_tag(request.headers.get("if-none-match", ""), tag)


def names_tag(known: str, tag: str) -> bool:
    """Whether an ``If-None-Match`` header does."""
    return tag in [part.strip() for part in known.split(",")]


def not_modified(tag: str) -> Response:
    """Without a body: the browser's copy is still the page."""
    return Response(status_code=304, headers={**PAGE_VARY, "ETag": tag})


def page_response(body: bytes, tag: str, headers: Mapping[str, str] = MappingProxyType({})) -> Response:
    """A page with its tag."""
    return HTMLResponse(body, headers={**headers, "ETag": tag})


def _render_article(
    memory: PageMemory, page: ThreadPage, post: PostData, visitor: Visitor, *, is_remover: bool, may_quote: bool
) -> Markup:
    mark = page.marks.get(post["id"], Mark.NONE)
    tools = (
        *(_may_edit_post(post, visitor), is_remover),
        *(_may_rate_post(post, visitor), _may_report_post(post, visitor)),
    )
    versions = post["version"], post["author"]["version"]
    key = ArticleKey(current_language().code, page.cursor.epoch, post["id"], *versions, *tools, mark.word, may_quote)
    article = memory.articles.get(key)
    if article is None:
        make = _ENVIRONMENT.get_template("_post.html").module.post_article  # type: ignore[attr-defined]  # a macro
        article = Markup(make(post, visitor, is_remover, mark.word, may_quote))  # noqa: S704 - our own template escaped it
        memory.articles.put(key, article, sys.getsizeof(article))
    return article


def _may_edit_post(post: PostData, visitor: Visitor) -> bool:
    """Also of a removed post: its author sees what it was."""
    return may_edit(visitor, post["author"]["id"])


def _may_report_post(post: PostData, visitor: Visitor) -> bool:
    return not post["is_removed"] and may_report(visitor, post["author"]["id"])


def _may_rate_post(post: PostData, visitor: Visitor) -> bool:
    return not post["is_removed"] and may_rate(visitor, post["author"]["id"])


_FILTERS: Final[tuple[Callable[..., Any], ...]] = (
    *(filters.day, filters.count, filters.counted, filters.capped, filters.strong, filters.forum_link),
    *(
        filters.iso_moment,
        filters.xml_text,
        filters.post_time,
        filters.started,
        filters.started_exactly,
        filters.has_start,
        filters.last_post,
        filters.moment_tag,
    ),
)
ASSETS: Final = Assets()
BUILD: Final = Build(STATIC_FOLDER, TEMPLATES_FOLDER, LOCALE_FOLDER, rules=RENDERING)
_ENVIRONMENT: Final = make_environment(ASSETS)
