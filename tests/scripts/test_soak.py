"""`make soak` starts the soak of the tests with the caller's settings."""

from __future__ import annotations

import sys

import pytest

import environment
import soak


def test_soak_runs_in_the_checkout_and_gives_its_status(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory, capfd: pytest.CaptureFixture[str]
) -> None:
    checkout = tmp_path_factory.mktemp("checkout")
    package = checkout / "tests" / "soak"
    package.mkdir(parents=True)
    package.joinpath("__main__.py").write_text(
        "import os, sys, programs\nprint(os.environ['MINUTES'], programs.WORD, flush=True)\nsys.exit(3)\n"
    )
    checkout.joinpath("scripts").mkdir()
    checkout.joinpath("scripts", "programs.py").write_text("WORD = 'found'\n")
    monkeypatch.setattr(environment, "ROOT", checkout)
    monkeypatch.setattr(environment, "PYTHON", sys.executable)
    monkeypatch.setenv("MINUTES", "7")
    assert soak.run() == 3
    assert capfd.readouterr().out == "7 found\n"
