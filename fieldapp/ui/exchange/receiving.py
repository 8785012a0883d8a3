"""One file on its way into the vault: looked into, tried without keeping anything, then taken in. Knows no widgets.

A part of a bundle is ciphertext that says nothing by itself: it is put to those that wait at once. A confirmation
brings nothing but the word of what has arrived: it is believed at once, if its signature is good. So is a share of
somebody's vault: it is kept, and opens nothing by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from fieldapp.errors import FieldAppError
from fieldapp.jobs import Job
from fieldapp.services import arrivals, incoming, parts, receipts
from fieldapp.services.archive import Archive, Changed
from fieldapp.services.arrivals import Arrival, BundleFacts, Outcome, Quarantined, Receiving, Taken
from fieldapp.services.incoming import Sealed
from fieldapp.services.parts import Kept, WaitingSet
from fieldapp.services.receipts import Taken as Confirmation
from fieldapp.services.safety import escrow
from fieldapp.services.safety.escrow import TakenShare
from fieldapp.ui.session import Session
from fieldapp.values import Progress


class Reception(QObject):
    """The work on one file, or on a whole set of parts. `look` and `take` each end with exactly one of the signals."""

    inspected = Signal(BundleFacts)
    """Who says that it is from them; the rest is still being read."""
    looked = Signal(Outcome)
    """What taking it in would do."""
    kept = Signal(WaitingSet)
    """It was a part; these are here now, with it."""
    confirmed = Signal(Confirmation)
    """It was a confirmation of what has arrived with somebody."""
    shared = Signal(TakenShare)
    """It was a share of somebody's vault, which is kept here now."""
    taken = Signal(Outcome)
    failed = Signal(FieldAppError)
    cancelled = Signal()
    progressed = Signal(float)

    def __init__(
        self, session: Session, source: Path | WaitingSet, parent: QObject, waiting: Quarantined | None = None
    ) -> None:
        super().__init__(parent)
        self.source, self.waiting = source, waiting
        self._session = session
        self._job: Job[Taken] | Job[Kept | Sealed] | Job[tuple[Outcome, Changed]] | None = None
        self._stopped = False

    def look(self) -> None:
        """Look into it and try it, and change nothing."""
        self._start(self._look)

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

    @property
    def path(self) -> Path:
        """The file, or the folder in which its parts wait."""
        return self.source.folder if isinstance(self.source, WaitingSet) else self.source

    def _look(self, desk: Receiving) -> None:
        source = self.source
        if isinstance(source, WaitingSet):
            self._inspect(desk)
            return
        self._job = self._session.on_files(
            self,
            lambda _archive, _decoder, progress: _sniffed(desk, source, progress),
            lambda found: self._go_on(desk, source, found),
            self.failed.emit,
            progress=self._on_progress,
            cancelled=self.cancelled.emit,
        )

    def _go_on(self, desk: Receiving, source: Path, found: Kept | Sealed) -> None:
        if isinstance(found, Kept):
            self._note(found)
        elif found is Sealed.RECEIPT:
            self._session.write(
                self, lambda archive: receipts.import_file(archive, source), self.confirmed.emit, self.failed.emit
            )
        elif found is Sealed.SHARE:
            self._session.write(
                self, lambda archive: escrow.import_file(archive, source), self.shared.emit, self.failed.emit
            )
        else:
            self._inspect(desk)

    def _note(self, kept: Kept) -> None:
        self._session.ask(self, lambda archive: parts.note(archive, kept), self.kept.emit, self.failed.emit)

    def _inspect(self, desk: Receiving) -> None:
        def found(facts: BundleFacts) -> None:
            self.inspected.emit(facts)
            self._read(desk, dry_run=True)

        self._session.on_files(
            self, lambda _archive, _decoder, _progress: arrivals.inspect(desk, self.source), found, self.failed.emit
        )

    def _read(self, desk: Receiving, *, dry_run: bool) -> None:
        if self._stopped:
            self.cancelled.emit()
            return
        self._job = self._session.on_files(
            self,
            lambda archive, _decoder, progress: arrivals.take(
                desk, archive.vault.objects, self.source, progress, dry_run=dry_run
            ),
            lambda taken: self._believe(taken, dry_run=dry_run),
            self.failed.emit,
            progress=self._on_progress,
            cancelled=self.cancelled.emit,
        )

    def _on_progress(self, done: int, total: int) -> None:
        self.progressed.emit(done / max(total, 1))

    def _believe(self, taken: Taken, *, dry_run: bool) -> None:
        if self._stopped:
            self._session.ask(self, lambda _archive: arrivals.discard(taken))
            self.cancelled.emit()
            return

        def work(archive: Archive, progress: Progress) -> tuple[Outcome, Changed]:
            outcome = arrivals.commit(archive, taken, progress, dry_run=dry_run)
            if self.waiting is not None and not dry_run and outcome.state is not Arrival.QUARANTINED:
                arrivals.refuse(archive, self.waiting)
            return outcome, Changed() if dry_run else outcome.changed

        told = self.looked if dry_run else self.taken
        self._job = self._session.at_length(
            self, work, lambda done: told.emit(done[0]), self.failed.emit, cancelled=self.cancelled.emit
        )


def _sniffed(desk: Receiving, source: Path, progress: Progress) -> Kept | Sealed:
    """A part, put to the others; else whether it is a confirmation, or a share."""
    if parts.is_part(source):
        return parts.keep(desk.inbox, source, progress)
    return incoming.kind_of(desk.identities, source)
