"""Arguments and options that several commands share, and the plain look of their help."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from fieldapp.i18n import _

Vault = Annotated[Path, typer.Argument(metavar="VAULT", help=_("The folder of the vault."), show_default=False)]

RecordPrefix = Annotated[
    str,
    typer.Argument(
        metavar="ID", help=_("The id of a record, or the beginning of it: 4 digits or more."), show_default=False
    ),
]

PassphraseFd = Annotated[
    int | None,
    typer.Option(
        "--passphrase-fd",
        metavar="N",
        min=0,
        help=_("Read the passphrase from the first line of file descriptor N, and ask nothing."),
        show_default=False,
    ),
]

NewPassphraseFd = Annotated[
    int | None,
    typer.Option(
        "--new-passphrase-fd",
        metavar="N",
        min=0,
        help=_("Read the new passphrase from the next line of file descriptor N."),
        show_default=False,
    ),
]

AsJson = Annotated[bool, typer.Option("--json", help=_("Print JSON, for scripts."))]

Output = Annotated[
    Path,
    typer.Option(
        "--output", "-o", metavar="FILE", help=_("A new file. What is there is never overwritten."), show_default=False
    ),
]

Yes = Annotated[bool, typer.Option("--yes", help=_("Do not ask whether you are sure."))]


PLAIN: dict[str, Any] = {
    "rich_markup_mode": None,
    "add_completion": False,
    "pretty_exceptions_enable": False,
    "suggest_commands": False,
}
"""How every group of commands is made: help and errors are plain text, since words of others stand in them.

Near misses are told by `main.py`, in the language in use.
"""


def new_app() -> typer.Typer:
    """A group of commands."""
    return typer.Typer(**PLAIN)


def example(*lines: str) -> str:
    """The end of a command's help: how to call it, kept line by line."""
    return "\n".join(["\b", _("Example:"), *(f"  {line}" for line in lines)])
