"""Erasing for good: what goes, what stays, that it is never undone, and a word to be typed before the button works."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from fieldapp.errors import FieldAppError
from fieldapp.i18n import _, ngettext
from fieldapp.media.probe import visible
from fieldapp.services import withdrawals
from fieldapp.services.archive import Archive, Changed
from fieldapp.services.withdrawals import KeptDocument, Outlook, Shredded, Withdrawal
from fieldapp.ui.erasing.said_words import title_words
from fieldapp.ui.plain import Notice, PlainLabel, Sheet, push_button
from fieldapp.ui.session import Session
from fieldapp.ui.sizes import size_words
from fieldapp.ui.theme import GRID
from fieldapp.ui.words import words_of

_KEPT_SHOWN = 5
_TITLES_SHOWN = 4


class EraseSheet(Sheet):
    """`erased`, or nothing was changed."""

    erased = Signal(Shredded)
    loaded = Signal()
    """What would go is on the sheet."""

    def __init__(self, session: Session, chosen: Sequence[Withdrawal], parent: QWidget | None) -> None:
        super().__init__(_("Erase for good?"), parent, width=72 * GRID)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._session, self._chosen = session, tuple(chosen)
        self._ready = self._busy = False
        titles = [title_words(each.title) for each in self._chosen[:_TITLES_SHOWN]]
        more = len(self._chosen) - len(titles)
        if more > 0:
            titles.append(ngettext("and %d more", "and %d more", more) % more)
        self.add_words("\n".join(titles), "strong")
        self.going = self.add_words("…")
        self.staying = self.add_words("", "quiet")
        self.staying.hide()
        self.body.addWidget(
            Notice(
                _(
                    "Nobody can undo this. Only what is on this device is erased: what you handed over or "
                    "copied out before is still there; afterwards you see whom to tell."
                ),
                "alarm",
                icon="warning",
            )
        )
        word = erasing_word()
        self.body.addWidget(PlainLabel(_("To go on, type the word: %s") % word, "strong"))
        self.line = QLineEdit()
        self.line.setMaxLength(40)
        self.line.setAccessibleName(_("To go on, type the word: %s") % word)
        self.line.textChanged.connect(self._on_edited)
        self.body.addWidget(self.line)
        self.notice = Notice(look="alarm", icon="warning")
        self.notice.hide()
        self.body.addWidget(self.notice)
        self.keep_button = self.add_button(_("Do not erase"))
        self.keep_button.clicked.connect(self.reject)
        self.erase_button = push_button(_("Erase for good"), "danger")
        self.erase_button.clicked.connect(self._on_erase)
        self.buttons.addWidget(self.erase_button)
        self._on_edited()
        self.line.setFocus()
        session.ask(self, lambda archive: withdrawals.outlook(archive, self._chosen), self._on_outlook, self._on_failed)

    def reject(self) -> None:
        """Close; but not while it is being erased: what came of it must be seen."""
        if not self._busy:
            super().reject()

    def _on_outlook(self, outlook: Outlook) -> None:
        self.going.setText(going_words(outlook))
        self.staying.setText(staying_words(outlook.kept))
        self.staying.setVisible(bool(outlook.kept))
        self._ready = bool(outlook.records)
        self._on_edited()
        self.loaded.emit()

    def _on_edited(self, _text: str = "") -> None:
        typed = self.line.text().strip().casefold() == erasing_word().casefold()
        self.erase_button.setEnabled(self._ready and typed and not self._busy)

    def _on_erase(self) -> None:
        self._set_busy(True)
        chosen = self._chosen

        def work(archive: Archive) -> tuple[Shredded, Changed]:
            gone = withdrawals.confirm(archive, chosen)
            return gone, gone.changed

        self._session.write(self, work, lambda found: self._on_erased(found[0]), self._on_failed)

    def _on_erased(self, gone: Shredded) -> None:
        self._busy = False
        self.erased.emit(gone)
        self.accept()

    def _on_failed(self, error: FieldAppError) -> None:
        self._set_busy(False)
        self.notice.say(words_of(error).text)

    def _set_busy(self, busy: bool) -> None:
        self._busy = busy
        self.line.setEnabled(not busy)
        self.keep_button.setEnabled(not busy)
        self.erase_button.setText(_("Erasing…") if busy else _("Erase for good"))
        self._on_edited()


def erasing_word() -> str:
    """The word that must be typed, in the language of the window."""
    # Translators: the word that a person types to confirm; one short word, no quotation marks.
    return _("erase")


def going_words(outlook: Outlook) -> str:
    """What would be erased."""
    if not outlook.records:
        return _("Nothing of it waits any more: it was erased, kept or brought back meanwhile.")
    words = ngettext(
        "%d record, with everything that was written in it and how it is connected.",
        "%d records, with everything that was written in them and how they are connected.",
        outlook.records,
    )
    told = [words % outlook.records]
    if outlook.documents:
        files = ngettext("With it goes %(count)d document, %(size)s.", "With it go %(count)d documents, %(size)s.",
                         outlook.documents)  # fmt: skip
        told.append(files % {"count": outlook.documents, "size": size_words(outlook.object_bytes)})
    return " ".join(told)


def staying_words(kept: Sequence[KeptDocument]) -> str:
    """The documents that stay, and what needs them."""
    lines = []
    for each in kept[:_KEPT_SHOWN]:
        facts = {"title": title_words(each.title), "names": ", ".join(visible(name) for name in each.shared_with)}
        words = _("Stays: “%(title)s”. It belongs to %(names)s too.") if each.shared_with else _("Stays: “%(title)s”.")
        lines.append(words % facts)
    more = len(kept) - _KEPT_SHOWN
    if more > 0:
        lines.append(ngettext("%d more document stays.", "%d more documents stay.", more) % more)
    return "\n".join(lines)


def erased_words(gone: Shredded) -> str:
    """What was done."""
    count = len(gone.records)
    if not count:
        return _("Nothing was erased: it was erased, kept or brought back meanwhile.")
    words = ngettext("%d record is erased here for good.", "%d records are erased here for good.", count)
    return words % count
