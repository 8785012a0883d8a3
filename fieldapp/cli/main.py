"""The command line as a whole: finds the command, runs it, and turns whatever it raises into words and an exit status.

Exit status: 0 done, 1 refused or damaged, 2 wrong usage (also a value that does not fit its field), 130 stopped.

The code of a command is loaded when it is called, so that `fieldapp --help` answers at once: that is why the loaders
import inside functions. Nothing below imports upwards, so no cycle hides there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

from fieldapp import __version__
from fieldapp.cli import interrupts, refusals, terminal
from fieldapp.cli.commands import COMMANDS
from fieldapp.cli.options import new_app
from fieldapp.cli.typer_words import lend_words, speaking, with_near
from fieldapp.i18n import _

PROGRAM = "fieldapp"

Version = Annotated[bool, typer.Option("--version", help=_("Print the version of the program."))]


def run(arguments: Sequence[str]) -> int:
    """Run one command line. Gives the exit status; nothing is raised, and no traceback is ever shown."""
    terminal.prepare_streams()
    lend_words()
    as_json = "--json" in arguments
    try:
        with interrupts.noticed():
            return _called(arguments)
    except BrokenPipeError:
        terminal.let_go_of_streams()
        return refusals.DONE
    except typer.Exit as end:
        return end.exit_code
    except (KeyboardInterrupt, EOFError, typer.Abort):
        return refusals.tell_stopped(as_json=as_json)
    except typer.TyperException as wrong:
        return refusals.tell_usage(wrong, as_json=as_json)
    except Exception as error:  # noqa: BLE001 - the end of the command line: nothing passes it as a traceback
        return refusals.tell(error, as_json=as_json)


def _called(arguments: Sequence[str]) -> int:
    root = _root()
    with root.make_context(PROGRAM, list(arguments)) as context:
        root.invoke(context)
    return refusals.DONE


class _Commands(TyperGroup):
    """All commands under their headings; each is loaded when it is called."""

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002 - as in the class above
        """The command or group of commands of that name, or None."""
        listed = COMMANDS.get(cmd_name)
        if listed is None:
            return None
        group = speaking(get_command(_LOADERS[listed.file]()))
        return group.commands.get(cmd_name, group) if isinstance(group, TyperGroup) else group

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command that the arguments begin with; a near miss is told what it may have meant."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            told = _("No such command {name!r}.").format(name=args[0])
            ctx.fail(with_near(told, get_close_matches(args[0], COMMANDS)))
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002 - as in the class above
        """The names and lines of all commands, for the help."""
        for panel in dict.fromkeys(listed.panel for listed in COMMANDS.values()):
            with formatter.section(_(panel)):
                rows = [(name, _(listed.line)) for name, listed in COMMANDS.items() if listed.panel == panel]
                formatter.write_dl(rows)


def _root() -> TyperGroup:
    app = new_app()
    app.callback(
        cls=_Commands,
        invoke_without_command=True,
        help=_("An offline, encrypted archive of testimonies. `fieldapp VAULT` opens the window."),
        epilog=_("`fieldapp COMMAND --help` tells about one command, with an example."),
    )(_program)
    root = get_command(app)
    assert isinstance(root, TyperGroup)
    speaking(root)
    return root


def _program(context: typer.Context, *, version: Version = False) -> None:
    if version:
        terminal.say(f"Field App {__version__}")
    elif context.invoked_subcommand is None:
        context.fail(_("Which command?"))


def _vaults() -> typer.Typer:
    from fieldapp.cli import vaults  # noqa: PLC0415 - start-up time

    return vaults.app


def _machine() -> typer.Typer:
    from fieldapp.cli import machine  # noqa: PLC0415 - start-up time

    return machine.app


def _backup() -> typer.Typer:
    from fieldapp.cli import backup  # noqa: PLC0415 - start-up time

    return backup.app


def _check() -> typer.Typer:
    from fieldapp.cli import check  # noqa: PLC0415 - start-up time

    return check.app


def _destroying() -> typer.Typer:
    from fieldapp.cli import destroying  # noqa: PLC0415 - start-up time

    return destroying.app


def _records() -> typer.Typer:
    from fieldapp.cli import records  # noqa: PLC0415 - start-up time

    return records.app


def _reading() -> typer.Typer:
    from fieldapp.cli import reading  # noqa: PLC0415 - start-up time

    return reading.app


def _files() -> typer.Typer:
    from fieldapp.cli import files  # noqa: PLC0415 - start-up time

    return files.app


def _desk() -> typer.Typer:
    from fieldapp.cli import desk  # noqa: PLC0415 - start-up time

    return desk.app


def _erasing() -> typer.Typer:
    from fieldapp.cli import erasing  # noqa: PLC0415 - start-up time

    return erasing.app


def _tasks() -> typer.Typer:
    from fieldapp.cli import tasks  # noqa: PLC0415 - start-up time

    return tasks.app


def _identity() -> typer.Typer:
    from fieldapp.cli import identity  # noqa: PLC0415 - start-up time

    return identity.app


def _quarantine() -> typer.Typer:
    from fieldapp.cli import quarantine  # noqa: PLC0415 - start-up time

    return quarantine.app


def _alarms() -> typer.Typer:
    from fieldapp.cli import alarms  # noqa: PLC0415 - start-up time

    return alarms.app


def _writers() -> typer.Typer:
    from fieldapp.cli import writers  # noqa: PLC0415 - start-up time

    return writers.app


def _escrow() -> typer.Typer:
    from fieldapp.cli import escrow  # noqa: PLC0415 - start-up time

    return escrow.app


def _rekey() -> typer.Typer:
    from fieldapp.cli import rekey  # noqa: PLC0415 - start-up time

    return rekey.app


def _bundle() -> typer.Typer:
    from fieldapp.cli import bundle  # noqa: PLC0415 - start-up time

    return bundle.app


_LOADERS: Mapping[str, Callable[[], typer.Typer]] = {
    "vaults": _vaults,
    "rekey": _rekey,
    "writers": _writers,
    "escrow": _escrow,
    "backup": _backup,
    "check": _check,
    "destroying": _destroying,
    "machine": _machine,
    "records": _records,
    "reading": _reading,
    "files": _files,
    "desk": _desk,
    "erasing": _erasing,
    "tasks": _tasks,
    "identity": _identity,
    "bundle": _bundle,
    "quarantine": _quarantine,
    "alarms": _alarms,
}
