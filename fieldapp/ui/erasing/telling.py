"""Who must be told by another way, read in the vault lane; and the same as plain text, with no word of a record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fieldapp.errors import RecordNotFoundError
from fieldapp.i18n import _
from fieldapp.media.probe import visible
from fieldapp.services import views, withdrawals
from fieldapp.services.archive import Archive
from fieldapp.services.withdrawals import Told
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


def who_words(told: Told) -> str:
    """One line: who, by which way, when."""
    facts = {
        "name": visible(told.name) or _("somebody unknown, %s") % told.fingerprint.hex()[:_SHORT],
        "number": told.number,
        "purpose": visible(told.purpose),
        "moment": moment_words(told.time_ms),
    }
    if told.kind == "bundle":
        return _("%(name)s: in bundle %(number)d, %(moment)s") % facts
    if told.purpose:
        return _("Copied out of the vault by %(name)s, %(moment)s: %(purpose)s") % facts
    return _("Copied out of the vault by %(name)s, %(moment)s") % facts


def text_of(shown: Sequence[ToTell]) -> str:
    """To be copied out: names, dates and numbers of bundles; no title, and no word of a record."""
    blocks = ["\n".join([number_of(each), *("  " + who_words(told) for told in each.told)]) for each in shown]
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
