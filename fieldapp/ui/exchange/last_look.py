"""The last look before sealing; then how far it is; then where the bundle is and how it is given on."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from fieldapp.i18n import _, ngettext
from fieldapp.media.probe import visible
from fieldapp.services.trust import Peer
from fieldapp.ui.exchange.going import Going
from fieldapp.ui.exchange.sealing import Sealed
from fieldapp.ui.exchange.summary import also_goes, goes_words, stays_sentences
from fieldapp.ui.parts import card, clear
from fieldapp.ui.plain import IconLabel, Notice, PlainLabel, push_button, set_look
from fieldapp.ui.theme import GRID


class LastLook(QWidget):
    """Says what will be sealed, or what was."""

    again_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        set_look(self, "clear")
        self.going: Going | None = None
        self.is_done = False
        self._recipients: tuple[Peer, ...] = ()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2 * GRID)
        self._box = QVBoxLayout()
        column.addLayout(self._box)
        self.bar = QProgressBar()
        self.bar.setRange(0, 1000)
        self.bar.setAccessibleName(_("Sealing…"))
        self.bar.hide()
        column.addWidget(self.bar)

    def reset(self) -> None:
        """Show nothing yet."""
        self.going, self.is_done = None, False
        self.bar.hide()
        clear(self._box)

    def show_going(self, recipients: Sequence[Peer], going: Going) -> None:
        """Say who will get what."""
        self.reset()
        self.going, self._recipients = going, tuple(recipients)
        box, column = card(spacing=12)
        _told(column, "people", _("Only these people can open it"), [_names(recipients)])
        _told(column, "take_out", _("What goes"), [goes_words(going), *also_goes(going)])
        _told(column, "lock", _("What stays"), stays_sentences(going))
        self._box.addWidget(box)
        if going.choice.codes:
            self._box.addWidget(Notice(_("Code words are in this bundle."), "warning", icon="warning"))

    def show_progress(self, share: float) -> None:
        """How far the sealing is, from 0 to 1."""
        self.bar.show()
        self.bar.setValue(round(1000 * share))

    def show_ready(self) -> None:
        """It was not sealed; it can be tried again."""
        self.bar.hide()

    def show_result(self, sealed: Sealed) -> None:
        """Where it is, and what to do with it."""
        going, made = self.going, sealed.made
        clear(self._box)
        self.bar.hide()
        self.is_done = True
        box, column = card(spacing=12)
        head = QHBoxLayout()
        head.setSpacing(12)
        head.addWidget(IconLabel("check", 32, "good"))
        head.addWidget(PlainLabel(_("The bundle is sealed"), "heading"), 1)
        column.addLayout(head)
        _told(column, "folder", _("Where it is"), _where(sealed))
        _told(
            column,
            "exchange",
            _("How to give it"),
            [
                _how(sealed),
                _("Only %s can open it; not even you can, so keep your vault.") % _names(made.recipients),
            ],
        )
        if going is not None:
            _told(column, "take_out", _("What is in it"), [goes_words(going), *also_goes(going)])
            _told(column, "lock", _("What is not in it"), stays_sentences(going))
        _told(column, "check", _("What comes back"), [_("When they hand over to you, a confirmation comes along.")])
        again = push_button(_("Make another bundle"), "link", icon_name="plus")
        again.clicked.connect(self.again_asked)
        row = QHBoxLayout()
        row.addWidget(again)
        row.addStretch(1)
        column.addLayout(row)
        self._box.addWidget(box)


def _told(column: QVBoxLayout, icon: str, heading: str, sentences: Sequence[str]) -> None:
    row = QHBoxLayout()
    row.setSpacing(12)
    drawing = QVBoxLayout()
    drawing.addWidget(IconLabel(icon, 20, "quiet"))
    drawing.addStretch(1)
    row.addLayout(drawing)
    words = QVBoxLayout()
    words.setSpacing(2)
    words.addWidget(PlainLabel(heading, "strong"))
    for sentence in sentences:
        words.addWidget(PlainLabel(sentence, wrap=True).selectable())
    row.addLayout(words, 1)
    column.addLayout(row)


def _where(sealed: Sealed) -> list[str]:
    numbers = [
        _("For %(name)s it is bundle number %(number)d.")
        % {"number": sealed.made.number_for(peer), "name": visible(peer.name)}
        for peer in sealed.made.recipients
    ]
    count = sealed.parts
    words = ngettext("%(count)d part in the folder %(folder)s", "%(count)d parts in the folder %(folder)s", count)
    place = words % {"count": count, "folder": sealed.place} if count else str(sealed.place)
    return [place, *numbers]


def _how(sealed: Sealed) -> str:
    if sealed.parts:
        return _(
            "Send each part as a file, by any way and in any order. Their names do not matter, but all are needed."
        )
    return _("Copy the file to a stick, or send it as a file with any messenger. Its name does not matter.")


def _names(peers: Sequence[Peer]) -> str:
    return ", ".join(visible(peer.name) for peer in peers)
