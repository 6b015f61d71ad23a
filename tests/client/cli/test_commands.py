"""The table of commands."""

from __future__ import annotations

from importlib import import_module

import pytest
import typer

from tertulia_client.cli.commands import COMMANDS, Command, Heading, find_command


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_command_in_the_table_is_where_it_says(command: Command) -> None:
    target = getattr(import_module(command.module), command.attribute)
    assert callable(target) or isinstance(target, typer.Typer)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_command_of_the_server_names_its_extra(command: Command) -> None:
    assert (command.extra == "server") == command.module.startswith("tertulia_server.")


def test_command_is_found_by_its_name_only() -> None:
    assert {command.name for command in COMMANDS} >= {"serve", "import", "tail", "post", "load"}
    found = find_command(["serve", "--port", "1"])
    assert found is not None
    assert found.heading is Heading.SERVER
    assert find_command(["SERVE"]) is None
    assert find_command([]) is None


def test_command_of_two_words_comes_before_its_group() -> None:
    longer = find_command(["bot", "create", "Name"])
    assert longer is not None
    assert (longer.name, longer.heading) == ("bot create", Heading.SERVER)
    group = find_command(["bot", "new"])
    assert group is not None
    assert group.name == "bot"
