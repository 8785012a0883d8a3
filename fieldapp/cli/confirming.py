"""Before something leaves the vault's protection: a warning always, a question at a terminal."""

from __future__ import annotations

import typer

from fieldapp.cli.terminal import ask, complain, is_asking_possible
from fieldapp.errors import CancelledError
from fieldapp.i18n import _


def confirm(warning: str, *, yes: bool) -> None:
    """Warn, and go on only with a yes: from `--yes`, or typed at a terminal. Raises CancelledError, wrong usage."""
    complain(warning)
    if yes:
        return
    if not is_asking_possible():
        raise typer.BadParameter(_("There is no terminal to ask at: give --yes if you are sure."))
    if ask(_("Type yes to go on:")).strip().lower() not in {"yes", _("yes")}:
        raise CancelledError
