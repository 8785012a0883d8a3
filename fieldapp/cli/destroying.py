"""`destroy`: the end of a vault."""

from __future__ import annotations

import typer

from fieldapp.cli.options import AsJson, Vault, Yes, example, new_app
from fieldapp.cli.terminal import ask, complain, is_asking_possible, say, say_json
from fieldapp.errors import CancelledError
from fieldapp.i18n import _, ngettext
from fieldapp.services.safety import destroying

app = new_app()


@app.command(
    "destroy",
    help=_(
        "Destroy a vault for good. No passphrase is asked. It cannot reach what you handed over, backups and other"
        " copies, and what a disk keeps of what was overwritten. What is not the vault's stays in its folder."
    ),
    epilog=example("fieldapp destroy field-vault"),
)
def destroy(vault: Vault, *, yes: Yes = False, as_json: AsJson = False) -> None:
    destroying.expect_something(vault)
    complain(
        _(
            "This destroys everything in the vault, and nobody can undo it. What was handed over, and what is in a "
            "backup, cannot be told while it is locked."
        )
    )
    _confirm(vault.resolve().name, yes=yes)
    destroying.destroy(vault)
    foreign = destroying.foreign_files(vault)
    if as_json:
        say_json({"destroyed": True, "foreign": foreign})
        return
    say(_("The vault is destroyed."))
    if foreign:
        words = ngettext(
            "%(count)d file in the folder is not the vault's, and is still there.",
            "%(count)d files in the folder are not the vault's, and are still there.",
            foreign,
        )
        complain(words % {"count": foreign})


def _confirm(name: str, *, yes: bool) -> None:
    """Go on only with the folder's name, typed at a terminal, or `--yes`. Raises CancelledError, wrong usage."""
    if yes:
        return
    if not is_asking_possible():
        raise typer.BadParameter(_("There is no terminal to ask at: give --yes if you are sure."))
    if ask(_("Type the name of the folder to go on (%s):") % name).strip() != name:
        raise CancelledError
