"""People I trust: whose words were compared. Only for them can be sealed, and only from them is anything believed."""

from __future__ import annotations

import secrets
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from fieldapp.bundles.card import Card
from fieldapp.i18n import _
from fieldapp.media.probe import visible
from fieldapp.services import receipts, revoking, trust
from fieldapp.services.archive import Archive
from fieldapp.services.revoking import Revocation
from fieldapp.services.trust import Peer
from fieldapp.ui.exchange.compare import CompareSheet
from fieldapp.ui.exchange.lost_device import LostDeviceSheet
from fieldapp.ui.exchange.lost_devices import LostDevices
from fieldapp.ui.exchange.my_card import SUFFIX
from fieldapp.ui.exchange.person_row import PersonRow
from fieldapp.ui.exchange.person_sheet import PersonSheet, described
from fieldapp.ui.file_dialogs import choose_files, choose_new_file
from fieldapp.ui.parts import Part, card, clear, empty_box
from fieldapp.ui.plain import Notice, Sheet, ask, line, push_button
from fieldapp.ui.session import Session
from fieldapp.ui.words import show_error


class PeoplePart(Part):
    """The list of trusted people, and the way to add one."""

    changed = Signal()
    """Somebody is trusted now, or no longer."""
    listed = Signal()
    lost_listed = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__(
            _("People I trust"),
            _("You can seal bundles for them, and what they send is taken in. You have compared words with each."),
        )
        self._session = session
        self.peers: list[Peer] = []
        self._list = QVBoxLayout()
        self.column.addLayout(self._list)
        self.notice = Notice(icon="check")
        self.notice.hide()
        self.column.addWidget(self.notice)
        self.lost = LostDevices()
        self.lost.again_asked.connect(lambda peer: self.compare(peer.card))
        row = QHBoxLayout()
        self.add_button = push_button(_("Add somebody's card…"), "main", icon_name="plus")
        self.add_button.clicked.connect(self._on_add)
        row.addWidget(self.add_button)
        row.addStretch(1)
        self.column.addLayout(row)
        self.column.addWidget(self.lost)
        self.column.addStretch(1)

    def refresh(self) -> None:
        """Read who is trusted, and whose device is out."""
        self._session.ask(self, trust.peers, self._on_peers)
        self._session.ask(self, _lost, self._on_lost)

    def add_card(self, path: Path) -> None:
        """Read a card from a file, and have its words compared."""

        def work(_archive: Archive, _decoder: object, _progress: object) -> Card:
            return trust.read_card_file(path)

        self._session.on_files(self, work, self._on_card, lambda error: show_error(self, error))

    def compare(self, found: Card) -> CompareSheet:
        """Have the words of a card compared. The sheet is open when this returns."""
        sheet = CompareSheet(self._session, found, self)
        sheet.trusted.connect(self._on_trusted)
        sheet.open()
        return sheet

    def show_person(self, peer: Peer) -> PersonSheet:
        """Show one of them. The sheet is open when this returns."""
        sheet = PersonSheet(self._session, peer, self)
        sheet.changed.connect(self._on_trusted)
        sheet.distrust_asked.connect(self.distrust)
        sheet.lost_asked.connect(self.report_lost)
        sheet.confirmation_asked.connect(self._on_confirmation)
        sheet.open()
        return sheet

    def distrust(self, peer: Peer) -> Sheet:
        """Ask, and then no longer trust somebody."""
        sheet = ask(
            self,
            _("No longer trust %s?") % visible(peer.name),
            _(
                "Nothing can be sealed for them any more, and what they send waits unopened. "
                "What came from them before stays. You can add their card again later."
            ),
            yes=_("No longer trust them"),
            no=_("Keep"),
        )
        sheet.accepted.connect(lambda: self._remove(peer))
        return sheet

    def report_lost(self, peer: Peer) -> LostDeviceSheet:
        """Ask what of a lost device still stands. The sheet is open when this returns."""
        sheet = LostDeviceSheet(self._session, peer, self)
        sheet.revoked.connect(self._on_trusted)
        sheet.open()
        return sheet

    def write_confirmation(self, peer: Peer, path: Path) -> None:
        """Tell somebody in a small file what has arrived here."""
        self._session.ask(
            self,
            lambda archive: receipts.write_file(archive, peer, path),
            lambda _made: self._on_confirmed(peer, path),
            lambda error: show_error(self, error),
        )

    def _on_confirmation(self, peer: Peer) -> None:
        proposed = Path.home() / f"{secrets.token_hex(3)}{receipts.SUFFIX}"
        choose_new_file(
            self,
            _("Where shall the confirmation be?"),
            proposed,
            lambda path: self.write_confirmation(peer, path),
            suffix=receipts.SUFFIX.removeprefix("."),
        )

    def _on_confirmed(self, peer: Peer, path: Path) -> None:
        told = {"name": visible(peer.name), "path": path}
        self.notice.say(
            _("The confirmation for %(name)s is in %(path)s. It holds no records; only they can open it.") % told
        )

    def _remove(self, peer: Peer) -> None:
        self._session.write(self, lambda archive: trust.distrust(archive, peer), lambda _: self._on_trusted(peer))

    def _on_card(self, found: Card) -> None:
        self.compare(found)

    def _on_trusted(self, _peer: Peer) -> None:
        self.refresh()
        self.changed.emit()

    def _on_add(self) -> None:
        choose_files(self, _("Which card?"), lambda paths: self.add_card(paths[0]), suffix=SUFFIX)

    def _on_peers(self, peers: list[Peer]) -> None:
        self.peers = peers
        clear(self._list)
        if not peers:
            box, _column = empty_box(
                "people",
                _(
                    "Nobody yet. Ask your coordinator for their card, give them yours, "
                    "and read each other the eight words."
                ),
            )
            self._list.addWidget(box)
        else:
            box, column = card(spacing=0)
            column.setContentsMargins(0, 0, 0, 0)
            for place, peer in enumerate(peers):
                if place:
                    column.addWidget(line())
                column.addWidget(self._row(peer))
            self._list.addWidget(box)
        self.listed.emit()

    def _on_lost(self, found: tuple[list[Peer], dict[bytes, Revocation]]) -> None:
        self.lost.show_lost(*found)
        self.lost_listed.emit()

    def _row(self, peer: Peer) -> PersonRow:
        row = PersonRow(peer, described(peer))
        look = push_button(_("Look…"))
        look.setAccessibleName(_("Look at %s") % visible(peer.name))
        look.clicked.connect(lambda: self.show_person(peer))
        row.add_button(look)
        return row


def _lost(archive: Archive) -> tuple[list[Peer], dict[bytes, Revocation]]:
    """Whose device is out here, and the newest word of it."""
    peers = [peer for peer in trust.known_cards(archive) if peer.revoked]
    said = {each.fingerprint: each for each in revoking.revocations(archive) if each.counts} if peers else {}
    return peers, said
