"""The root of the command line: what it finds, and what people read when something is wrong."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType
from typing import Annotated

import pytest
import typer

from tertulia_client.cli import commands, main
from tertulia_client.cli.commands import COMMANDS, Command, Heading
from tertulia_wire.codes import Code
from tertulia_wire.errors import WireError
from tertulia_wire.version import __version__


def greet(name: str, times: Annotated[int, typer.Option()] = 1) -> None:
    """Greet somebody."""
    print("Good day, " * times + name)


def refuse() -> None:
    raise WireError(Code.FORBIDDEN, "Not by you.")


def fail() -> None:
    raise KeyError("lost")


def interrupt() -> None:
    raise KeyboardInterrupt


def leave() -> None:
    raise typer.Exit(3)


group = typer.Typer(no_args_is_help=True)


@group.command("first")
def first() -> None:
    """The first."""
    print("first was run")


@group.command("second")
def second() -> None:
    """The second."""


@pytest.fixture(autouse=True)
def commands_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("tertulia_commands_of_a_test")
    names = ("greet", "refuse", "fail", "interrupt", "leave", "group")
    for name in names:
        setattr(module, name, globals()[name])
    monkeypatch.setitem(sys.modules, module.__name__, module)
    table = [Command(name, Heading.CLIENT, f"To {name}.", module.__name__, name) for name in names]
    absent = Command("absent", Heading.SERVER, "Is not there.", "a_library_that_is_missing", "absent", "server")
    broken = Command("broken", Heading.CLIENT, "Is not there.", "tertulia_client.cli.of_no_such_name", "broken")
    monkeypatch.setattr(commands, "COMMANDS", (*table, absent, broken))
    monkeypatch.delenv(main.DEBUG_VARIABLE, raising=False)


def test_no_command_prints_the_overview_with_each_command_on_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run([]) == 0
    lines = capsys.readouterr().out.splitlines()
    for command in COMMANDS:
        assert (command.heading is Heading.HIDDEN) != any(line.startswith(f"  {command.name} ") for line in lines)
    assert max(len(line) for line in lines) <= 80


@pytest.mark.parametrize("word", ["--help", "-h", "help"])
def test_help_is_the_overview(word: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run([word]) == 0
    assert capsys.readouterr().out.strip() == main.overview()


def test_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["--version"]) == 0
    assert capsys.readouterr().out == f"tertulia {__version__}\n"


def test_command_gets_its_words_and_options(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["greet", "Ana", "--times", "2"]) == 0
    assert capsys.readouterr().out == "Good day, Good day, Ana\n"


def test_group_runs_the_command_inside_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["group", "first"]) == 0
    assert capsys.readouterr().out == "first was run\n"


def test_group_without_a_command_shows_its_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["group"]) == 2
    output = capsys.readouterr()
    assert "first" in output.out
    assert output.err == ""


def test_unknown_command_names_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["serv"]) == 2
    assert "`tertulia serve`" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["greet"], ["greet", "a", "--times", "many"], ["greet", "a", "--tmes", "2"]])
def test_wrong_options_give_one_sentence_and_status_2(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(words) == 2
    error = capsys.readouterr().err
    assert error.startswith("tertulia: ")
    assert error.count("\n") == 1


def test_missing_library_of_the_server_names_the_extra(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["absent"]) == 2
    assert "pip install 'tertulia[server]'" in capsys.readouterr().err


def test_missing_part_of_ours_is_not_put_down_to_the_extra(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["broken"]) == 2
    error = capsys.readouterr().err
    assert "tertulia_client.cli.of_no_such_name" in error
    assert "[server]" not in error


def test_refusal_prints_its_own_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["refuse"]) == 2
    assert capsys.readouterr().err == "tertulia: Not by you.\n"


def test_fault_of_ours_prints_one_line_and_status_1(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["fail"]) == 1
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "Traceback" not in error
    assert main.DEBUG_VARIABLE in error


def test_fault_of_ours_raises_when_debugging(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(main.DEBUG_VARIABLE, "1")
    with pytest.raises(KeyError):
        main.run(["fail"])


def test_interrupted_command_ends_with_the_status_of_ctrl_c() -> None:
    assert main.run(["interrupt"]) == main.STATUS_INTERRUPTED


def test_status_of_a_command_is_passed_on() -> None:
    assert main.run(["leave"]) == 3


def test_main_exits_with_the_status() -> None:
    with pytest.raises(SystemExit) as ended:
        main.main(["serv"])
    assert ended.value.code == 2


def test_module_is_the_command(tmp_path: Path) -> None:
    import subprocess

    answer = subprocess.run(
        [sys.executable, "-m", "tertulia_client", "--version"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert answer.stdout == f"tertulia {__version__}\n"
