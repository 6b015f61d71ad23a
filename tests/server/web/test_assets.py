from __future__ import annotations

import gzip
import os
from pathlib import Path

import pytest

from tertulia_server.web.assets import BUILD_LOOK_S, STATIC_FOLDER, STYLE, STYLE_FOLDER, STYLE_PARTS, Assets, Build
from tests.server.web.site import Browser

MAX_STYLE_BYTES = 30_000


def test_address_changes_with_the_content(tmp_path: Path) -> None:
    path = tmp_path / "style.css"
    assets = Assets(tmp_path)
    path.write_text("a {}")
    before = assets.address("style.css")
    path.write_text("b {}")
    os.utime(path, ns=(1, 1))
    assert assets.address("style.css") != before
    assert before.startswith("/static/style.css?v=")


def test_address_of_a_file_that_was_not_built_is_none(tmp_path: Path) -> None:
    assert Assets(tmp_path).find_address("dist/page.js") is None


async def test_file_under_its_version_is_kept_for_ever(guest: Browser) -> None:
    answer = await guest.get(Assets().address("tertulia.css"))
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"


async def test_file_under_another_version_is_asked_for_again(guest: Browser) -> None:
    for address in ("/static/tertulia.css", "/static/tertulia.css?v=0"):
        answer = await guest.get(address)
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "no-cache"


async def test_file_that_is_not_there_or_outside_is_not_found(guest: Browser) -> None:
    for address in ("/static/none.css", "/static/../pages.py", "/static/%2e%2e/pages.py", "/static"):
        assert (await guest.get(address)).status_code in {404, 307}


def test_style_stays_small() -> None:
    assert len(Assets().packed(STYLE) or b"") < MAX_STYLE_BYTES


def test_style_is_all_of_its_parts_each_a_sheet_of_its_own() -> None:
    parts = {path.stem: path.read_text() for path in (STATIC_FOLDER / STYLE_FOLDER).iterdir()}
    assert set(parts) == set(STYLE_PARTS)
    assert Assets().content(STYLE).decode() == "".join(parts[name] for name in STYLE_PARTS)
    for name, text in parts.items():
        assert text.startswith("/* "), name
        assert text.count("{") == text.count("}"), name
        assert text.endswith("}\n"), name


def test_build_is_named_by_contents_and_looked_for_now_and_then(tmp_path: Path) -> None:
    now_s = 0.0
    build = Build(tmp_path, clock=lambda: now_s)
    (tmp_path / "a.html").write_text("a")
    first = build.name
    (tmp_path / "a.html").write_text("b")
    os.utime(tmp_path / "a.html", ns=(1, 1))
    assert build.name == first
    now_s += BUILD_LOOK_S
    second = build.name
    assert second != first
    os.utime(tmp_path / "a.html", ns=(2, 2))
    now_s += BUILD_LOOK_S
    assert build.name == second


def test_build_under_other_rules_has_another_name(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text("a")
    assert Build(tmp_path, rules=1).name != Build(tmp_path, rules=2).name


@pytest.mark.parametrize("name", ["tertulia.css", "mark.svg"])
async def test_file_is_sent_compressed_to_those_who_take_it(guest: Browser, name: str) -> None:
    path = f"/static/{name}"
    packed = await guest.get(path, headers={"accept-encoding": "gzip"})
    plain = await guest.get(path, headers={"accept-encoding": "identity"})
    assert (packed.headers["content-encoding"], plain.headers.get("content-encoding")) == ("gzip", None)
    assert packed.content == plain.content == Assets().content(name)
    assert int(packed.headers["content-length"]) < int(plain.headers["content-length"])
    assert packed.headers["content-type"] == plain.headers["content-type"]
    for answer in (packed, plain):
        assert answer.headers["vary"] == "Accept-Encoding"
    assert packed.headers["etag"] != plain.headers["etag"]
    for encoding, answer in (("gzip", packed), ("identity", plain)):
        headers = {"accept-encoding": encoding, "if-none-match": answer.headers["etag"]}
        assert (await guest.get(path, headers=headers)).status_code == 304


def test_packed_file_follows_its_changes(tmp_path: Path) -> None:
    path = tmp_path / "style.css"
    assets = Assets(tmp_path)
    path.write_text("a {}")
    assert gzip.decompress(assets.packed("style.css") or b"") == b"a {}"
    path.write_text("b {}")
    os.utime(path, ns=(1, 1))
    assert gzip.decompress(assets.packed("style.css") or b"") == b"b {}"
    assert assets.packed("picture.png") is None
