"""Write the generated files of the reference, or say which of them are out of date.

python scripts/reference.py            write what has changed
python scripts/reference.py --check    write nothing; exit status 1 if something would change
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from asyncapi_document import asyncapi_document
from client_page import client_page
from protocol_blocks import example_vectors, fill
from transcripts import transcripts

ROOT: Final = Path(__file__).resolve().parent.parent
REFERENCE: Final = ROOT / "docs" / "reference"
PAGE: Final = REFERENCE / "protocol.md"
TRANSCRIPTS: Final = ROOT / "tests" / "conformance" / "transcripts"


def generated() -> dict[Path, str]:
    """Every generated file with the content that it should have."""
    files = {path: _json_text(make()) for path, make in _DOCUMENTS.items()}
    files |= {TRANSCRIPTS / f"{script['name']}.json": _json_text(script) for script in transcripts()}
    files[PAGE] = fill(PAGE.read_text(encoding="utf-8"))
    files[REFERENCE / "metrics.md"] = _metrics_page()
    files[REFERENCE / "client.md"] = client_page()
    return files


def outdated() -> list[Path]:
    """The files whose content is another, those that are missing, and transcripts that nothing makes any more."""
    files = generated()
    changed = [path for path, text in files.items() if not path.is_file() or path.read_text(encoding="utf-8") != text]
    return changed + [path for path in TRANSCRIPTS.glob("*.json") if path not in files]


def write() -> list[Path]:
    """Bring all files up to date; the ones that changed."""
    changed = outdated()
    files = generated()
    for path in changed:
        if path in files:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(files[path], encoding="utf-8")
        else:
            path.unlink()
    return changed


def _openapi_document() -> dict[str, Any]:
    from tertulia_server.web.openapi import openapi_document

    return openapi_document()


def _metrics_page() -> str:
    from metrics_page import metrics_page

    return metrics_page()


_DOCUMENTS: Final[dict[Path, Callable[[], Any]]] = {
    REFERENCE / "asyncapi.json": asyncapi_document,
    REFERENCE / "openapi.json": _openapi_document,
    REFERENCE / "examples.json": example_vectors,
}


def _json_text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def main(arguments: list[str] | None = None) -> int:
    """The exit status."""
    parser = argparse.ArgumentParser(description="Generated files of the reference.")
    parser.add_argument("--check", action="store_true", help="write nothing, only say what would change")
    is_check = parser.parse_args(arguments).check
    changed = outdated() if is_check else write()
    for path in changed:
        print(f"{'out of date' if is_check else 'written'}: {path.relative_to(ROOT)}")
    return 1 if is_check and changed else 0


if __name__ == "__main__":
    sys.exit(main())
