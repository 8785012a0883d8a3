"""From typing to the vault: kept within a second, made into entries when the person pauses or leaves.

Nothing here waits: a keystroke only puts a value aside. What could not be kept stays put aside and is tried again every
few seconds, also after the person has gone on to another record.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum

from PySide6.QtCore import QObject, QTimer, Signal

from fieldapp.errors import FieldAppError
from fieldapp.records.model import Plain
from fieldapp.services import drafts
from fieldapp.services.archive import Changed
from fieldapp.ui.session import Session
from fieldapp.values import RecordId

KEEP_AFTER_MS = 300
FINISH_AFTER_MS = 10_000
AGAIN_AFTER_MS = 5_000


class SaveState(Enum):
    """What a person can rely on."""

    UNTOUCHED = "untouched"
    TYPING = "typing"
    SAVED = "saved"
    FAILED = "failed"


class Drafting(QObject):
    """What is typed in one record."""

    state_changed = Signal(SaveState)
    keep_failed = Signal(FieldAppError)

    def __init__(self, session: Session, record: RecordId, type_name: str) -> None:
        super().__init__(session)
        self._session = session
        self.record, self.type_name = record, type_name
        self.state = SaveState.UNTOUCHED
        self._aside: dict[str, Plain] = {}
        self._unfinished: set[str] = set()
        self._finishing: list[set[str]] = []
        self._retired = False
        self._keep_timer = QTimer(self, singleShot=True, interval=KEEP_AFTER_MS)
        self._keep_timer.timeout.connect(self.keep)
        self._finish_timer = QTimer(self, singleShot=True, interval=FINISH_AFTER_MS)
        self._finish_timer.timeout.connect(self._on_pause)
        self._again_timer = QTimer(self, singleShot=True, interval=AGAIN_AFTER_MS)
        self._again_timer.timeout.connect(self.keep)

    @property
    def unfinished(self) -> frozenset[str]:
        """The fields whose words are not entries yet; what was read before they are does not say them."""
        return frozenset(self._unfinished.union(*self._finishing))

    def put(self, name: str, value: Plain) -> None:
        """A field says this now."""
        self._aside[name] = value
        self._unfinished.add(name)
        self._set_state(SaveState.TYPING)
        if not self._keep_timer.isActive():
            self._keep_timer.start()
        self._finish_timer.start()

    def keep(self) -> None:
        """Keep what was put aside, now."""
        self._keep_timer.stop()
        self._again_timer.stop()
        if not self._aside:
            return
        values, self._aside = self._aside, {}

        def failed(error: FieldAppError) -> None:
            self._aside = values | self._aside
            self._again_timer.start()
            self._set_state(SaveState.FAILED)
            self.keep_failed.emit(error)

        self._session.keep(
            self, lambda archive: drafts.keep(archive, self.record, self.type_name, values), self._on_kept, failed
        )

    def finish(self, then: Callable[[Changed], None] | None = None) -> None:
        """Keep and make entries of it; `then` is told what changed, when it is done."""
        self.keep()
        self._finish_timer.stop()
        if not self._unfinished and then is None:
            return
        finished, self._unfinished = self._unfinished, set()
        self._finishing.append(finished)

        def done(changed: Changed) -> None:
            self._finishing.remove(finished)
            self._unfinished |= finished & self._aside.keys()  # keeping them failed before
            if then is not None:
                then(changed)

        def failed(error: FieldAppError) -> None:
            self._finishing.remove(finished)
            self._unfinished |= finished
            self._set_state(SaveState.FAILED)
            self.keep_failed.emit(error)

        self._session.write(self, lambda archive: drafts.finish(archive, self.record), done, failed)

    def retire(self) -> None:
        """Go, once what was put aside is safe; until then it is tried again."""
        self._retired = True
        self._session.ask(self, lambda _archive: None, lambda _nothing: self._go())

    def _go(self) -> None:
        if not self._aside:
            self.deleteLater()

    def _on_kept(self, _nothing: None) -> None:
        if self._aside:
            return
        self._set_state(SaveState.SAVED)
        if self._retired:
            self.finish()
            self.retire()

    def _on_pause(self) -> None:
        self.finish()

    def _set_state(self, state: SaveState) -> None:
        if self.state is not state:
            self.state = state
            self.state_changed.emit(state)
