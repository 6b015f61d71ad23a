"""The one command `tertulia`: finds the command that is asked for, runs it, and turns errors into one sentence."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from difflib import get_close_matches
from importlib import import_module
from typing import Final

from tertulia_client.cli.commands import COMMANDS, Command, Heading, find_command
from tertulia_wire.codes import Code
from tertulia_wire.version import __version__

DEBUG_VARIABLE: Final = "TERTULIA_DEBUG"
"""Set to anything, errors come with their traceback."""

STATUS_REFUSED: Final = 2
"""Exit status for what the caller can mend: a wrong option, a refusal, a missing part. A fault of ours gives 1."""

STATUS_INTERRUPTED: Final = 130
"""What a shell expects after Ctrl-C: 128 and the number of SIGINT."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit with its status; ``arguments`` are those of the process unless given."""
    sys.exit(run(list(sys.argv[1:] if arguments is None else arguments)))


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit status. Nothing but a debugging run raises."""
    if not arguments or arguments[0] in {"--help", "-h", "help"}:
        print(overview())
        return 0
    if arguments[0] in {"--version", "version"}:
        print(f"tertulia {__version__}")
        return 0
    command = find_command(arguments)
    if command is None:
        return _complain(_unknown(arguments[0]))
    return _run_command(command, list(arguments[len(command.name.split()) :]))


def overview() -> str:
    """The text of `tertulia --help`: the commands by heading, one line each."""
    lines = ["tertulia: a discussion server whose pages are alive.", "", "Usage: tertulia COMMAND [OPTIONS]"]
    for heading in (Heading.SERVER, Heading.CLIENT):
        lines += ["", f"{heading.value}:"]
        lines += [f"  {command.name:<10} {command.summary}" for command in COMMANDS if command.heading is heading]
    lines += ["", "`tertulia COMMAND --help` says more; `tertulia --version` prints the version."]
    return "\n".join(lines)


def _unknown(name: str) -> str:
    near = get_close_matches(name, [command.name for command in COMMANDS if command.heading is not Heading.HIDDEN], 1)
    hint = f"Did you mean `tertulia {near[0]}`?" if near else "`tertulia --help` lists the commands."
    return f"There is no command {name!r}. {hint}"


def _complain(sentence: str, status: int = STATUS_REFUSED) -> int:
    print(f"tertulia: {sentence}", file=sys.stderr)
    return status


def _run_command(command: Command, arguments: list[str]) -> int:
    try:
        target = getattr(import_module(command.module), command.attribute)
    except ModuleNotFoundError as error:
        if DEBUG_VARIABLE in os.environ:
            raise
        return _complain(_missing_part(command, error))
    import typer

    try:
        status = _as_application(command, target)(
            args=arguments, prog_name=f"tertulia {command.name}", standalone_mode=False
        )
    except typer.TyperException as error:
        said = error.format_message()  # nothing when the help was shown instead
        return _complain(f"{said} `tertulia {command.name} --help` says more.") if said else STATUS_REFUSED
    except (KeyboardInterrupt, typer.Abort):
        return STATUS_INTERRUPTED
    except BrokenPipeError:
        return _leave_closed_pipe()
    except Exception as error:  # noqa: BLE001 - the last line of defence: a person gets a sentence, not a traceback
        return _explain(error)
    return status if isinstance(status, int) else 0


def _missing_part(command: Command, error: ModuleNotFoundError) -> str:
    if command.extra and not (error.name or "").startswith("tertulia_"):
        return f"This command needs the server: pip install 'tertulia[{command.extra}]'"
    return f"A part of this installation is missing: {error.name}. Install tertulia again."


def _as_application(command: Command, target: object) -> Callable[..., object]:
    """A typer application of one command, or the group itself."""
    import typer

    if isinstance(target, typer.Typer):
        return target
    if not callable(target):
        raise TypeError(f"{command.module}.{command.attribute} is no command")
    application = typer.Typer(add_completion=False)
    application.command(help=target.__doc__ or command.summary)(target)
    return application


def _leave_closed_pipe() -> int:
    """The reader of our output went away (as `head` does): nothing more may be written, not even at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _explain(error: Exception) -> int:
    """One sentence for any error: those of ours carry a `Code` and their own sentence."""
    if DEBUG_VARIABLE in os.environ:
        raise error
    if isinstance(getattr(error, "code", None), Code):
        return _complain(str(error))
    kind = type(error).__name__
    return _complain(f"Unexpected {kind}: {error} (set {DEBUG_VARIABLE}=1 to see where)", status=1)
