"""The words for a vault that was repaired in a copy: what came through, and what a person does now."""

from __future__ import annotations

from fieldapp.i18n import _, ngettext
from fieldapp.messages.found import words_of
from fieldapp.services.safety.rescue import Rescue


def came_through(done: Rescue) -> str:
    """How much is in the new vault."""
    entries = ngettext(
        "The new vault is made, with %(count)d entry.", "The new vault is made, with %(count)d entries.", done.entries
    )
    files = ngettext("%(count)d attached file is in it.", "%(count)d attached files are in it.", done.objects)
    return " ".join((entries % {"count": done.entries}, files % {"count": done.objects}))


def found(done: Rescue) -> list[str]:
    """What was damaged or missing."""
    return [_("Nothing was damaged.")] if done.whole else [words_of(each).what for each in done.findings]


def to_do(done: Rescue) -> list[str]:
    """What follows from it."""
    lines = []
    if done.behind:
        words = ngettext(
            "%(count)d entry is shown, and not handed on until somebody sends what is missing before it.",
            "%(count)d entries are shown, and not handed on until somebody sends what is missing before them.",
            done.behind,
        )
        lines.append(words % {"count": done.behind})
    if done.keys_lost:
        lines.append(_("Your own keys were lost: what was sealed for your card before does not open any more."))
    if done.ways_lost:
        lines.append(_("Only what you typed opens the new vault for sure: renew the other ways in."))
    if done.put_out:
        words = ngettext(
            "%(people)d person who may have written here counts as removed now: nothing told any more. Add them anew.",
            "%(people)d people who may have written here count as removed now: nothing told any more. Add them anew.",
            done.put_out,
        )
        lines.append(words % {"people": done.put_out})
    lines.append(_("You write under a new card now. Others compare its words again."))
    if not done.whole:
        lines.append(
            _(
                "What could not be taken over lies in its folder “damaged”, still sealed. Remove that folder when you "
                "are sure: until then it also keeps what you erase later."
            )
        )
    return lines
