"""Choosing the coordinators who keep shares: two or three, each different people on different machines."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from fieldapp.errors import FieldAppError
from fieldapp.i18n import _
from fieldapp.media.probe import visible
from fieldapp.services.safety import escrow
from fieldapp.services.safety.escrow import LEAST, MOST, Escrow
from fieldapp.services.trust import Peer
from fieldapp.ui.parts import clear
from fieldapp.ui.plain import Notice, PlainLabel, set_look
from fieldapp.ui.safety.ways_parts import WorkSheet
from fieldapp.ui.session import Session
from fieldapp.ui.tick import Tick


class HolderChoice(QWidget):
    """Boxes to tick, one for each coordinator who is trusted."""

    changed = Signal()
    loaded = Signal()

    def __init__(self, session: Session, *, ticked: frozenset[bytes] = frozenset()) -> None:
        super().__init__()
        set_look(self, "clear")
        self._ticked = ticked
        self.peers: list[Peer] = []
        self.boxes: dict[bytes, Tick] = {}
        self.nobody = Notice(
            _(
                "There are not two coordinators yet whose words you have compared. Add their cards first: Exchange, "
                "People I trust. When you trust a card, say that they are your coordinator."
            ),
            icon="people",
        )
        self.nobody.hide()
        self.hint = PlainLabel(" ", "caption", wrap=True)
        self._column = QVBoxLayout()
        self._column.setSpacing(4)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self.nobody)
        outer.addLayout(self._column)
        outer.addWidget(self.hint)
        session.ask(self, escrow.candidates, self._on_read)

    @property
    def chosen(self) -> tuple[Peer, ...]:
        """Who is ticked."""
        return tuple(peer for peer in self.peers if self.boxes[peer.fingerprint].isChecked())

    @property
    def is_enough(self) -> bool:
        """Whether these are two or three."""
        return LEAST <= len(self.chosen) <= MOST

    def _on_read(self, found: list[Peer]) -> None:
        self.peers = found
        clear(self._column)
        self.boxes = {peer.fingerprint: Tick(_name(peer)) for peer in found}
        for fingerprint, box in self.boxes.items():
            box.setChecked(fingerprint in self._ticked)
            box.toggled.connect(self._on_toggled)
            self._column.addWidget(box)
        self.nobody.setVisible(len(found) < LEAST)
        self.hint.setVisible(len(found) >= LEAST)
        self._on_toggled()
        self.loaded.emit()

    def _on_toggled(self) -> None:
        count = len(self.chosen)
        if count > MOST:
            self.hint.setText(_("At most three."))
        elif count < LEAST:
            self.hint.setText(_("Choose two or three. With three, one of them may be out of reach."))
        else:
            self.hint.setText(_("Any two of them together can help you in; one alone cannot."))
        self.changed.emit()


class ChooseHoldersSheet(WorkSheet):
    """Asks, and makes the shares; their files are written afterwards."""

    chosen = Signal(Escrow)
    refused = Signal()

    def __init__(self, session: Session, parent: QWidget, *, anew: bool) -> None:
        super().__init__(_("Who shall be able to help you in?"), parent)
        self._session = session
        self.add_wide(
            _(
                "If you forget the passphrase, two of them read twelve words to you on the phone, and you are in. "
                "Choose people whom you can reach, who are not searched together with you, and who would be sure that "
                "it is you who calls. They cannot read the vault with their share, and two of them could only if they "
                "also had the vault."
            )
        )
        if anew:
            self.body.addWidget(
                Notice(
                    _(
                        "The shares of now stop opening this vault. They still open old copies of its folder: if you "
                        "do not trust one of these people any more, go back and make a new key instead."
                    ),
                    "warning",
                    icon="warning",
                )
            )
        self.choice = HolderChoice(session)
        self.choice.changed.connect(self._on_changed)
        self.body.addWidget(self.choice)
        self.add_end()
        self.cancel_button = self.add_button(_("Cancel"))
        self.cancel_button.clicked.connect(self.reject)
        self.choose_button = self.add_button(_("Make their shares"), main=True)
        self.choose_button.clicked.connect(self._on_choose)
        self._on_changed()

    def _on_changed(self) -> None:
        self.choose_button.setEnabled(self.choice.is_enough and self.bar.isHidden())

    def _on_choose(self) -> None:
        holders: Sequence[Peer] = self.choice.chosen
        self._set_busy(True)
        self._session.write(self, lambda archive: escrow.choose(archive, holders), self._on_chosen, self._on_failed)

    def _on_chosen(self, made: Escrow) -> None:
        self.chosen.emit(made)
        self.accept()

    def _on_failed(self, error: FieldAppError) -> None:
        self._set_busy(False)
        self.say_error(error)
        self.refused.emit()

    def _set_busy(self, busy: bool) -> None:
        self.set_busy(busy, self.choice, self.cancel_button)
        self._on_changed()


def _name(peer: Peer) -> str:
    return _("%(name)s, on %(device)s") % {"name": visible(peer.name), "device": visible(peer.card.device)}
