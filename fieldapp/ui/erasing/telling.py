"""Who must be told by another way, read in the vault lane; and the same as plain text, with no word of a record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fieldapp.errors import RecordNotFoundError
from fieldapp.i18n import _, ngettext
from fieldapp.media.probe import visible
from fieldapp.services import views, withdrawals
from fieldapp.services.archive import Archive
from fieldapp.services.telling import BUNDLE
from fieldapp.services.withdrawals import Told
from fieldapp.ui.exchange.number_words import number_words
from fieldapp.ui.times import moment_words
from fieldapp.values import RecordId

_SHORT = 8


@dataclass(frozen=True, slots=True)
class ToTell:
    """Who got something of a record. `erased`: it was destroyed here, so nothing is known of it but its id."""

    record: RecordId
    title: str
    erased: bool
    told: tuple[Told, ...]


def read_to_tell(archive: Archive, records: Sequence[RecordId] | None = None) -> list[ToTell]:
    """Of these records; without them, of all that were destroyed here and of which somebody is still to be told."""
    erased = set(withdrawals.to_tell(archive))
    wanted = sorted(erased) if records is None else list(records)
    found = [_read(archive, record, erased=record in erased) for record in wanted]
    return [each for each in found if each.told]


def name_words(shown: ToTell) -> str:
    """What the record is called here."""
    return _("An erased record, %s") % number_of(shown) if shown.erased else visible(shown.title) or number_of(shown)


def who_lines(shown: ToTell, *, purposes: bool = True) -> list[str]:
    """Who got something of it, one line for each of them, and one for each copy that was made in the clear.

    `purposes`: what a copy was for is told too; those words somebody wrote, and they may speak of the record.
    """
    by_person: dict[bytes, list[Told]] = {}
    for told in shown.told:
        if told.kind == BUNDLE:
            by_person.setdefault(told.fingerprint, []).append(told)
    bundles = [_bundle_words(several) for several in by_person.values()]
    return bundles + [_copy_words(told, purposes=purposes) for told in shown.told if told.kind != BUNDLE]


def _bundle_words(several: Sequence[Told]) -> str:
    latest = several[-1]
    words = ngettext(
        "%(name)s: in bundle %(numbers)s, %(moment)s",
        "%(name)s: in bundles %(numbers)s, the latest %(moment)s",
        len(several),
    )
    return words % {
        "name": visible(latest.name) or _("somebody unknown, %s") % latest.fingerprint.hex()[:_SHORT],
        "numbers": number_words(sorted({told.number for told in several})),
        "moment": moment_words(latest.time_ms),
    }


def _copy_words(told: Told, *, purposes: bool) -> str:
    facts = {
        "name": visible(told.name) or _("somebody unknown"),
        "purpose": visible(told.purpose),
        "moment": moment_words(told.time_ms),
    }
    if told.purpose and purposes:
        return _("Copied out of the vault by %(name)s, %(moment)s: %(purpose)s") % facts
    return _("Copied out of the vault by %(name)s, %(moment)s") % facts


def text_of(shown: Sequence[ToTell]) -> str:
    """To be copied out: names, dates and numbers of bundles; no title, and no word of a record."""
    blocks = [
        "\n".join([number_of(each), *(f"  {line}" for line in who_lines(each, purposes=False))]) for each in shown
    ]
    return "\n\n".join([_("To be told by another way"), *blocks]) + "\n"


def number_of(shown: ToTell) -> str:
    """The beginning of the record's id."""
    return shown.record.hex()[:_SHORT]


def _read(archive: Archive, record: RecordId, *, erased: bool) -> ToTell:
    try:
        title = "" if erased else views.row(archive, record).title
    except RecordNotFoundError:
        title = ""
    return ToTell(record, title, erased, withdrawals.who_must_be_told(archive, record))
