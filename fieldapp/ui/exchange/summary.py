"""What would be sealed, told before it is: what goes, and what stays."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from fieldapp.i18n import _, ngettext
from fieldapp.media.probe import visible
from fieldapp.services.handover import Basis
from fieldapp.services.trust import Role
from fieldapp.ui.exchange.counting import counted
from fieldapp.ui.exchange.going import Going
from fieldapp.ui.parts import card
from fieldapp.ui.plain import PlainLabel, push_button, set_look
from fieldapp.ui.sizes import size_words
from fieldapp.values import RecordId

_NAMES_SHOWN = 5


class GoesAlong(QWidget):
    """The short form: below the names, and beside the ticks."""

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
        self.stays.setText("\n".join(_short_words(going)) if going else "")
        self.stays.setVisible(bool(self.stays.text()))
        self.more_button.setVisible(bool(self._linked))

    def _on_more(self) -> None:
        self.more_ticked.emit(self._linked)


def goes_words(going: Going) -> str:
    """The records and the files."""
    selection = going.selection
    records = counted(selection.records)
    count = len(selection.objects)
    if not records and not count:
        return _no_records(going)
    if not count:
        return _("%s, without files.") % records
    files = ngettext("%(count)d file, %(size)s", "%(count)d files, %(size)s", count)
    return "; ".join(filter(None, [records, files % {"count": count, "size": size_words(selection.size)}])) + "."


def also_goes(going: Going) -> list[str]:
    """What goes beside records and files, and deserves to be said."""
    told = [_("Code words go along.")] if going.choice.codes else []
    return [*told, *([_("Phone numbers go with their safety line.")] if _contact_goes(going) else [])]


def stays_sentences(going: Going) -> list[str]:
    """What is not in the bundle, for the summary and for the result."""
    told = [
        *([] if going.choice.codes else [_("Code words stay here.")]),
        *([] if _contact_goes(going) else [_contact_stays()]),
        *_left_out_sentences(going),
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


def _no_records(going: Going) -> str:
    if going.selection.hidden or going.selection.decisions:
        return _("No records: only word of what was removed, withdrawn or confirmed.")
    if going.choice.records is None and going.choice.basis is not Basis.EVERYTHING:
        return _("Nothing new: everything has arrived there.")
    return _("Nothing that may be handed over.")


def _contact_goes(going: Going) -> bool:
    return going.choice.contact or all(peer.role is Role.COORDINATOR for peer in going.choice.to)


def _contact_stays() -> str:
    return _("Phone numbers stay here: a field worker is among them.")


def _left_out_sentences(going: Going) -> list[str]:
    count = len(going.choice.withhold)
    if not count:
        return []
    return [
        ngettext("%d record that you left out stays here.", "%d records that you left out stay here.", count) % count
    ]


def _short_words(going: Going) -> list[str]:
    """What deserves to be said beside the choices."""
    stays = [] if _contact_goes(going) else [_contact_stays()]
    notable = [*also_goes(going), *stays, *_left_out_sentences(going), _stays_words(going)]
    return [each for each in notable if each]


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
