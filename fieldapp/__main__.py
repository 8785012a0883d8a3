"""`python -m fieldapp`: the window, or one command. The first acts are to leave the network and to harden the process.

Either half is imported only when it is wanted: the window needs no typer and no rich, a command needs no Qt.
"""

from __future__ import annotations

import sys
from pathlib import Path

from fieldapp.cli.commands import opens_window
from fieldapp.i18n import language_of_environment, use_language
from fieldapp.system import harden_process
from fieldapp.system.network import leave_network
from fieldapp.system.sockets import refuse_sockets


def main() -> int:
    """Do what the command line says. Gives the exit status."""
    leave_network()
    harden_process()
    refuse_sockets()
    use_language(language_of_environment())
    arguments = sys.argv[1:]
    if opens_window(arguments):
        return _open_window(arguments)
    return _run_command(arguments)


def _open_window(arguments: list[str]) -> int:
    from fieldapp.ui import application  # noqa: PLC0415 - start-up time: a command needs no Qt

    return application.run(Path(arguments[0]) if arguments else None)


def _run_command(arguments: list[str]) -> int:
    from fieldapp.cli import main as command_line  # noqa: PLC0415 - start-up time: the window needs no typer

    return command_line.run(arguments)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:  # while still loading
        sys.exit(130)
