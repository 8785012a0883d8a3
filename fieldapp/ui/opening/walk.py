"""A walk through steps, one at a time, with the way back and the way on below them."""

from __future__ import annotations

from abc import abstractmethod

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QProgressBar, QStackedWidget

from fieldapp.i18n import _
from fieldapp.ui.opening.page import Page, link
from fieldapp.ui.opening.steps import Step
from fieldapp.ui.plain import Notice, PlainLabel, push_button


class Walk(Page):
    """Shows one step, its heading and its place; whoever walks says what comes after it."""

    left = Signal()
    """The person went back from the first step."""

    def __init__(self, at_work: str, *, icon: str = "") -> None:
        """`at_work`: what goes on while the bar runs, for whoever hears the screen."""
        super().__init__(" ", icon=icon)
        self._count = PlainLabel("", "caption")
        self.column.insertWidget(self.column.indexOf(self.heading), self._count)
        self._text = PlainLabel("", "quiet", wrap=True)
        self.column.addWidget(self._text)
        self._steps = QStackedWidget()
        self.column.addWidget(self._steps)
        self.notice = Notice(look="warning", icon="warning")
        self.notice.hide()
        self.column.addWidget(self.notice)
        self._busy = QProgressBar()
        self._busy.setRange(0, 0)
        self._busy.setAccessibleName(at_work)
        self._busy.setTextVisible(False)
        self._busy.hide()
        self.column.addWidget(self._busy)
        row = self.foot()
        self.back_button = link(_("Back"), icon="back")
        self.back_button.clicked.connect(self._on_back)
        self.next_button = push_button(_("Next"), "main")
        self.next_button.clicked.connect(self._on_next)
        row.addWidget(self.back_button)
        row.addStretch(1)
        row.addWidget(self.next_button)

    @property
    def step(self) -> Step:
        """The step that is shown."""
        step = self._steps.currentWidget()
        assert isinstance(step, Step)
        return step

    @property
    def hides_when_left_alone(self) -> bool:
        return True

    def _add(self, step: Step) -> None:
        step.changed.connect(self._on_changed)
        step.submitted.connect(self._on_next)
        step.column.addStretch(1)
        self._steps.addWidget(step)

    def _show_step(self, place: int) -> None:
        self._steps.setCurrentIndex(place)
        self.heading.setText(self.step.heading)
        self._text.setText(self.step.text)
        self._on_changed()
        self.setFocusProxy(self.step)
        self.step.setFocus()

    def _say_count(self, steps: int) -> None:
        words = _("Step %(step)d of %(steps)d")
        self._count.setText(words % {"step": self._steps.currentIndex() + 1, "steps": steps})

    def _on_changed(self) -> None:
        self.next_button.setEnabled(self.step.is_complete() and self._busy.isHidden())

    @abstractmethod
    def _on_back(self) -> None:
        """One step back, or leave."""

    @abstractmethod
    def _on_next(self) -> None:
        """The next step, or what the last one is for."""
