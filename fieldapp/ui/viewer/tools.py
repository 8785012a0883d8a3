"""The bar over a picture: what it is, which of how many, nearer and farther, turned, and what else can be done."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QToolButton, QWidget

from fieldapp.i18n import _
from fieldapp.ui.plain import ElidedLabel, PlainLabel, icon_button, push_button, set_look
from fieldapp.ui.theme import GRID


class Tools(QFrame):
    """Buttons only; whoever owns it connects them."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_look(self, "top")
        self.close_button = icon_button("back", _("Back (Escape)"))
        self.title = ElidedLabel("", "heading")
        self.place = PlainLabel("", "caption")
        self.previous_button = icon_button("back", _("The one before (Left)"))
        self.next_button = icon_button("forward", _("The next one (Right)"))
        self.smaller_button = icon_button("minus", _("Smaller (−)"))
        self.scale = PlainLabel("", "caption")
        self.scale.setFixedWidth(6 * GRID)
        self.scale.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.larger_button = icon_button("plus", _("Larger (+)"))
        self.fit_button = icon_button("fit", _("The whole picture (0)"))
        self.actual_button = QToolButton()
        self.actual_button.setText("1:1")
        self.actual_button.setToolTip(_("Every pixel (1)"))
        self.actual_button.setAccessibleName(_("Every pixel (1)"))
        set_look(self.actual_button, "quiet")
        self.turn_button = icon_button("turn", _("Turn the view (R); the file stays as it is"))
        self.facts_button = icon_button("facts", _("Facts"))
        self.facts_button.setCheckable(True)
        self.facts_button.setChecked(True)
        self.copy_button = push_button(_("Save a copy…"), icon_name="take_out")
        row = QHBoxLayout(self)
        row.setContentsMargins(GRID, GRID, 2 * GRID, GRID)
        row.setSpacing(4)
        row.addWidget(self.close_button)
        row.addSpacing(4)
        row.addWidget(self.title, 1)
        for part in (self.previous_button, self.place, self.next_button):
            row.addWidget(part)
        row.addSpacing(2 * GRID)
        for part in (self.smaller_button, self.scale, self.larger_button, self.fit_button, self.actual_button):
            row.addWidget(part)
        row.addWidget(self.turn_button)
        row.addSpacing(2 * GRID)
        row.addWidget(self.facts_button)
        row.addWidget(self.copy_button)
        self.enable_picture(False)

    def show_title(self, title: str, place: int | None, count: int) -> None:
        """Which document this is, and which of `count`."""
        self.title.setText(title)
        several = place is not None and count > 1
        for part in (self.previous_button, self.place, self.next_button):
            part.setVisible(several)
        if place is not None:
            self.place.setText(_("%(number)d of %(count)d") % {"number": place + 1, "count": count})
            self.previous_button.setEnabled(place > 0)
            self.next_button.setEnabled(place + 1 < count)

    def show_scale(self, scale: float) -> None:
        """How large the picture is shown."""
        self.scale.setText(f"{100 * scale:.0f} %")

    def enable_picture(self, there: bool) -> None:
        """Whether there is a picture to look at."""
        for part in (self.smaller_button, self.larger_button, self.fit_button, self.actual_button, self.turn_button):
            part.setEnabled(there)
        if not there:
            self.scale.setText("")
