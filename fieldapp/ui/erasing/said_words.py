"""What is said of a withdrawal, in words: how the wish was confirmed, by whom, when and why."""

from __future__ import annotations

from fieldapp.errors import BadDateError
from fieldapp.i18n import _, language
from fieldapp.media.probe import visible
from fieldapp.records import dates
from fieldapp.records.model import TYPES
from fieldapp.services.withdrawals import How, Withdrawal


def how_words(how: How) -> str:
    """How the wish reached us, as a person would say it."""
    return {
        How.SPOKEN: _("spoken, in a call or face to face"),
        How.WRITTEN: _("in writing"),
        How.AUDIO: _("in a voice message"),
        How.WITNESSED: _("before witnesses"),
        How.RELATIVE: _("through a relative"),
        How.OTHER: _("in another way"),
    }[how]


def said_words(said: Withdrawal) -> str:
    """One line: "Confirmed by Zarina, in writing, 5 March 2026. Why: she is afraid." Words of others are plain text."""
    how = how_words(How(said.how)) if said.how in {each.value for each in How} else ""
    facts = ", ".join(part for part in (visible(said.by), how, date_words(said.date)) if part)
    told = [_("Confirmed by %s.") % facts] if facts else []
    if said.reason:
        told.append(_("Why: %s") % visible(said.reason))
    return " ".join(told)


def date_words(edtf: str) -> str:
    """A date as it was written down, in the language of the window; as it stands if it is none."""
    if not edtf:
        return ""
    try:
        return dates.describe(dates.parse(edtf), language())
    except BadDateError:
        return visible(edtf)


def kind_words(type_name: str) -> str:
    """What a record is; empty for one whose type nobody here knows."""
    kind = TYPES.get(type_name)
    return _(kind.label) if kind else visible(type_name)


def title_words(title: str) -> str:
    """What a record is called."""
    return visible(title) or _("Without a title")
