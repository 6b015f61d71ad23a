"""The project's commands: `python3 scripts/dev.py help`. `make` only calls this file.

Needs nothing but a Python; this file and interpreter.py also start on one that is too old, to say so.
"""

from __future__ import annotations

import sys

import interpreter

HELP = """\
Tertulia: a discussion server whose pages are alive.

  make run         serve a living demo forum on http://127.0.0.1:8000   (PORT=8001 make run: elsewhere)
  make test        every check and every test, against real servers     (ALLOW_MISSING=1: even without some)
  make test-long   the same, then the long tests
  make soak        the promise under faults, with a table at the end    (MINUTES=10 SEED=1 STORE=sqlite make soak)
  make bench       what deliveries, connections, posts and pages cost, beside their floors; takes ten minutes
  make setup       only prepare ./.venv and build the script of the page
  make programs    install what the tests need from the system: Redis, nginx, Chromium (as root, by apt-get)
  make help        this text

PYTHON=/path/to/python3.12 make ...   uses that Python (3.11 or newer).
`python3 scripts/dev.py run` and so on do the same without make. Words after `test` go to pytest:
`python3 scripts/dev.py test tests/wire -k cursor` sets up, then runs only these tests."""


def main(arguments: list[str]) -> int:
    """Run one command and return its exit status; 2 is for what the caller can mend."""
    command = arguments[0] if arguments else "help"
    if command in {"help", "--help", "-h"}:
        print(HELP)
        return 0
    if command not in {"run", "test", "test-long", "soak", "bench", "setup", "programs"}:
        print(f"There is no command {command!r}; `make help` lists them.", file=sys.stderr)
        return 2
    interpreter.ensure(arguments)
    import commands  # only now: the rest is written for the Python that was just ensured

    return commands.run(command, arguments[1:])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
