"""Open vaults side by side in one window's lanes, for scenes between people; and files that tell who opened them."""

from __future__ import annotations

import ctypes
import os
import struct
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import pytest
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication, QDialog, QLabel, QWidget
from pytestqt.qtbot import QtBot

from fieldapp.jobs import Ends, Lanes
from fieldapp.services import handover, records, trust, vaults
from fieldapp.services.archive import Archive
from fieldapp.ui.session import Session
from fieldapp.values import RecordId
from tests.ui.conftest import CHEAP, PASSPHRASE, WAIT_MS

T = TypeVar("T")


class Rooms:
    """Makes vaults and opens them. What is asked is waited for."""

    def __init__(self, qtbot: QtBot, lanes: Lanes, folder: Path) -> None:
        self.qtbot, self.lanes, self.folder = qtbot, lanes, folder
        self._sessions: list[Session] = []

    def new(self, person: str, device: str = "laptop") -> Session:
        """A new vault of somebody, open."""
        folder = self.folder / f"vault-{len(self._sessions)}"
        make = lambda: vaults.create(folder, PASSPHRASE, person=person, device=device, **CHEAP).archive  # type: ignore[arg-type]  # noqa: E731 - two kinds of values in one map
        return self._opened(make)

    def open(self, folder: Path, passphrase: str = PASSPHRASE) -> Session:
        """A vault that is there."""
        return self._opened(lambda: vaults.unlock(folder, passphrase))

    def do(self, session: Session, work: Callable[[Archive], T]) -> T:
        """Do something with an open vault, in its lane."""
        done: list[T] = []
        owner = QObject()
        session.ask(owner, work, done.append)
        self.until(lambda: done)
        return done[0]

    def until(self, is_so: Callable[[], object]) -> None:
        """Let events happen until it is so."""
        self.qtbot.waitUntil(lambda: bool(is_so()), timeout=WAIT_MS)

    def show(self, widget: QWidget) -> None:
        """Show a page as large as on a small laptop."""
        self.qtbot.addWidget(widget)
        widget.resize(1024, 640)
        with self.qtbot.waitExposed(widget):
            widget.show()

    def meet(self, one: Session, other: Session) -> None:
        """Both trust each other."""
        cards = [self.do(each, trust.own_card) for each in (one, other)]
        self.do(one, lambda archive: trust.trust(archive, cards[1]))
        self.do(other, lambda archive: trust.trust(archive, cards[0]))

    def bundle(self, sender: Session, name: str = "x.bin") -> Path:
        """Everything of the sender, sealed for everybody whom they trust."""
        path = self.folder / name
        self.do(
            sender,
            lambda archive: handover.export(archive, trust.peers(archive), handover.select(archive), path),
        )
        return path

    def testimony(self, session: Session, title: str = "A call") -> RecordId:
        """A new testimony."""
        created = self.do(session, lambda archive: records.save(archive, "testimony", {"title": title})).created
        assert created is not None
        return created

    def close(self) -> None:
        closed: list[bool] = []
        for session in self._sessions:
            session.close(lambda: closed.append(True))
        self.until(lambda: len(closed) == len(self._sessions))

    def _opened(self, make: Callable[[], Archive]) -> Session:
        opened: list[Archive] = []
        self.lanes.vault.start(lambda _: make(), Ends(opened.append))
        self.until(lambda: opened)
        session = Session(self.lanes, opened[0])
        self._sessions.append(session)
        return session


class Held:
    """Real work, held at its first sign of progress until the test lets it go. Its progress is its last argument."""

    def __init__(self, real: Callable[..., Any]) -> None:
        self.reached, self.let_go = threading.Event(), threading.Event()
        self._real = real

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        *others, progress = arguments

        def watched(done_bytes: int, total_bytes: int) -> None:
            self.reached.set()
            assert self.let_go.wait(20)
            progress(done_bytes, total_bytes)

        return self._real(*others, watched, **named)


@pytest.fixture
def rooms(qtbot: QtBot, lanes: Lanes, tmp_path: Path) -> Iterator[Rooms]:
    rooms = Rooms(qtbot, lanes, tmp_path)
    yield rooms
    rooms.close()


def sheets() -> list[QDialog]:
    """The sheets that are open."""
    return [each for each in QApplication.topLevelWidgets() if isinstance(each, QDialog) and each.isVisible()]


def words_in(widget: QWidget) -> str:
    """Everything that stands in labels of a widget and can be seen."""
    return "\n".join(label.text() for label in widget.findChildren(QLabel) if label.isVisibleTo(widget))


def listing(*folders: Path) -> set[Path]:
    """Every file and folder below some folders."""
    return {path for folder in folders for path in folder.rglob("*")}


@contextmanager
def untouched(path: Path) -> Iterator[None]:
    """Nobody opens this file in here. Asked of the kernel, since Qt opens files without Python's knowledge."""
    if sys.platform != "linux":
        pytest.skip("needs inotify")
    libc = ctypes.CDLL(None, use_errno=True)
    handle = libc.inotify_init1(os.O_NONBLOCK)
    opened_or_read = 0x20 | 0x1
    assert libc.inotify_add_watch(handle, os.fsencode(path), opened_or_read) >= 0
    try:
        yield
        try:
            told = os.read(handle, 4096)
        except BlockingIOError:
            told = b""
        assert not told, struct.unpack_from("iI", told)
    finally:
        os.close(handle)
