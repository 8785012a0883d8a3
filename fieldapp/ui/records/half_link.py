"""A name half typed in the line that adds a person: kept beside the record it is for, and there again with it.

A new record comes to be with it, as with its first words: else nobody could come back to the name.
"""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QObject, QTimer

from fieldapp.errors import FieldAppError
from fieldapp.services import drafts, half_finished
from fieldapp.services.archive import Archive, Changed
from fieldapp.ui.locking.half_sheet import KEEP_AFTER_MS
from fieldapp.ui.records.links import LinksSection
from fieldapp.ui.session import Session
from fieldapp.values import RecordId

LINK = "add a person"
"""What this is called among the half-finished sheets."""


class HalfLink(QObject):
    """Lives with one line, whichever record it stands in."""

    def __init__(self, session: Session, links: LinksSection) -> None:
        super().__init__(links)
        self._session, self._links = session, links
        self._record: RecordId | None = None
        self._new = ""
        self._waits = False
        self._timer = QTimer(self, singleShot=True, interval=KEEP_AFTER_MS)
        self._timer.timeout.connect(self.keep)
        links.typed.connect(self._on_typed)
        links.over.connect(self._on_over)

    def follow(self, record: RecordId) -> None:
        """The line stands in this record now: open it again if a name was being typed here."""
        self._record, self._new = record, ""
        self._session.ask(
            self,
            lambda archive: half_finished.sheet_texts(archive, LINK, record),
            lambda kept: self._show(record, kept),
            lambda _error: None,
        )

    def begin(self, type_name: str) -> None:
        """It is a new record of this type, without words yet; with "", it is there now."""
        self._new = type_name

    def keep(self) -> None:
        """Keep what is typed, now, if it is not kept yet."""
        record, new = self._record, self._new
        if not self._waits or record is None:
            return
        self._waits = False
        self._timer.stop()
        name, role = self._links.half_typed
        texts = {"name": name, "role": role} if name.strip() else {}

        def work(archive: Archive) -> Changed:
            changed = drafts.begin(archive, record, new) if new and texts else Changed()
            half_finished.keep_sheet(archive, LINK, record, texts)
            return changed

        self._session.keep(self, work, None, self._on_failed)

    def _show(self, record: RecordId, kept: Mapping[str, str]) -> None:
        if record == self._record and kept.get("name") and not self._links.half_typed[0]:
            self._links.begin_again(kept["name"], kept.get("role", ""))

    def _on_typed(self) -> None:
        self._waits = True
        if not self._timer.isActive():
            self._timer.start()

    def _on_failed(self, _error: FieldAppError) -> None:
        """A full disk: it is tried again by itself."""
        self._on_typed()

    def _on_over(self) -> None:
        """The person was added, or not after all."""
        self._timer.stop()
        self._waits = False
        record = self._record
        if record is not None:
            self._session.ask(
                self, lambda archive: half_finished.forget_sheet(archive, LINK, record), None, lambda _error: None
            )
