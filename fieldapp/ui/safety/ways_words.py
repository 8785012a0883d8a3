"""How the ways in stand, in sentences."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from fieldapp.i18n import _
from fieldapp.media.probe import visible
from fieldapp.services.safety.escrow import Escrow, Help, Holder
from fieldapp.ui.times import day_words


def day(time_ms: int) -> str:
    """The day of a moment of our own clock."""
    return day_words(datetime.fromtimestamp(time_ms / 1000).astimezone().date())


def names_of(people: Sequence[Holder]) -> str:
    """Their names in a row."""
    return ", ".join(visible(each.name) for each in people)


def due_words(found: Escrow) -> str:
    """Why new shares are due; empty where none are."""
    if found.spoken_ms is not None:
        return _("Shares of this vault were read aloud on %s: make a new key and new ones.") % day(found.spoken_ms)
    if found.put_out:
        told = _("A share of this vault is with %s, who is no coordinator of yours any more: make a new key.")
        return told % names_of(found.put_out)
    return ""


def help_words(found: Escrow) -> str:
    """Who could help where the passphrase is forgotten."""
    words = {
        Help.NOBODY: _("Nobody can help you in, if you forget the passphrase."),
        Help.NOT_YET: _("Nobody can help you in yet: the shares are not handed over."),
        Help.PHRASE: _("The twelve words on your paper open it, if you forget the passphrase."),
        Help.WRITTEN: _("Coordinators have shares of this vault. It was not tried yet whether they can read them."),
        Help.SURE: _("Coordinators can help you in. They have read their words to you once."),
    }
    return words[found.help]


def holders_words(found: Escrow) -> str:
    """Who keeps shares, and how far it is."""
    if not found.holders:
        return _("Nobody. Two or three coordinators can each keep a share; any two of them together help you in.")
    sure = sum(holder.rehearsed_ms is not None for holder in found.holders)
    told = _("%(names)s: %(sure)d of %(all)d have read their words to you.")
    return told % {"names": names_of(found.holders), "sure": sure, "all": len(found.holders)}
