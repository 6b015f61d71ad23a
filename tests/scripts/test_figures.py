"""`make bench` starts the bench in the checkout."""

from __future__ import annotations

import sys

import pytest

import environment
import figures


def test_bench_runs_in_the_checkout_and_gives_its_status(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory, capfd: pytest.CaptureFixture[str]
) -> None:
    checkout = tmp_path_factory.mktemp("checkout")
    checkout.joinpath("bench").mkdir()
    checkout.joinpath("bench", "__main__.py").write_text("import sys\nprint(*sys.argv[1:], flush=True)\nsys.exit(3)\n")
    monkeypatch.setattr(environment, "ROOT", checkout)
    monkeypatch.setattr(environment, "PYTHON", sys.executable)
    assert figures.run([]) == 3
    assert figures.run(["--sockets", "10"]) == 3
    assert capfd.readouterr().out == "--save\n--sockets 10\n"
