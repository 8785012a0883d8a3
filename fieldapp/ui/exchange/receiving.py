"""One file on its way into the vault: looked into, tried without keeping anything, then taken in. Knows no widgets."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from fieldapp.errors import FieldAppError
from fieldapp.jobs import Job
from fieldapp.services import arrivals
from fieldapp.services.archive import Archive, Changed
from fieldapp.services.arrivals import Arrival, BundleFacts, Outcome, Quarantined, Receiving, Taken
from fieldapp.ui.session import Session


class Reception(QObject):
    """The work on one file. Each of `look` and `take` ends with exactly one of its signals."""

    inspected = Signal(BundleFacts)
    """Who says that it is from them; the rest is still being read."""
    looked = Signal(Outcome)
    """What taking it in would do."""
    taken = Signal(Outcome)
    failed = Signal(FieldAppError)
    cancelled = Signal()
    progressed = Signal(float)

    def __init__(self, session: Session, path: Path, parent: QObject, waiting: Quarantined | None = None) -> None:
        super().__init__(parent)
        self.path, self.waiting = path, waiting
        self._session = session
        self._job: Job[Taken] | None = None
        self._stopped = False

    def look(self) -> None:
        """Look into it and try it, and change nothing."""
        self._start(self._inspect)

    def take(self) -> None:
        """Take it in; of a sender who is not trusted: keep it sealed."""
        self._start(lambda desk: self._read(desk, dry_run=False))

    def cancel(self) -> None:
        """Stop reading. Nothing is left behind."""
        self._stopped = True
        if self._job is not None:
            self._job.cancel()

    def _start(self, then: Callable[[Receiving], None]) -> None:
        self._stopped, self._job = False, None
        self._session.ask(self, arrivals.receiving, then, self.failed.emit)

    def _inspect(self, desk: Receiving) -> None:
        def found(facts: BundleFacts) -> None:
            self.inspected.emit(facts)
            self._read(desk, dry_run=True)

        self._session.on_files(
            self, lambda _archive, _decoder, _progress: arrivals.inspect(desk, self.path), found, self.failed.emit
        )

    def _read(self, desk: Receiving, *, dry_run: bool) -> None:
        if self._stopped:
            self.cancelled.emit()
            return
        self._job = self._session.on_files(
            self,
            lambda archive, _decoder, progress: arrivals.take(
                desk, archive.vault.objects, self.path, progress, dry_run=dry_run
            ),
            lambda taken: self._believe(taken, dry_run=dry_run),
            self.failed.emit,
            progress=lambda done, total: self.progressed.emit(done / max(total, 1)),
            cancelled=self.cancelled.emit,
        )

    def _believe(self, taken: Taken, *, dry_run: bool) -> None:
        if self._stopped:
            self._session.ask(self, lambda _archive: arrivals.discard(taken))
            self.cancelled.emit()
            return

        def work(archive: Archive) -> tuple[Outcome, Changed]:
            outcome = arrivals.commit(archive, taken, dry_run=dry_run)
            if self.waiting is not None and not dry_run and outcome.state is not Arrival.QUARANTINED:
                arrivals.refuse(archive, self.waiting)
            return outcome, Changed() if dry_run else outcome.changed

        told = self.looked if dry_run else self.taken
        self._session.write(self, work, lambda done: told.emit(done[0]), self.failed.emit)
