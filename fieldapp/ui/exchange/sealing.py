"""Sealing a bundle into a file: made ready in the vault lane, written in the files lane, remembered, or undone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from fieldapp.errors import FieldAppError
from fieldapp.jobs import Job, thread_beside
from fieldapp.services import handover
from fieldapp.services.handover import Handover, Selection
from fieldapp.services.trust import Peer
from fieldapp.ui.session import Session
from fieldapp.values import Progress


class Sealing(QObject):
    """One bundle in the making. Ends with exactly one of `sealed`, `failed` and `cancelled`."""

    progressed = Signal(float)
    """From 0 to 1."""
    sealed = Signal(Handover)
    failed = Signal(FieldAppError)
    cancelled = Signal()

    def __init__(self, session: Session, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self._job: Job[bytes] | None = None
        self._stopped = False

    def start(self, recipients: Sequence[Peer], selection: Selection, path: Path) -> None:
        """Seal what was selected for these people into a new file."""
        self._session.ask(
            self,
            lambda archive: handover.plan(archive, recipients, selection),
            lambda made: self._write(made, path),
            self.failed.emit,
        )

    def cancel(self) -> None:
        """Stop. No file is left, and nothing is remembered; too late, it ends as sealed."""
        self._stopped = True
        if self._job is not None:
            self._job.cancel()

    def _write(self, made: Handover, path: Path) -> None:
        if self._stopped:
            self._undo(made)
            self.cancelled.emit()
            return
        self._job = self._session.on_files(
            self,
            lambda _archive, _decoder, progress: _sealed(made, path, progress),
            lambda digest: self._remember(made, digest, path),
            lambda error: self._on_failed(made, error),
            progress=self._on_progress,
            cancelled=lambda: self._on_cancelled(made),
        )

    def _remember(self, made: Handover, digest: bytes, path: Path) -> None:
        self._session.write(
            self,
            lambda archive: handover.record(archive, made, digest),
            lambda _changed: self.sealed.emit(made),
            lambda error: self._take_back(made, path, error),
        )

    def _take_back(self, made: Handover, path: Path, error: FieldAppError) -> None:
        """Nothing leaves without a trace here: a bundle that could not be remembered is removed."""
        self._session.on_files(
            self,
            lambda _archive, _decoder, _progress: path.unlink(missing_ok=True),
            lambda _: self._on_failed(made, error),
        )

    def _on_progress(self, done_bytes: int, total_bytes: int) -> None:
        self.progressed.emit(done_bytes / max(total_bytes, 1))

    def _on_failed(self, made: Handover, error: FieldAppError) -> None:
        self._undo(made)
        self.failed.emit(error)

    def _on_cancelled(self, made: Handover) -> None:
        self._undo(made)
        self.cancelled.emit()

    def _undo(self, made: Handover) -> None:
        self._session.ask(self, lambda _archive: handover.discard(made))


def _sealed(made: Handover, path: Path, progress: Progress) -> bytes:
    with thread_beside() as beside:
        return handover.write(made, path, progress, beside=beside)
