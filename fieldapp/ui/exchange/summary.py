"""What would be sealed, told before it is: what goes, what stays, and the extra tick for code words."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QVBoxLayout, QWidget

from fieldapp.i18n import _, ngettext
from fieldapp.media.probe import visible
from fieldapp.ui.exchange.counting import counted
from fieldapp.ui.exchange.going import Going
from fieldapp.ui.parts import card
from fieldapp.ui.plain import Notice, PlainLabel, push_button, set_look
from fieldapp.ui.sizes import size_words
from fieldapp.ui.theme import GRID
from fieldapp.values import RecordId

_NAMES_SHOWN = 5


class GoesAlong(QWidget):
    """The short form, beside the ticks."""

    more_ticked = Signal(tuple)
    """The ids of linked records that shall be ticked too."""

    def __init__(self) -> None:
        super().__init__()
        set_look(self, "clear")
        box, column = card(spacing=6)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(box)
        column.addWidget(PlainLabel(_("What goes"), "section"))
        self.goes = PlainLabel("", "", wrap=True)
        column.addWidget(self.goes)
        self.stays = PlainLabel("", "quiet", wrap=True)
        column.addWidget(self.stays)
        self.more_button = push_button(_("Tick them too"), "link")
        self.more_button.clicked.connect(self._on_more)
        column.addWidget(self.more_button)
        self._linked: tuple[RecordId, ...] = ()

    def show_going(self, going: Going | None) -> None:
        """Tell this; None: nothing is ticked."""
        self._linked = tuple(row.id for row in going.linked) if going else ()
        self.goes.setText(goes_words(going) if going else _("Nothing is ticked yet."))
        self.stays.setText(_stays_words(going) if going else "")
        self.stays.setVisible(bool(self.stays.text()))
        self.more_button.setVisible(bool(self._linked))

    def _on_more(self) -> None:
        self.more_ticked.emit(self._linked)


class CodesTick(QWidget):
    """The extra tick for code words: never on by itself, never kept."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        set_look(self, "clear")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID)
        self.box = QCheckBox(_("Hand over code words too, this once"))
        self.warning = Notice(
            _(
                "Code words tell a caller from somebody who has taken their phone. Whoever reads them can pretend. "
                "Hand them over only if these people will call in your place."
            ),
            "warning",
            icon="warning",
        )
        self.warning.hide()
        column.addWidget(self.box)
        column.addWidget(self.warning)
        self.box.toggled.connect(self._on_toggled)

    @property
    def chosen(self) -> bool:
        return self.box.isChecked()

    def reset(self) -> None:
        """Take the tick away."""
        self.box.setChecked(False)

    def _on_toggled(self, on: bool) -> None:
        self.warning.setVisible(on)
        self.changed.emit()


def goes_words(going: Going) -> str:
    """The records and the files."""
    records = counted(going.selection.records)
    if not records:
        return _("Nothing that may be handed over.")
    count = len(going.selection.objects)
    if not count:
        return _("%s, without files.") % records
    files = ngettext("%(count)d file, %(size)s", "%(count)d files, %(size)s", count)
    return f"{records}; " + files % {"count": count, "size": size_words(going.selection.size)} + "."


def stays_sentences(going: Going) -> list[str]:
    """What is not in the bundle, for the summary and for the result."""
    told = [
        _("Code words go along.") if going.choice.codes else _("Code words stay here."),
        _("Hidden records and the list of people whom you trust stay here."),
    ]
    if going.selection.withheld:
        told.append(
            ngettext(
                "Of %d more change only the sealed heading goes, without content, so that nobody can drop one unseen.",
                "Of %d more changes only the sealed headings go, without content, so that nobody can drop one unseen.",
                going.selection.withheld,
            )
            % going.selection.withheld
        )
    return told


def _stays_words(going: Going) -> str:
    if not going.linked:
        return ""
    names = [visible(row.title) or _("Without a title") for row in going.linked]
    shown = ", ".join(names[:_NAMES_SHOWN])
    more = len(names) - _NAMES_SHOWN
    if more > 0:
        shown = ngettext("%(names)s and %(count)d more", "%(names)s and %(count)d more", more) % {
            "names": shown,
            "count": more,
        }
    return _("Linked to these, and stays here: %s.") % shown
