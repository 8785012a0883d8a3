"""Quiet hints about the safety of the vault, one line each; each leads to its card on the page of safety."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from fieldapp.i18n import N_, _
from fieldapp.services.safety.hints import BACKUP_DAYS, Hint
from fieldapp.ui.desk.rows import RowButton, Section

_LINES: Mapping[Hint, tuple[str, str]] = {
    Hint.DAMAGED: ("check", N_("Something in this vault was damaged when it was checked")),
    Hint.SPOKEN: ("ways", N_("Shares of this vault were read aloud: make a new key and new ones")),
    Hint.PUT_OUT: ("ways", N_("Somebody who is no coordinator of yours any more keeps a share: make a new key")),
    Hint.NOBODY: ("ways", N_("Nobody can help you in, if you forget the passphrase")),
    Hint.SHARES_WAIT: ("ways", N_("Shares for your coordinators wait to be written")),
    Hint.NO_BACKUP: ("backup", N_("No backup for %(days)d days")),
    Hint.BACKUP_KEEPS: ("backup", N_("The backup still has what was erased here: make the next one")),
}
"""The card of `ui.safety.page` that a hint leads to, and its line."""


def hints_section(hints: Sequence[Hint], go: Callable[[str], None]) -> Section | None:
    """The hints; None without any."""
    if not hints:
        return None
    section = Section("shield", _("Safety of this vault"))
    for hint in hints:
        card, line = _LINES[hint]
        row = RowButton(f"hint {hint.value}", "shield", _(line) % {"days": BACKUP_DAYS})
        row.clicked.connect(partial(_lead, go, card))
        section.add(row)
    return section


def _lead(go: Callable[[str], None], card: str) -> None:
    go(card)
