"""The card that says when everything was checked last, and leads to checking it."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Signal

from fieldapp.i18n import _, ngettext
from fieldapp.services.archive import Archive
from fieldapp.services.safety import looking_after, rescue
from fieldapp.services.safety.looking_after import LookedAfter
from fieldapp.services.safety.rescue import Recovered
from fieldapp.ui.plain import PlainLabel
from fieldapp.ui.safety.card import SafetyCard, Standing
from fieldapp.ui.safety.check_sheet import CheckSheet
from fieldapp.ui.session import Session


@dataclass(frozen=True, slots=True)
class Checked:
    """The last check, and what an earlier repair left aside."""

    after: LookedAfter
    aside: Recovered


class CheckCard(SafetyCard):
    """`repair_asked`: somebody wants to repair the vault, for which it must be locked."""

    name = "check"
    repair_asked = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__(
            "search",
            _("Check"),
            _("Reads everything in the vault once. Only a damaged copy of the key file is written anew."),
            _("Check everything…"),
        )
        self._session = session
        self.header = PlainLabel(header_words(), "quiet", wrap=True)
        self.header.hide()
        self.column.addWidget(self.header)
        self.aside = PlainLabel("", "quiet", wrap=True)
        self.aside.hide()
        self.column.addWidget(self.aside)
        self.button.clicked.connect(self.check)

    def refresh(self) -> None:
        """Read what is known of the last check."""
        self._session.ask(self, _read, self._show)

    def check(self) -> CheckSheet:
        """Check everything now."""
        sheet = CheckSheet(self._session, self)
        sheet.ended.connect(self.refresh)
        sheet.repair_asked.connect(self.repair_asked)
        sheet.open()
        return sheet

    def _show(self, found: Checked) -> None:
        after = found.after
        if after.checked_ms is None:
            self.say(Standing.QUIET, _("Nobody has checked it yet."))
        elif after.damage:
            self.say(Standing.ATTENTION, _("Something was damaged, or could not be checked: look at what to do."))
        elif after.days is None:
            self.say(
                Standing.ATTENTION, _("When it was checked last is not known: the clock was wrong then, or is now.")
            )
        elif after.days:
            words = ngettext("All was whole %d day ago.", "All was whole %d days ago.", after.days)
            self.say(Standing.GOOD, words % after.days)
        else:
            self.say(Standing.GOOD, _("All was whole today."))
        self.header.setVisible(after.header_mended)
        self.aside.setText(aside_words(found.aside))
        self.aside.setVisible(bool(self.aside.text()))


def header_words() -> str:
    """What is told where a copy of the header was mended."""
    return _("One of the two copies of the key file was damaged or old. It has been written anew, and nothing is lost.")


def aside_words(aside: Recovered) -> str:
    """What lies beside the vault since it was repaired; "" if nothing does."""
    count = aside.damaged_files + aside.recovered_files
    if not count:
        return ""
    words = ngettext(
        "Since this vault was repaired, %d sealed file lies in its folders “damaged” and “recovered”. What you erase "
        "may still be in it: remove these folders when you are sure that you miss nothing.",
        "Since this vault was repaired, %d sealed files lie in its folders “damaged” and “recovered”. What you erase "
        "may still be in them: remove these folders when you are sure that you miss nothing.",
        count,
    )
    told = [words % count]
    if aside.documents:
        words = ngettext(
            "%d document is linked with no record any more.",
            "%d documents are linked with no record any more.",
            len(aside.documents),
        )
        told.append(words % len(aside.documents))
    return " ".join(told)


def _read(archive: Archive) -> Checked:
    return Checked(looking_after.looked_after(archive), rescue.recovered(archive))
