"""Bundles in parts on the command line: `bundle VAULT parts`, and what the other bundle commands do with parts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from fieldapp.cli import bundle_shapes as shapes
from fieldapp.cli.opening import opened
from fieldapp.cli.options import AsJson, PassphraseFd
from fieldapp.cli.shapes import Json, moment
from fieldapp.cli.terminal import say, say_json
from fieldapp.cli.watching import watched
from fieldapp.i18n import _
from fieldapp.services import arrivals, parts
from fieldapp.services.archive import Archive
from fieldapp.services.arrivals import Receiving
from fieldapp.services.parts import Kept, WaitingSet

_MIB = 1024 * 1024
_LEAST_DIGITS = 4

PartSize = Annotated[
    str | None,
    typer.Option(
        "--part-size",
        metavar="SIZE",
        help=_(
            "In parts, for ways that carry small files: at most so many MiB each, or messenger (8), messenger-16,"
            " messenger-25, mail (10), stick (2048). -o then names a folder."
        ),
        show_default=False,
    ),
]
CompleteParts = Annotated[
    bool, typer.Option("--parts", help=_("Take in what waits here in parts, where all have come."))
]
Drop = Annotated[
    list[str] | None,
    typer.Option(
        "--drop",
        metavar="SET",
        help=_("Remove the parts of this set: the beginning of what the list shows. Repeat for several."),
        show_default=False,
    ),
]


def part_bytes_of(given: str | None) -> int | None:
    """The bytes of a part from what was typed. Raises BadParameter."""
    if given is None:
        return None
    if given in parts.PRESETS:
        return parts.PRESETS[given]
    most = parts.MOST_PART_BYTES // _MIB
    if not (given.isascii() and given.isdigit() and len(given) <= len(str(most)) and 1 <= int(given) <= most):
        names = ", ".join(parts.PRESETS)
        raise typer.BadParameter(
            _("--part-size is a whole number of MiB, from 1, or one of: %(names)s.") % {"names": names}
        )
    return int(given) * _MIB


def list_or_drop(
    context: typer.Context, *, drop: Drop = None, passphrase_fd: PassphraseFd = None, as_json: AsJson = False
) -> None:
    """The command `parts`."""
    with opened(context.obj, passphrase_fd) as archive:
        sets = parts.waiting(archive)
        if drop:
            sets = [_named(sets, given) for given in dict.fromkeys(drop)]
            for each in sets:
                parts.drop(archive, each)
    if as_json:
        say_json([_waiting(each) for each in sets])
        return
    for each in sets:
        say(_("%(set)s  removed") % {"set": _short(each)} if drop else _line(each))


def import_part(archive: Archive, file: Path, *, dry_run: bool) -> shapes.Told:
    """Keep one part; where it was the last one that was missing, take the bundle in."""
    with watched(_("Copying")) as progress:
        kept = parts.keep(archive.vault.place.room(parts.INBOX), file, progress, dry_run=dry_run)
    waiting = kept.waiting if dry_run else parts.note(archive, kept)
    if not waiting.is_complete or (dry_run and not kept.was_here):
        return shapes.Told(_kept("part", kept, dry_run=dry_run), (_what_is_missing(kept),))
    told = import_set(archive, waiting, dry_run=dry_run)
    return shapes.Told({**told.shape, **_part(kept)}, (f"{_what_is_missing(kept)} {told.lines[0]}", *told.lines[1:]))


def import_set(archive: Archive, waiting: WaitingSet, *, dry_run: bool = False) -> shapes.Told:
    """Take in a bundle whose parts are all here."""
    with watched(_("Opening")) as progress:
        outcome = arrivals.import_file(archive, waiting, progress, dry_run=dry_run)
    return shapes.of_outcome(outcome, dry_run=dry_run)


def inspect_part(desk: Receiving, file: Path) -> shapes.Told:
    """What a part says of itself, and the bundle too where all of it is here."""
    with watched(_("Reading")) as progress:
        kept = parts.keep(desk.inbox, file, progress, dry_run=True)
    if not (kept.was_here and kept.waiting.is_complete):
        return shapes.Told(_kept("part", kept, dry_run=True), (_what_is_missing(kept),))
    told = shapes.of_facts(arrivals.inspect(desk, kept.waiting))
    return shapes.Told({**told.shape, **_part(kept)}, (_what_is_missing(kept), *told.lines))


def complete(archive: Archive) -> list[tuple[str, WaitingSet]]:
    """The sets that can be taken in, by name."""
    return [(_short(each), each) for each in parts.waiting(archive) if each.is_complete]


def numbers_shown(numbers: Sequence[int]) -> str:
    """Ascending numbers as people write them: 1, 3–5, 9."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(f"{run[0]}–{run[-1]}" if len(run) > 2 else ", ".join(map(str, run)) for run in runs)


def _named(sets: Sequence[WaitingSet], given: str) -> WaitingSet:
    """The one set whose id begins so. Raises BadParameter."""
    found = [each for each in sets if each.id.hex().startswith(given.lower())] if len(given) >= _LEAST_DIGITS else []
    if len(found) != 1:
        raise typer.BadParameter(_("No single set that waits here begins with that: see the list."))
    return found[0]


def _short(waiting: WaitingSet) -> str:
    return waiting.id.hex()[:8]


def _what_is_missing(kept: Kept) -> str:
    facts = {"number": kept.number, "count": kept.waiting.count, "missing": numbers_shown(kept.waiting.missing)}
    if kept.waiting.is_complete:
        return _("Part %(number)d of %(count)d; none is missing.") % facts
    if kept.was_here:
        return _("Part %(number)d of %(count)d was here already; still missing: %(missing)s.") % facts
    return _("Part %(number)d of %(count)d; still missing: %(missing)s.") % facts


def _line(waiting: WaitingSet) -> str:
    facts = {"here": len(waiting.here), "count": waiting.count, "missing": numbers_shown(waiting.missing)}
    told = _("%(here)d of %(count)d parts") % facts
    rest = _("missing: %(missing)s") % facts if waiting.missing else _("none is missing")
    return f"{_short(waiting)}  {moment(waiting.latest_ms) if waiting.latest_ms else '—'}  {told}  {rest}"


def _part(kept: Kept) -> Json:
    return {
        "set": kept.waiting.id.hex(),
        "part": kept.number,
        "parts": kept.waiting.count,
        "missing": list(kept.waiting.missing),
        "was_here": kept.was_here,
    }


def _kept(state: str, kept: Kept, *, dry_run: bool) -> Json:
    return {"state": state, "dry_run": dry_run, **_part(kept)}


def _waiting(waiting: WaitingSet) -> Json:
    return {
        "set": waiting.id.hex(),
        "parts": waiting.count,
        "here": list(waiting.here),
        "missing": list(waiting.missing),
        "bytes_here": waiting.bytes_here,
        "total_bytes": waiting.total_bytes,
        "first": moment(waiting.first_ms) if waiting.first_ms else None,
        "latest": moment(waiting.latest_ms) if waiting.latest_ms else None,
    }
