"""How whoever gave a share away is called here, so that nobody is taken for somebody else in the hour of need.

Rule 1: the name that was given here, when the card was compared, is the name. What somebody calls themselves is shown
        only where there is none, and as what it is.
Rule 2: two names of the same look are told apart by the card.
"""

from __future__ import annotations

from collections.abc import Collection

from fieldapp.i18n import _
from fieldapp.media.probe import visible
from fieldapp.services.likeness import look_alike
from fieldapp.services.safety.escrow import Held
from fieldapp.ui.viewer.facts import in_groups

_GROUPS_BYTES = 4


def called(held: Held) -> str:
    """In a row or in the middle of a sentence."""
    if held.name:
        return visible(held.name)
    return _("“%s” (they call themselves so; not checked)") % visible(held.person)


def is_checked(held: Held) -> bool:
    """Whether the name was given here."""
    return bool(held.name)


def told_apart(held: Held, among: Collection[Held]) -> str:
    """As `called`; with two groups of the card's fingerprint where another of them looks the same."""
    name = called(held)
    if not twins(held, among):
        return name
    return _("%(name)s, card %(digits)s") % {"name": name, "digits": in_groups(held.owner[:_GROUPS_BYTES], 4)}


def twins(held: Held, among: Collection[Held]) -> list[Held]:
    """The others of the same look."""
    plain = _plain(held)
    return [each for each in among if each.owner != held.owner and look_alike(_plain(each), plain)]


def _plain(held: Held) -> str:
    return held.name or held.person
