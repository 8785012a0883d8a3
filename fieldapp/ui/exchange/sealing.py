"""Sealing a bundle into a file or parts: planned in the vault lane, written in the files lane; remembered or undone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from fieldapp.bundles.parts import PartsWritten, remove_parts
from fieldapp.errors import FieldAppError
from fieldapp.jobs import Job, thread_beside
from fieldapp.services import handover, in_parts
from fieldapp.services.handover import Handover, Selection
from fieldapp.services.trust import Peer
from fieldapp.ui.session import Session
from fieldapp.values import Progress


@dataclass(frozen=True, slots=True)
class Sealed:
    """A bundle that was made. `written` is None where it is one file."""

    made: Handover
    digest: bytes
    place: Path
    written: PartsWritten | None = None

    @property
    def parts(self) -> int:
        """How many parts it has; 0: it is one file."""
        return len(self.written.paths) if self.written is not None else 0

    def remove(self) -> None:
        """Remove the file or the parts."""
        if self.written is not None:
            remove_parts(self.written)
        else:
            self.place.unlink(missing_ok=True)


class Sealing(QObject):
    """One bundle in the making. Ends with exactly one of `sealed`, `failed` and `cancelled`."""

    progressed = Signal(float)
    """From 0 to 1."""
    sealed = Signal(Sealed)
    failed = Signal(FieldAppError)
    cancelled = Signal()

    def __init__(self, session: Session, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self._part_bytes: int | None = None
        self._job: Job[Sealed] | None = None
        self._stopped = False

    def start(
        self, recipients: Sequence[Peer], selection: Selection, path: Path, *, part_bytes: int | None = None
    ) -> None:
        """Seal what was selected for these people into a new file, or into parts of so many bytes in a folder."""
        self._part_bytes = part_bytes
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
        part_bytes = self._part_bytes
        self._job = self._session.on_files(
            self,
            lambda _archive, _decoder, progress: _sealed(made, path, part_bytes, progress),
            self._remember,
            lambda error: self._on_failed(made, error),
            progress=self._on_progress,
            cancelled=lambda: self._on_cancelled(made),
        )

    def _remember(self, sealed: Sealed) -> None:
        self._session.write(
            self,
            lambda archive: handover.record(archive, sealed.made, sealed.digest),
            lambda _changed: self.sealed.emit(sealed),
            lambda error: self._take_back(sealed, error),
        )

    def _take_back(self, sealed: Sealed, error: FieldAppError) -> None:
        """Nothing leaves without a trace here: a bundle that could not be remembered is removed."""
        self._session.on_files(
            self,
            lambda _archive, _decoder, _progress: sealed.remove(),
            lambda _: self._on_failed(sealed.made, error),
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


def _sealed(made: Handover, path: Path, part_bytes: int | None, progress: Progress) -> Sealed:
    with thread_beside() as beside:
        if part_bytes is None:
            return Sealed(made, handover.write(made, path, progress, beside=beside), path)
        written = in_parts.write(made, path, progress, part_bytes=part_bytes, beside=beside)
        return Sealed(made, written.digest, path, written)
