"""Whatever the pages lead to is there: other pages, their headings, the functions of the code."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

import pytest

from tests.docs.blocks import ROOT, page

SERVER: Final = ROOT / "server" / "tertulia_server"
DOCS: Final = ROOT / "docs"
PAGES: Final = sorted(str(path.relative_to(ROOT)) for path in [*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
EXAMPLE_OF_A_LINK: Final = "/posts/431"

Name = tuple[str, ...]


def prose(name: str) -> str:
    return re.sub(r"^```.*?^```", "", page(name), flags=re.DOTALL | re.MULTILINE)


def anchors(name: str) -> set[str]:
    """As GitHub makes them of the headings."""
    headings = re.findall(r"^#+ (.*)$", prose(name), re.MULTILINE)
    texts = (re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower() for heading in headings)
    return {re.sub(r"[^\w\- ]", "", text).replace(" ", "-") for text in texts}


@pytest.mark.parametrize("name", PAGES)
def test_links_lead_somewhere(name: str) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", prose(name)):
        if link.startswith("https://") or link == EXAMPLE_OF_A_LINK:
            continue
        file, _, anchor = link.partition("#")
        target = ((ROOT / name).parent / file).resolve() if file else ROOT / name
        assert target.exists(), link
        if anchor:
            assert anchor in anchors(str(target.relative_to(ROOT))), link


def test_every_page_is_in_the_index() -> None:
    found = {str(path.relative_to(DOCS)) for path in DOCS.rglob("*.md")} - {"README.md"}
    linked = set(re.findall(r"\]\(([^)#\s]+\.md)\)", page("docs/README.md")))
    assert {name for name in found if not name.startswith("decisions/0")} == linked


def test_every_decision_is_in_the_table_under_its_number() -> None:
    rows = re.findall(r"^\| \[(\d{4})\]\(([\w-]+\.md)\) \| .* \|$", page("docs/decisions/README.md"), re.MULTILINE)
    assert [file for _, file in rows] == sorted(path.name for path in (DOCS / "decisions").glob("0*.md"))
    for number, file in rows:
        assert file.startswith(f"{number}-")
        assert page(f"docs/decisions/{file}").startswith(f"# {number}: ")


def _names(path: Path) -> Iterator[Name]:
    """The module, and what it defines: ``("hub", "hub", "Hub", "receive")``."""

    def inside(node: ast.AST, outer: Name) -> Iterator[Name]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                yield (*outer, child.name)
                if isinstance(child, ast.ClassDef):
                    yield from inside(child, (*outer, child.name))

    module = path.relative_to(SERVER).with_suffix("").parts
    yield module
    yield from inside(ast.parse(path.read_bytes()), module)


@cache
def names() -> set[Name]:
    return {name for path in SERVER.rglob("*.py") for name in _names(path)}


def is_there(words: str) -> bool:
    """Whether ``hub.Hub.receive`` is a name of the server; the modules between may be left out."""
    parts = words.split(".")
    for name in names():
        rest = iter(name)
        if name[-1] == parts[-1] and all(part in rest for part in parts):
            return True
    return False


def test_each_function_on_the_way_of_a_post_is_there() -> None:
    text = page("docs/explanation/life-of-a-post.md")
    diagram = text.split("```")[1]
    code = [diagram, *re.findall(r"`([^`\n]+)`", text.replace(diagram, ""))]
    dotted = {name for part in code for name in re.findall(r"\b(?:[A-Za-z_]\w*\.)+[A-Za-z_]\w*\b", part)}
    classes = {part for part in code if re.fullmatch(r"[A-Z][a-z]\w+", part)}
    assert len(dotted | classes) >= 20
    assert {name for name in dotted | classes if not is_there(name)} == set()


def test_layout_names_each_part_of_the_server() -> None:
    block = page("docs/explanation/layout.md").split("```")[1]
    [server] = re.findall(r"^server/tertulia_server/\n((?:  .*\n)+)", block, re.MULTILINE)
    named = set(re.findall(r"(?:^|  )(\w+/|\w+\.py)(?=  )", server, re.MULTILINE))
    lowest = {f"{name}.py" for name in server.split("  floor 0")[0].split()}
    folders = {f"{path.parent.name}/" for path in SERVER.glob("*/__init__.py")}
    assert named | lowest == folders | {path.name for path in SERVER.glob("[a-z]*.py")}
