"""`verify`, `repair`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from fieldapp.cli import bundle_shapes, opening, secrets_given
from fieldapp.cli.options import AsJson, NewPassphraseFd, PassphraseFd, example, new_app
from fieldapp.cli.refusals import REFUSED
from fieldapp.cli.shapes import Json
from fieldapp.cli.terminal import say, say_json
from fieldapp.cli.watching import watched
from fieldapp.cli.way_given import Given, Phrase, PhraseFd, Shares, WhoComes, warn_of_spoken
from fieldapp.i18n import _
from fieldapp.messages import repaired
from fieldapp.messages.found import words_of
from fieldapp.services import arrivals, part_files
from fieldapp.services.safety import backups, checking, rescue
from fieldapp.services.safety.backups import Checked
from fieldapp.services.safety.findings import Finding, Kind, Report
from fieldapp.services.safety.rescue import Rescue

app = new_app()

_OF_FILES = frozenset({Kind.OBJECT_DAMAGED, Kind.OBJECT_MISSING})

ToCheck = Annotated[
    Path,
    typer.Argument(
        metavar="VAULT|FILE", help=_("The folder of a vault; or a backup, a bundle or a part."), show_default=False
    ),
]
With = Annotated[
    Path | None,
    typer.Option("--with", metavar="VAULT", help=_("The vault that opens the bundle."), show_default=False),
]
Damaged = Annotated[
    Path, typer.Argument(metavar="VAULT", help=_("The folder of the vault; it stays as it is."), show_default=False)
]
New = Annotated[
    Path, typer.Argument(metavar="NEW", help=_("The folder of the new vault: new, or empty."), show_default=False)
]
Device = Annotated[
    str, typer.Option("--device", metavar="NAME", help=_("How this computer is called."), show_default=False)
]


@app.command(
    "verify",
    help=_("See whether a vault, a backup, a bundle or a part is whole. It stays as it is, to the last byte."),
    epilog=example("fieldapp verify field-vault", "fieldapp verify june.bundle --with field-vault"),
)
def verify(
    checked: ToCheck, *, with_vault: With = None, passphrase_fd: PassphraseFd = None, as_json: AsJson = False
) -> None:
    if checked.is_dir() or not checked.exists():
        _verify_vault(checked, passphrase_fd, as_json=as_json)
    elif backups.is_backup(checked):
        _verify_backup(checked, as_json=as_json)
    elif part_files.is_part(checked):
        _verify_part(checked, as_json=as_json)
    elif with_vault is None:
        raise typer.BadParameter(_("A sealed bundle is checked with the vault that it is for: --with VAULT."))
    else:
        _verify_bundle(checked, with_vault, passphrase_fd, as_json=as_json)


@app.command(
    "repair",
    help=_("Make a new vault of all that is whole in a damaged one. The damaged one stays as it is, to the last byte."),
    epilog=example("fieldapp repair field-vault field-vault-repaired --device laptop"),
)
def repair(
    vault: Damaged,
    new: New,
    *,
    device: Device,
    phrase: Phrase = False,
    shares: Shares = False,
    who: WhoComes = None,
    passphrase_fd: PassphraseFd = None,
    phrase_fd: PhraseFd = None,
    new_passphrase_fd: NewPassphraseFd = None,
    as_json: AsJson = False,
) -> None:
    way = Given(phrase, shares, who, passphrase_fd, phrase_fd, new_passphrase_fd).way()
    with watched(_("Repairing")) as progress:
        done = rescue.repair(vault, new, way, device=device, who=who, progress=progress)
    if as_json:
        say_json(_rescue(done))
        return
    warn_of_spoken(way)
    for line in (repaired.came_through(done), *repaired.found(done), *repaired.to_do(done)):
        say(line)


def _verify_vault(folder: Path, passphrase_fd: int | None, *, as_json: bool) -> None:
    passphrase = secrets_given.passphrase(passphrase_fd)
    with watched(_("Checking")) as progress:
        report = checking.check_closed(folder, passphrase, progress)
    if as_json:
        say_json(_report(report))
    else:
        facts = {"entries": report.entries, "files": report.objects}
        say(_("Entries looked at: %(entries)d. Attached files: %(files)d.") % facts)
        for finding in report.findings:
            words = words_of(finding)
            say(" ".join(part for part in (words.what, words.do) if part))
        say(_whole(report))
    _end(whole=report.is_whole)


def _whole(report: Report) -> str:
    if report.is_whole:
        return _("The vault is whole.")
    if not report.damage:
        return _(
            "Not all could be checked, so nobody knows whether the vault is whole. Open it once, then check again. If"
            " it does not open, `fieldapp repair` makes a new one of all that is whole in it."
        )
    if report.is_complete and all(each.kind in _OF_FILES for each in report.findings if each.is_damage):
        return _("The vault is whole but for these files.")
    return _("The vault is damaged. `fieldapp repair` makes a new one of all that is whole in it.")


def _verify_backup(file: Path, *, as_json: bool) -> None:
    with watched(_("Checking")) as progress:
        found = backups.check(file, progress)
    if as_json:
        say_json(
            {
                "kind": "backup",
                "whole": found.whole,
                "states": found.generations,
                "damaged": list(found.damaged),
                "restores": found.restores,
            }
        )
    else:
        say(_("States of the vault in this backup: %(count)d.") % {"count": found.generations})
        say(_backup_whole() if found.whole else _backup_damaged(found))
    _end(whole=found.whole)


def _backup_whole() -> str:
    return _(
        "The backup is whole in itself. Only the vault it was made from can tell whether somebody changed it: it does"
        " so at the next backup into this file."
    )


def _backup_damaged(found: Checked) -> str:
    if found.restores is None:
        return _("The backup is damaged, and no state in it is whole enough to be restored. Make a new one.")
    words = _(
        "The backup is damaged: make a new one. `fieldapp restore` takes state %(number)d of it, the newest whose"
        " database is whole, --generation another one, and --salvage leaves out attached files that are damaged."
    )
    return words % {"number": found.restores}


def _verify_part(file: Path, *, as_json: bool) -> None:
    with watched(_("Checking")) as progress:
        label = part_files.look(file, progress)
    if as_json:
        say_json({"kind": "part", "whole": True, "part": label.head.number, "parts": label.head.count})
    else:
        say(
            _("This part is whole: number %(number)d of %(count)d.")
            % {"number": label.head.number, "count": label.head.count}
        )


def _verify_bundle(file: Path, vault: Path, passphrase_fd: int | None, *, as_json: bool) -> None:
    with opening.opened(vault, passphrase_fd) as archive, watched(_("Checking")) as progress:
        told = bundle_shapes.of_outcome(arrivals.import_file(archive, file, progress, dry_run=True), dry_run=True)
    if as_json:
        say_json({"kind": "bundle", "whole": True, **told.shape})
    else:
        say(_("The bundle is whole.") + " " + told.lines[0])


def _end(*, whole: bool) -> None:
    if not whole:
        raise typer.Exit(REFUSED)


def _report(report: Report) -> Json:
    return {
        "kind": "vault",
        "whole": report.is_whole,
        "complete": report.is_complete,
        "pages": report.pages,
        "entries": report.entries,
        "files": report.objects,
        "bytes": report.object_bytes,
        "findings": _findings(report.findings),
    }


def _findings(findings: Sequence[Finding]) -> list[Json]:
    return [
        {
            "found": each.kind.value,
            "damage": each.is_damage,
            "count": each.count,
            "where": each.where,
            "records": [record.hex() for record in each.records],
            "what": words_of(each).what,
            "do": words_of(each).do,
        }
        for each in findings
    ]


def _rescue(done: Rescue) -> Json:
    return {
        "whole": done.whole,
        "entries": done.entries,
        "entries_lost": done.entries_lost,
        "behind": done.behind,
        "texts_lost": done.texts_lost,
        "files": done.objects,
        "files_damaged": done.objects_damaged,
        "files_missing": done.objects_missing,
        "recovered": done.recovered,
        "pages_lost": done.pages_lost,
        "keys_lost": done.keys_lost,
        "ways_lost": done.ways_lost,
        "put_out": done.put_out,
        "rolled_back": done.rolled_back,
        "foreign": done.foreign,
        "findings": _findings(done.findings),
    }
