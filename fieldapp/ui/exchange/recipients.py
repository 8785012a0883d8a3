"""To whom: ticks beside the people who are trusted, and what is new for each."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QVBoxLayout, QWidget

from fieldapp.i18n import _, ngettext
from fieldapp.media.probe import visible
from fieldapp.services.trust import Peer, Role
from fieldapp.ui.exchange.going import News
from fieldapp.ui.exchange.roles import RoleChip, role_words
from fieldapp.ui.parts import card, clear, empty_box
from fieldapp.ui.plain import PlainLabel, push_button, set_look
from fieldapp.ui.theme import GRID


class Recipients(QWidget):
    """Who shall be able to open the bundle."""

    changed = Signal()
    add_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        set_look(self, "clear")
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self.boxes: dict[bytes, QCheckBox] = {}
        self._below: dict[bytes, PlainLabel] = {}
        self._peers: tuple[Peer, ...] = ()
        self._listed = False

    @property
    def peers(self) -> tuple[Peer, ...]:
        """Everybody who can be ticked."""
        return self._peers

    @property
    def chosen(self) -> tuple[Peer, ...]:
        """The ticked people."""
        return tuple(peer for peer in self._peers if self.boxes[peer.fingerprint].isChecked())

    def show_peers(self, peers: Sequence[Peer]) -> None:
        """Show these. Who was ticked stays ticked; at first who can only be meant is: one alone, or one coordinator."""
        before, said = (
            {peer.fingerprint for peer in self.chosen},
            {each: self._below[each].text() for each in self._below},
        )
        ticked = before if self._listed and len(peers) > 1 else _meant(peers) | before
        clear(self._column)
        self._peers, self.boxes, self._below = tuple(peers), {}, {}
        self._listed = bool(peers)
        if not peers:
            self._column.addWidget(self._empty())
        else:
            box, column = card(spacing=12)
            for peer in sorted(peers, key=lambda each: (each.role is not Role.COORDINATOR, each.name.casefold())):
                column.addLayout(self._row(peer, on=peer.fingerprint in ticked, said=said.get(peer.fingerprint, "")))
            self._column.addWidget(box)
        self.changed.emit()

    def say_news(self, news: News) -> None:
        """Say what is new for somebody."""
        below = self._below.get(news.peer.fingerprint)
        if below is not None:
            below.setText(news_words(news))
            below.look("caption" if news.records == news.unconfirmed else "")

    def _row(self, peer: Peer, *, on: bool, said: str) -> QVBoxLayout:
        row = QVBoxLayout()
        row.setSpacing(0)
        tick = QCheckBox(visible(peer.name).replace("&", "&&"))
        tick.setChecked(on)
        tick.setAccessibleDescription(role_words(peer.role))
        tick.toggled.connect(self.changed)
        self.boxes[peer.fingerprint] = tick
        top = QHBoxLayout()
        top.setSpacing(GRID)
        top.addWidget(tick)
        top.addWidget(RoleChip(peer.role))
        top.addStretch(1)
        row.addLayout(top)
        below = PlainLabel(said or _("%(name)s on %(device)s") % _names(peer), "caption", wrap=True)
        below.setContentsMargins(3 * GRID + 5, 0, 0, 0)
        self._below[peer.fingerprint] = below
        row.addWidget(below)
        return row

    def _empty(self) -> QWidget:
        box, column = empty_box(
            "people",
            _("A bundle is sealed for people, and you trust nobody yet. Add the card of your coordinator first."),
        )
        button = push_button(_("Add somebody's card…"), "main", icon_name="plus")
        button.clicked.connect(self.add_asked)
        column.addSpacing(GRID)
        holder = QVBoxLayout()
        holder.setContentsMargins(20 * GRID, 0, 20 * GRID, 0)
        holder.addWidget(button)
        column.addLayout(holder)
        return box


def news_words(news: News) -> str:
    """What is new for somebody, and what of it was sent and has not been confirmed."""
    fresh = news.records - news.unconfirmed
    sentences = []
    if fresh:
        words = ngettext("%d record is new for them.", "%d records are new for them.", fresh)
        sentences.append(words % fresh)
    if news.unconfirmed:
        words = ngettext(
            "%d record was sent, and they have not confirmed it yet: it goes once more.",
            "%d records were sent, and they have not confirmed them yet: they go once more.",
            news.unconfirmed,
        )
        sentences.append(words % news.unconfirmed)
    if not sentences and news.files:
        sentences.append(
            ngettext("%d file has not arrived there.", "%d files have not arrived there.", news.files) % news.files
        )
    return " ".join(sentences) or _("Nothing is new for them: everything has arrived there.")


def _meant(peers: Sequence[Peer]) -> set[bytes]:
    coordinators = [peer for peer in peers if peer.role is Role.COORDINATOR]
    for several in (peers, coordinators):
        if len(several) == 1:
            return {several[0].fingerprint}
    return set()


def _names(peer: Peer) -> dict[str, str]:
    return {"name": visible(peer.card.person), "device": visible(peer.card.device)}
