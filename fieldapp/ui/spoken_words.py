"""A field for twelve words that somebody reads from paper or hears on the phone. Each is checked as it is typed.

It is a secret box like that of the passphrase, drawn as twelve numbered places: one buffer, nothing from or to the
clipboard. A space ends a word; of a word whose first four letters are there the rest is put in.
"""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence, QPainter, QPaintEvent, QPen

from fieldapp.i18n import _, ngettext
from fieldapp.ui.passphrase import PassphraseField, SecretBox
from fieldapp.ui.plain import PlainLabel
from fieldapp.ui.theme import GRID, RADIUS, theme

COUNT = 12
_COLUMNS = 4
_ROWS = 3
_CELL = 34
_GAP = 6
_NUMBER = 22


class WordsBox(SecretBox):
    """The twelve places. The next letter goes to the end of what was typed, as in every secret box."""

    @property
    def words(self) -> list[str]:
        """What was typed, word by word; the last one may be unfinished."""
        return self.peek().split()

    @property
    def place(self) -> int:
        """The place that is typed in, from 0; 12 where all are full."""
        text = self.peek()
        full = len(text.split())
        return full if not text or text.endswith(" ") else full - 1

    def is_wrong(self, place: int) -> bool:
        """Whether what stands there is no word of the list, or can become none."""
        from fieldapp.services import spoken_words  # noqa: PLC0415 - start-up time: see Doors.warm

        words = self.words
        if place >= len(words):
            return False
        known = spoken_words.may_become if place == self.place else spoken_words.is_word
        return not known(words[place])

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(44 * GRID, _ROWS * _CELL + (_ROWS - 1) * _GAP + 2)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        if event.matches(QKeySequence.StandardKey.Paste):
            event.accept()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802, ARG002 - Qt's name and shape
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        words = self.words
        for place in range(COUNT):
            self._paint_cell(painter, place, words[place] if place < len(words) else "")
        painter.end()

    def _paint_cell(self, painter: QPainter, place: int, word: str) -> None:
        cell = self._cell(place)
        wrong = self.is_wrong(place)
        here = self.hasFocus() and place == self.place
        line = "danger" if wrong else "accent" if here else "control_line"
        painter.setPen(QPen(theme().colour(line), 2 if here or wrong else 1))
        painter.setBrush(theme().colour("surface"))
        painter.drawRoundedRect(cell.adjusted(1, 1, -1, -1), RADIUS, RADIUS)
        painter.setPen(theme().colour("quiet"))
        middle = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight)
        painter.drawText(QRect(cell.left(), cell.top(), _NUMBER, cell.height()), middle, str(place + 1))
        painter.setPen(theme().colour("danger" if wrong else "text"))
        shown = word if self._shown else "•" * len(word)
        room = cell.adjusted(_NUMBER + 6, 0, -4, 0)
        painter.setClipRect(room)
        left = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
        painter.drawText(room, left, shown)
        if here:
            end = min(room.left() + painter.fontMetrics().horizontalAdvance(shown) + 1, room.right())
            painter.drawLine(end, cell.top() + 9, end, cell.bottom() - 9)
        painter.setClipping(False)

    def _cell(self, place: int) -> QRect:
        row, column = divmod(place, _COLUMNS)
        width = (self.width() - (_COLUMNS - 1) * _GAP) // _COLUMNS
        return QRect(column * (width + _GAP), row * (_CELL + _GAP), width, _CELL)

    def _add(self, text: str) -> None:
        for character in text:
            if character.isspace():
                self._end_word()
            elif self.place < COUNT:
                super()._add(character)

    def _end_word(self) -> None:
        from fieldapp.services import spoken_words  # noqa: PLC0415 - start-up time: see Doors.warm

        text = self.peek()
        if not text or text.endswith(" "):
            return
        super()._add(spoken_words.rest_of(text.split()[-1]) + " ")


class WordsField(PassphraseField):
    """Twelve words, shown as they are typed, with a line below that says how far it is and what is wrong."""

    box: WordsBox

    def __init__(self, label: str) -> None:
        super().__init__(label, box=WordsBox(label))
        self.reveal_button.setChecked(True)
        self.said = PlainLabel(" ", "caption", wrap=True)
        layout = self.layout()
        assert layout is not None
        layout.addWidget(self.said)
        self.edited.connect(self._on_edited)
        self._on_edited()

    @property
    def is_whole(self) -> bool:
        """Whether there are twelve words that belong together."""
        from fieldapp.services import spoken_words  # noqa: PLC0415 - start-up time: see Doors.warm

        return len(self.box.words) == COUNT and spoken_words.fits(self.box.peek())

    def peek(self) -> str:
        """What was typed; it stays."""
        return self.box.peek()

    def _on_edited(self) -> None:
        text, look = self._state()
        self.said.setText(text)
        self.said.look(look)
        self.box.setAccessibleDescription(text)

    def _state(self) -> tuple[str, str]:
        count = len(self.box.words)
        wrong = next((place for place in range(count) if self.box.is_wrong(place)), None)
        if wrong is not None:
            text = _("Word %d is not in the list of words. Look or listen once more, letter by letter.")
            return text % (wrong + 1), "danger"
        if count < COUNT:
            words = ngettext("%(count)d of %(all)d words", "%(count)d of %(all)d words", count)
            return words % {"count": count, "all": COUNT}, "caption"
        if self.is_whole:
            return _("All twelve words fit together."), "good"
        if any(not self._is_finished(place) for place in range(COUNT)):
            return _("The last word is not finished."), "caption"
        text = _("Each is a word of the list, but together they do not fit: one is another, or two changed places.")
        return text, "danger"

    def _is_finished(self, place: int) -> bool:
        from fieldapp.services import spoken_words  # noqa: PLC0415 - start-up time: see Doors.warm

        return spoken_words.is_word(self.box.words[place])
