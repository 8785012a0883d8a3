"""The card that says how old the newest backup is, and leads to making one."""

from __future__ import annotations

from fieldapp.i18n import _, ngettext
from fieldapp.services.safety import backups
from fieldapp.services.safety.backups import State
from fieldapp.services.safety.hints import BACKUP_DAYS
from fieldapp.ui.safety.backup_sheet import BackupSheet
from fieldapp.ui.safety.card import SafetyCard, Standing
from fieldapp.ui.session import Session


class BackupCard(SafetyCard):
    """Never, or so many days ago with so many changes since."""

    name = "backup"

    def __init__(self, session: Session) -> None:
        super().__init__(
            "take_out",
            _("Backup"),
            _("One sealed file, best on a stick that lies elsewhere. What opens this vault opens it too."),
            _("Back up…"),
        )
        self._session = session
        self.button.clicked.connect(self.back_up)

    def refresh(self) -> None:
        """Read how old the newest backup is."""
        self._session.ask(self, backups.state, self._show)

    def back_up(self) -> BackupSheet:
        """Ask where, and write it."""
        sheet = BackupSheet(self._session, self)
        sheet.ended.connect(self.refresh)
        sheet.open()
        return sheet

    def _show(self, state: State) -> None:
        due = state.days is None or state.erased_since or (state.days >= BACKUP_DAYS and state.changes > 0)
        self.say(Standing.ATTENTION if due else Standing.GOOD, state_words(state))


def state_words(state: State) -> str:
    """How old the newest backup is, and what happened since."""
    if state.days is None:
        unknown = _("When the last backup was made is not known: the clock was wrong then, or is now.")
        return _("There is no backup yet.") if state.made_ms is None else unknown
    if state.days:
        made = ngettext("The last one was made %d day ago", "The last one was made %d days ago", state.days)
        made %= state.days
    else:
        made = _("The last one was made today")
    since = ngettext("%d change since", "%d changes since", state.changes) % state.changes
    nothing = _("nothing is new since")
    words = f"{made}; {since if state.changes else nothing}."
    if state.erased_since:
        words += " " + _("It still has what was erased here: the next one is written anew without it.")
    return words
