"""`backup`; and what `restore` does with the file that it makes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fieldapp.cli import opening, shapes
from fieldapp.cli.options import AsJson, PassphraseFd, Vault, example, new_app
from fieldapp.cli.terminal import complain, say, say_json
from fieldapp.cli.watching import watched
from fieldapp.i18n import _, ngettext
from fieldapp.messages import backed_up, restored
from fieldapp.services.archive import Archive
from fieldapp.services.safety import backups
from fieldapp.services.safety.backups import Restored, State, Written
from fieldapp.services.ways import Way

app = new_app()

File = Annotated[
    Path | None,
    typer.Argument(metavar="[FILE]", help=_("The backup: a new file, or that of before."), show_default=False),
]
Full = Annotated[bool, typer.Option("--full", help=_("Write the whole file anew; earlier states in it go."))]
Quick = Annotated[bool, typer.Option("--quick", help=_("Read back only what is new, and not the whole file."))]

_MEGABYTE = 1_000_000


@app.command(
    "backup",
    help=_(
        "Copy the vault into one encrypted file, and read it back. Later backups into the same file add what is new."
        " Earlier states in it keep what you erase, until the next backup, which then writes the file anew."
        " Without FILE: tells when the last one was made."
    ),
    epilog=example("fieldapp backup field-vault stick/field.backup", "fieldapp backup field-vault"),
)
def backup(
    vault: Vault,
    file: File = None,
    *,
    full: Full = False,
    quick: Quick = False,
    passphrase_fd: PassphraseFd = None,
    as_json: AsJson = False,
) -> None:
    with opening.opened(vault, passphrase_fd) as archive:
        if file is None:
            _tell_state(backups.state(archive), as_json=as_json)
        else:
            _tell(_back_up(archive, file, full=full, quick=quick), as_json=as_json)


def look(file: Path, *, generation: int | None, salvage: bool) -> None:
    """See that a file is a backup, and tell where it gives no newest state, before any secret is asked for."""
    if generation is not None:
        backups.look(file, salvage=salvage)
        return
    with watched(_("Checking")) as progress:
        choice = backups.choose(file, salvage=salvage, progress=progress)
    if choice.passed_over:
        complain(restored.passed_over(choice.generation))
    if choice.more_behind:
        complain(_("There may be newer states behind what is damaged: --salvage looks for them."))


def restore(file: Path, folder: Path, way: Way, *, device: str, generation: int | None, salvage: bool) -> Restored:
    """Restore a backup with a bar, and tell on standard error what was not whole in it."""
    with watched(_("Copying")) as progress:
        done = backups.restore(
            file, folder, way, device=device, generation=generation, salvage=salvage, progress=progress
        )
    if done.passed_over:
        complain(restored.as_of(done.begun_ms))
    if done.left_out:
        complain(
            ngettext(
                "%(count)d attached file is damaged in the backup, and was left out.",
                "%(count)d attached files are damaged in the backup, and were left out.",
                done.left_out,
            )
            % {"count": done.left_out}
        )
    return done


def _back_up(archive: Archive, file: Path, *, full: bool, quick: bool) -> Written:
    with watched(_("Backing up")) as progress:
        return backups.back_up(archive, file, full=full, quick=quick, progress=progress)


def _tell(written: Written, *, as_json: bool) -> None:
    if as_json:
        say_json(
            {
                "generation": written.generation,
                "anew": written.anew,
                "new_files": written.new_objects,
                "files": written.objects,
                "written": written.written_bytes,
                "size": written.size_bytes,
                "missing": written.missing,
                "same_disk": written.same_disk,
                "read_back": written.read_back,
            }
        )
        return
    facts = {"new": written.written_bytes / _MEGABYTE, "size": written.size_bytes / _MEGABYTE}
    say(_("The backup is written and read back: %(new).1f MB are new, %(size).1f MB in all.") % facts)
    for line in backed_up.told(written):
        say(line)
    for line in backed_up.warnings(written):
        complain(line)


def _tell_state(state: State, *, as_json: bool) -> None:
    if as_json:
        made = None if state.made_ms is None else shapes.moment(state.made_ms)
        say_json({"made": made, "days": state.days, "changes": state.changes, "erased_since": state.erased_since})
        return
    if state.days is None:
        unknown = _("When the last backup was made is not known: the clock was wrong then, or is now.")
        say(_("There was no backup yet.") if state.made_ms is None else unknown)
        return
    days = ngettext(
        "The last backup was made %(days)d day ago.", "The last backup was made %(days)d days ago.", state.days
    )
    say(days % {"days": state.days} if state.days else _("The last backup was made today."))
    changes = ngettext("%(count)d change since.", "%(count)d changes since.", state.changes)
    say(changes % {"count": state.changes} if state.changes else _("Nothing has changed since."))
    if state.erased_since:
        say(_("Something was taken off the vault since. The backup keeps it, until you make the next one."))
