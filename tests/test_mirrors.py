"""The shape of the tree: every module has its test, nothing grows too long, no name says nothing."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parent.parent

MIRRORS: Final = {
    "wire/tertulia_wire": "tests/wire",
    "server/tertulia_server": "tests/server",
    "client/tertulia_client": "tests/client",
    "scripts": "tests/scripts",
}

WITHOUT_TEST: Final = {
    "server/tertulia_server/store/port.py": "a port: its contract suite is tests/contract/test_store.py",
    "server/tertulia_server/broker/port.py": "a port: its contract suite is tests/contract/test_broker.py",
    "server/tertulia_server/hub/sink.py": "a port: its contract suite is tests/contract/test_sink.py",
    "server/tertulia_server/hub/ports.py": "ports: every test of the hub stands on a virtual clock and a fake log",
    "server/tertulia_server/web/operations.py": "one value; its table is tested in tests/server/web/test_api.py",
    "wire/tertulia_wire/version.py": "two constants",
    "wire/tertulia_wire/limits.py": "constants; each is tested where it acts",
    "wire/tertulia_wire/data.py": "types only",
}

MAX_FILE_LINES: Final = 400
MAX_FUNCTION_LINES: Final = 60
EMPTY_NAMES: Final = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "managers", "base"}


def _modules(folder: str) -> list[str]:
    return sorted(str(path.relative_to(ROOT)) for path in ROOT.joinpath(folder).rglob("*.py"))


SOURCES: Final = [module for folder in MIRRORS for module in _modules(folder)] + ["hatch_build.py"]
TESTS: Final = _modules("tests") + _modules("bench")


def _has_code(module: str) -> bool:
    """Whether there is a function, or a class with one: declarations alone need no test of their own."""
    tree = ast.parse(ROOT.joinpath(module).read_bytes())
    return any(isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) for node in ast.walk(tree))


def _mirror(module: str) -> Path | None:
    for source, tests in MIRRORS.items():
        if module.startswith(f"{source}/"):
            path = Path(module).relative_to(source)
            return ROOT / tests / path.with_name(f"test_{path.name}")
    return None


@pytest.mark.parametrize("module", SOURCES)
def test_module_with_code_has_its_test_file(module: str) -> None:
    mirror = _mirror(module)
    if mirror is None or module in WITHOUT_TEST or not _has_code(module):
        return
    assert mirror.is_file(), f"{module} has no {mirror.relative_to(ROOT)}"


@pytest.mark.parametrize("module", sorted(WITHOUT_TEST))
def test_module_that_needs_no_test_is_still_there(module: str) -> None:
    assert ROOT.joinpath(module).is_file()


@pytest.mark.parametrize("module", SOURCES + TESTS)
def test_file_stays_readable_in_one_sitting(module: str) -> None:
    assert len(ROOT.joinpath(module).read_text(encoding="utf-8").splitlines()) <= MAX_FILE_LINES


@pytest.mark.parametrize("module", SOURCES)
def test_function_fits_on_one_screen(module: str) -> None:
    tree = ast.parse(ROOT.joinpath(module).read_bytes())
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    lengths = {node.name: (node.end_lineno or node.lineno) - node.lineno + 1 for node in functions}
    assert {name: lines for name, lines in lengths.items() if lines > MAX_FUNCTION_LINES} == {}


@pytest.mark.parametrize("module", SOURCES + TESTS)
def test_module_name_says_what_it_holds(module: str) -> None:
    words = {word for part in Path(module).with_suffix("").parts for word in part.lower().split("_")}
    assert not words & EMPTY_NAMES
