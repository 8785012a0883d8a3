"""Who belongs to a record, and adding somebody without leaving it: a known person, or a new one in the same save."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from fieldapp.i18n import _, language
from fieldapp.records.model import Plain, show_value
from fieldapp.records.store import RecordRow
from fieldapp.records.vocabulary import vocabulary
from fieldapp.services import records, views
from fieldapp.services.archive import Archive, Changed
from fieldapp.services.records import NewLink
from fieldapp.services.views import LinkView, RecordView
from fieldapp.ui.form.choice import ChoiceBox
from fieldapp.ui.plain import ElidedLabel, IconLabel, PlainLabel, icon_button, push_button, set_look
from fieldapp.ui.records.facts import ATTACHMENT
from fieldapp.ui.records.person_picker import PersonPicker
from fieldapp.ui.records.safety import Level, Safety, safety_of
from fieldapp.ui.session import Session
from fieldapp.ui.theme import GRID
from fieldapp.values import RecordId

_ROLES = {
    "testimony": ("narrator", "victim", "witness", "relative", "colleague", "mentioned", "perpetrator", "interpreter",
                  "interviewer"),
    "person": ("relative", "colleague", "witness", "perpetrator", "mentioned"),
    "document": ("about", "mentioned", "witness"),
}  # fmt: skip


_MOST_CARDS = 200


@dataclass(frozen=True, slots=True)
class Linked:
    """A link with what its card shows."""

    link: LinkView
    status: str
    phones: tuple[str, ...]
    safety: Safety | None


def linked_of(archive: Archive, view: RecordView) -> list[Linked]:
    """The cards of a record's links, attachments aside, one more than are shown. In the vault lane."""
    links = [link for link in view.links if link.role != ATTACHMENT or not link.outgoing]
    people: dict[RecordId, RecordView] = {}
    return [_linked(archive, link, people) for link in links[: _MOST_CARDS + 1]]


def _linked(archive: Archive, link: LinkView, people: dict[RecordId, RecordView]) -> Linked:
    if link.other is None or link.other.type != "person":
        return Linked(link, "", (), None)
    if link.other_id not in people:
        people[link.other_id] = views.view(archive, link.other_id)
    person = people[link.other_id]

    def value(name: str) -> Plain:
        return person.value(name)

    status = next((field for field in person.fields if field.name == "status"), None)
    phones = tuple(str(phone) for phone in person.values("phone"))
    return Linked(
        link, show_value(status.field, status.value) if status else "", phones, safety_of(value) if phones else None
    )


class LinkCard(QFrame):
    """One linked record: its role, its title, and for a person with a number the safe-contact line."""

    opened = Signal(RecordRow)
    unlinked = Signal(bytes)

    def __init__(self, linked: Linked) -> None:
        super().__init__()
        set_look(self, "card")
        self._link = linked.link
        other = linked.link.other
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 8, 8, 8)
        row.setSpacing(12)
        row.addWidget(IconLabel(other.type if other else "link", 20, "quiet"))
        words = QVBoxLayout()
        words.setSpacing(2)
        title = (other.title or _("Without a title")) if other else _("A record that has not come here yet")
        self.title = ElidedLabel(title, "strong")
        words.addWidget(self.title)
        role = vocabulary("link_role").term(linked.link.role, language())
        told = [role if linked.link.outgoing else _("here as: %s") % role, linked.status, linked.link.note]
        words.addWidget(ElidedLabel("  ·  ".join(part for part in told if part), "caption"))
        if linked.safety is not None:
            words.addWidget(PlainLabel(", ".join(linked.phones), wrap=True).selectable())
            look = "caption" if linked.safety.level is Level.KNOWN else "danger"
            words.addWidget(PlainLabel(linked.safety.text, look, wrap=True))
        row.addLayout(words, 1)
        if other is not None:
            open_button = icon_button("forward", _("Open this record"))
            open_button.clicked.connect(self._on_open)
            row.addWidget(open_button)
        remove = icon_button("close", _("Remove this link"))
        remove.clicked.connect(self._on_remove)
        row.addWidget(remove)
        self.setAccessibleName(f"{title}, {role}")

    def _on_open(self) -> None:
        if self._link.other is not None:
            self.opened.emit(self._link.other)

    def _on_remove(self) -> None:
        self.unlinked.emit(self._link.id)


class LinksSection(QWidget):
    """The cards, and the line with which one more is added."""

    opened = Signal(RecordRow)
    hidden = Signal(bytes)
    """A link was taken away: it can be brought back."""
    typed = Signal()
    """What stands in the line for one more is another now."""
    over = Signal()
    """Who stood in that line was added, or is not to be."""
    begun = Signal(QWidget)
    """This line for one more stands in its place: who scrolls brings it into view."""

    def __init__(self, session: Session, type_name: str, ready: Callable[[Callable[[RecordId], None]], None]) -> None:
        super().__init__()
        self._session = session
        self._ready = ready
        self._cards = QVBoxLayout()
        self._cards.setSpacing(GRID)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID)
        column.addWidget(PlainLabel(_HEADINGS[type_name](), "section"))
        column.addLayout(self._cards)
        self.add_button = push_button(_("Add a person…"), "link", icon_name="plus")
        self.add_button.clicked.connect(self.begin)
        foot = QHBoxLayout()
        foot.addWidget(self.add_button)
        foot.addStretch(1)
        column.addLayout(foot)
        self._bar = QWidget()
        bar = QHBoxLayout(self._bar)
        bar.setContentsMargins(0, 0, 0, 0)
        bar.setSpacing(GRID)
        self.picker = PersonPicker(session, _("Name of the person"), offers_new=True)
        self.picker.chosen.connect(self._on_chosen)
        self.picker.new_wanted.connect(self._on_new)
        self.role = ChoiceBox(vocabulary("link_role"), _ROLES[type_name], searched=False)
        self.role.removeItem(0)
        self.role.setAccessibleName(_("Role"))
        cancel = push_button(_("Cancel"), "quiet")
        cancel.clicked.connect(self._on_cancel)
        self.picker.line.textEdited.connect(self._on_typed)
        self.role.currentIndexChanged.connect(self._on_typed)
        bar.addWidget(self.role)
        bar.addWidget(self.picker, 1)
        bar.addWidget(cancel)
        self._bar.hide()
        column.addWidget(self._bar)

    def show_links(self, links: Sequence[Linked]) -> None:
        """Show these cards."""
        while (item := self._cards.takeAt(0)) is not None:
            gone = item.widget()
            if gone is not None:
                gone.hide()
                gone.deleteLater()
        for linked in links[:_MOST_CARDS]:
            card = LinkCard(linked)
            card.opened.connect(self.opened)
            card.unlinked.connect(self._on_unlinked)
            self._cards.addWidget(card)
        if len(links) > _MOST_CARDS:
            self._cards.addWidget(PlainLabel("…", "caption"))

    def begin(self) -> None:
        """Open the line, with the cursor in it; what is typed there already stays."""
        if self._bar.isHidden():
            self.begin_again("", "")
        self.picker.setFocus()
        self.picker.look_again()
        QTimer.singleShot(0, self, self._on_laid_out)

    def begin_again(self, name: str, role: str) -> None:
        """Open the line with what was typed in it, and leave the cursor where it is."""
        self._bar.show()
        self.add_button.hide()
        self.picker.line.setText(name)
        if role:
            self.role.choose(role)

    @property
    def half_typed(self) -> tuple[str, str]:
        """The name that stands in the open line, and its role."""
        return ("", "") if self._bar.isHidden() else (self.picker.line.text(), self.role.code)

    def _on_typed(self, _what: object) -> None:
        self.typed.emit()

    def _on_cancel(self) -> None:
        self.end()
        self.over.emit()

    def _on_laid_out(self) -> None:
        self.begun.emit(self._bar)

    def end(self) -> None:
        """Close the line."""
        self._bar.hide()
        self.add_button.show()

    def _on_chosen(self, row: RecordRow) -> None:
        role = self.role.code
        self._link(lambda archive, owner: records.link(archive, owner, row.id, role))

    def _on_new(self, name: str) -> None:
        role = self.role.code
        self._link(
            lambda archive, owner: records.save(
                archive, "person", {"name": name}, links=[NewLink(owner, role, backwards=True)]
            )
        )

    def _link(self, work: Callable[[Archive, RecordId], Changed]) -> None:
        def linked(owner: RecordId) -> None:
            def write(archive: Archive) -> Changed:
                changed = work(archive, owner)
                return Changed(changed.records | {owner})

            self._session.write(self, write)

        self.end()
        self.over.emit()
        self._ready(linked)
        self.add_button.setFocus()

    def _on_unlinked(self, link: bytes) -> None:
        link_id = RecordId(link)

        def hide(archive: Archive) -> Changed:
            return records.hide(archive, link_id)

        self._session.write(self, hide, lambda _changed: self.hidden.emit(link))


_HEADINGS = {
    "testimony": lambda: _("People in this account"),
    "person": lambda: _("Connections"),
    "document": lambda: _("Belongs to"),
}
