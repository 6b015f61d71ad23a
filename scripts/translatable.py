"""Finds every sentence that a page may show: in templates, in Python, in the script of the page, in the table of codes.

What counts: ``_("...")``, ``gettext``, ``ngettext``, ``later`` and ``{% trans %}``; in Python also the sentence of a
`Refusal` and the template of a `Sentence`. The commands of the terminal stay English.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from jinja2 import Environment

ROOT: Final = Path(__file__).resolve().parent.parent
SERVER: Final = ROOT / "server" / "tertulia_server"
TEMPLATES: Final = SERVER / "web" / "templates"
SCRIPTS: Final = ROOT / "client" / "js" / "src" / "page"
CODES: Final = ROOT / "wire" / "tertulia_wire" / "codes.py"
RANKS: Final = SERVER / "forum" / "ranks.py"

_FUNCTIONS: Final = frozenset({"_", "gettext", "ngettext", "later", "Sentence"})
_ERRORS: Final = frozenset({"Refusal", "_refusal"})
_TERMINAL: Final = SERVER / "cli"

_TYPESCRIPT: Final = re.compile(
    r'\b(?:_|later)\(\s*("(?:[^"\\]|\\.)*")|\bngettext\(\s*("(?:[^"\\]|\\.)*"),\s*("(?:[^"\\]|\\.)*")'
)


class Message(NamedTuple):
    """A sentence, and its form for many if a number goes with it."""

    one: str
    many: str | None = None


def find_messages() -> dict[Message, list[str]]:
    """Every message with the files that it stands in, by their paths from the root."""
    found: dict[Message, set[str]] = {}
    for path, message in [*_templates(), *_python(), *_script(), *_tables()]:
        found.setdefault(message, set()).add(path.relative_to(ROOT).as_posix())
    return {message: sorted(found[message]) for message in sorted(found, key=lambda one: (one.one, one.many or ""))}


def template_messages(source: str) -> list[Message]:
    """Those of one template; ``ValueError`` if `_()` is called on something that is not written there.

    What `_()` gives is not escaped, so it takes nothing that somebody may have typed.
    """
    found = []
    for line, function, words in _ENVIRONMENT.extract_translations(source):  # type: ignore[attr-defined]  # of the extension
        one, many = (*words, None)[:2] if isinstance(words, tuple) else (words, None)
        if one is None:
            raise ValueError(f"line {line}: {function}() takes a sentence that stands there; data go through `| said`")
        found.append(Message(one, many if function == "ngettext" else None))
    return found


def python_messages(source: str) -> list[Message]:
    """Those of one Python module; an f-string or a sum in their place is a ``ValueError``."""
    return [message for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call) for message in _of_call(node)]


def script_messages(source: str) -> list[Message]:
    """Those of one TypeScript module."""
    return [
        Message(ast.literal_eval(plain or one), ast.literal_eval(many) if many else None)
        for plain, one, many in _TYPESCRIPT.findall(source)
    ]


def _templates() -> Iterator[tuple[Path, Message]]:
    for path in sorted(TEMPLATES.rglob("*.html")):
        yield from ((path, message) for message in _template_messages_in(path))


def _python() -> Iterator[tuple[Path, Message]]:
    for path in sorted(SERVER.rglob("*.py")):
        if _TERMINAL not in path.parents:
            yield from ((path, message) for message in _messages_in(path))


def _template_messages_in(path: Path) -> list[Message]:
    try:
        return template_messages(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{path.relative_to(ROOT)}, {error}") from None


def _messages_in(path: Path) -> list[Message]:
    try:
        return python_messages(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{path.relative_to(ROOT)}, {error}") from None


def _script() -> Iterator[tuple[Path, Message]]:
    for path in sorted(SCRIPTS.rglob("*.ts")):
        yield from ((path, message) for message in script_messages(path.read_text(encoding="utf-8")))


def _tables() -> Iterator[tuple[Path, Message]]:
    from tertulia_server.forum.ranks import BANNED_RANK, LADDER
    from tertulia_wire.codes import Code

    yield from ((CODES, Message(code.sentence)) for code in Code)
    yield from ((RANKS, Message(rank)) for rank in [BANNED_RANK, *(words for _, words in LADDER)])


def _of_call(call: ast.Call) -> list[Message]:
    name = call.func.id if isinstance(call.func, ast.Name) else None
    is_error = name in _ERRORS
    arguments = call.args[1 if name == "Refusal" else 0 :]
    if (name not in _FUNCTIONS and not is_error) or not arguments:
        return []
    first = arguments[0]
    if isinstance(first, ast.JoinedStr | ast.BinOp):
        raise ValueError(  # noqa: TRY004 - a fault of the text that was read
            f"line {call.lineno}: write Sentence('... %(name)s ...', name=...), so that it can be translated"
        )
    words = [part.value for part in arguments[:2] if isinstance(part, ast.Constant) and isinstance(part.value, str)]
    if not words:
        return []  # a variable: its words are marked where they stand
    return [Message(words[0], words[1] if name == "ngettext" else None)]


_ENVIRONMENT: Final = Environment(extensions=["jinja2.ext.i18n"], trim_blocks=True, lstrip_blocks=True, autoescape=True)
_ENVIRONMENT.policies["ext.i18n.trimmed"] = True
