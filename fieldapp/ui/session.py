"""What every screen of an open vault works with: ask for something to be read, written or done with files.

Nothing here blocks. Work runs in a lane of `fieldapp.jobs`; what comes of it arrives in the window's thread, and only
if the `owner` who asked is still there. A write tells everybody what changed, and screens reload only then.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from PySide6.QtCore import QObject, Signal

from fieldapp.errors import CancelledError, ExpectedError, FieldAppError
from fieldapp.jobs import Ends, Job, Lane, Lanes
from fieldapp.media.preview import DecoderProcess
from fieldapp.services import indexing
from fieldapp.services.archive import Archive, Changed
from fieldapp.ui.plain import is_there
from fieldapp.ui.waiting import Waiting
from fieldapp.values import LogId, Progress

T = TypeVar("T")
P = ParamSpec("P")

VaultWork = Callable[[Archive], T]
FilesWork = Callable[[Archive, DecoderProcess, Progress], T]
"""Runs beside the vault lane: of the archive only `vault.objects` may be used."""

LongWork = Callable[[Archive, Progress], T]

Failed = Callable[[FieldAppError], None]


class Session(QObject):
    """An open vault as the window sees it."""

    changed = Signal(Changed)
    """Something was written or came in: records whose rows are new."""
    trouble = Signal(FieldAppError)
    """A job failed and whoever asked does not take errors: show it."""
    ended = Signal()
    """A new key has closed the vault: the window has to lock. Nothing that is still asked reaches it any more."""

    def __init__(self, lanes: Lanes, archive: Archive, *, practice: bool = False) -> None:
        super().__init__()
        self.folder: Path = archive.vault.folder
        self.practice = practice
        self._lanes = lanes
        self._archive = archive
        self._long_jobs: list[Job[Any]] = []
        self._behind: Job[Any] | None = None
        self._holders: list[QObject] = []
        self.waiting = Waiting(self)
        self._decoders = {id(lane): DecoderProcess() for lane in (lanes.files, lanes.pictures)}
        self._closing = False
        self._index()  # what waited when the program was stopped

    @property
    def own_log(self) -> LogId:
        """The log that is written here, which the ids of new records speak of."""
        return self._archive.own_log

    @property
    def is_open(self) -> bool:
        """Whether the vault was not closed by a new key."""
        return self._archive.vault.is_open

    def end(self) -> None:
        """Say that a new key has closed the vault."""
        self._closing = True
        self.ended.emit()

    def ask(
        self, owner: QObject, work: VaultWork[T], done: Callable[[T], None] | None = None, failed: Failed | None = None
    ) -> Job[T]:
        """Read something in the vault lane."""
        return self._lanes.vault.start(lambda _: work(self._there()), self._ends(owner, done, failed))

    def write(
        self, owner: QObject, work: VaultWork[T], done: Callable[[T], None] | None = None, failed: Failed | None = None
    ) -> Job[T]:
        """Write something in the vault lane; every `Changed` in what it gives is told to everybody after `done`."""
        ends: Ends[T] = self._ends(owner, None, failed)
        finished = self._telling(owner, done)
        return self._lanes.vault.start(lambda _: work(self._there()), Ends(finished, ends.failed, ends.cancelled))

    def keep(
        self, owner: QObject, work: VaultWork[T], done: Callable[[T], None] | None = None, failed: Failed | None = None
    ) -> Job[T]:
        """As `write`, for what somebody is typing: while it waits for long, `waiting` has them stop."""
        job = self.write(owner, work, done, failed)
        self.waiting.follow(job)
        return job

    def at_length(
        self,
        owner: QObject,
        work: LongWork[T],
        done: Callable[[T], None] | None = None,
        failed: Failed | None = None,
        *,
        progress: Callable[[int, int], None] | None = None,
        cancelled: Callable[[], None] | None = None,
    ) -> Job[T]:
        """Read or write something in the vault lane that takes long and can be stopped. What changed is told."""
        ends: Ends[T] = self._ends(owner, None, failed, progress, cancelled)
        ends = Ends(self._telling(owner, done), ends.failed, ends.cancelled, ends.progress)
        job = self._lanes.vault.start(lambda told: work(self._there(), told), ends)
        self._long_jobs = [*(each for each in self._long_jobs if not each.ended), job]
        return job

    def on_files(
        self,
        owner: QObject,
        work: FilesWork[T],
        done: Callable[[T], None] | None = None,
        failed: Failed | None = None,
        *,
        progress: Callable[[int, int], None] | None = None,
        cancelled: Callable[[], None] | None = None,
    ) -> Job[T]:
        """Read, seal or copy files in the files lane. What goes on behind gives way."""
        if self._behind is not None:
            self._behind.cancel()
        job = self._beside(self._lanes.files, work, self._ends(owner, done, failed, progress, cancelled))
        self._long_jobs = [*(each for each in self._long_jobs if not each.ended), job]
        return job

    def behind_files(
        self,
        owner: QObject,
        work: FilesWork[T],
        done: Callable[[T], None],
        failed: Failed,
        *,
        cancelled: Callable[[], None],
    ) -> Job[T]:
        """Do something in the files lane that nobody waits for: it ends cancelled when anything else is asked for."""
        self._behind = self._beside(self._lanes.files, work, self._ends(owner, done, failed, None, cancelled))
        return self._behind

    def hold_files(self, owner: QObject) -> None:
        """From here to `let_files_go` no file of the vault may take another name: `owner` has noted where they lie."""
        self._holders.append(owner)

    def let_files_go(self, owner: QObject) -> None:
        """The end of that. Doing it twice does no harm."""
        self._holders = [each for each in self._holders if each is not owner]

    @property
    def are_files_held(self) -> bool:
        """Whether somebody reads files of the vault, or is about to, where they lie now."""
        self._holders = [each for each in self._holders if is_there(each)]
        return bool(self._holders) or self.is_busy_with_files

    @property
    def is_busy_with_files(self) -> bool:
        """Whether files are being read, sealed or copied, or something else is done that takes long."""
        return any(not job.ended for job in self._long_jobs)

    def on_pictures(
        self, owner: QObject, work: FilesWork[T], done: Callable[[T], None] | None = None, failed: Failed | None = None
    ) -> Job[T]:
        """Decode what somebody looks at, in the pictures lane."""
        return self._beside(self._lanes.pictures, work, self._ends(owner, done, failed))

    def close(self, then: Callable[[], None]) -> None:
        """Give the vault up after all that waits in the vault lane; `then` is called whatever comes of it.

        Work with files is cancelled, and what follows from its end (a bundle that is remembered, a half file that is
        removed) is done before.
        """

        def closing(_progress: Progress) -> None:
            self.end_decoders()
            self._archive.close()

        def close_vault() -> None:
            self._lanes.vault.start(closing, Ends(lambda _: then(), lambda _: then(), then))

        self._closing = True
        for job in (*self._long_jobs, *([] if self._behind is None else [self._behind])):
            job.cancel()
        self._lanes.files.start(lambda _: None, Ends(lambda _: close_vault(), lambda _: close_vault(), close_vault))

    def end_decoders(self) -> None:
        """Before this process is replaced: no other one keeps a picture in its memory."""
        for decoder in self._decoders.values():
            decoder.close()

    def _index(self) -> None:
        """Have search told of many records that came at once, slice by slice, behind all that a person asks for."""

        def on_done(left: int) -> None:
            if left and not self._closing:
                self._index()

        self._lanes.vault.start(lambda _: indexing.continue_indexing(self._there()), Ends(on_done, self.trouble.emit))

    def _there(self) -> Archive:
        """The archive; where a new key has closed it, whatever was asked ends as cancelled."""
        if not self._archive.vault.is_open:
            raise CancelledError
        return self._archive

    def _telling(self, owner: QObject, done: Callable[[T], None] | None) -> Callable[[T], None]:
        """First whoever asked is told, then everybody of what changed."""

        def finished(value: T) -> None:
            if done is not None and is_there(owner):
                done(value)
            for part in value if isinstance(value, tuple) else (value,):
                if isinstance(part, Changed) and (part.records or part.created):
                    self.changed.emit(part)
                    self._index()

        return finished

    def _beside(self, lane: Lane, work: FilesWork[T], ends: Ends[T]) -> Job[T]:
        decoder = self._decoders[id(lane)]
        return lane.start(lambda progress: work(self._there(), decoder, progress), ends)

    def _ends(
        self,
        owner: QObject,
        done: Callable[[T], None] | None,
        failed: Failed | None,
        progress: Callable[[int, int], None] | None = None,
        cancelled: Callable[[], None] | None = None,
    ) -> Ends[T]:
        def on_failed(error: FieldAppError) -> None:
            if failed is None or not isinstance(error, ExpectedError):
                self.trouble.emit(error)
            if failed is not None and is_there(owner):
                failed(error)

        return Ends(_if_there(owner, done), on_failed, _if_there(owner, cancelled), _if_there(owner, progress))


def _if_there(owner: QObject, call: Callable[P, None] | None) -> Callable[P, None] | None:
    """The call, made only while `owner` is there."""
    if call is None:
        return None
    wanted = call

    def guarded(*args: P.args, **kwargs: P.kwargs) -> None:
        if is_there(owner):
            wanted(*args, **kwargs)

    return guarded
