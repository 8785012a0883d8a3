"""The open vault as the window sees it: what waits for search is brought in behind all else, also after a restart."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from fieldapp.errors import DiskFullError, FieldAppError
from fieldapp.jobs import Lanes
from fieldapp.records import indexing as slices
from fieldapp.records import search
from fieldapp.services import indexing, records, vaults, views
from fieldapp.services.archive import Archive
from fieldapp.ui.session import Session
from tests.ui.conftest import PASSPHRASE, WAIT_MS


@pytest.fixture
def waiting(vault: Path, monkeypatch: pytest.MonkeyPatch) -> Archive:
    """A vault in which five testimonies wait, of which two make a slice; its window is opened with `opened`."""
    archive = vaults.unlock(vault, PASSPHRASE)
    for number in range(5):
        records.save(archive, "testimony", {"narrative": f"canary {number}"})
    monkeypatch.setattr(search, "AT_ONCE", 0)
    vaults.rebuild(archive)
    monkeypatch.setattr(slices.catch_up, "__defaults__", (2,))
    assert indexing.waiting(archive) == 5
    archive.close()
    return archive


def opened(lanes: Lanes, qtbot: QtBot, vault: Path) -> Session:
    """A session on the vault, unlocked in the lane that goes on using it."""
    made: list[Archive] = []
    lanes.vault.start(lambda _: made.append(vaults.unlock(vault, PASSPHRASE)))
    qtbot.waitUntil(lambda: bool(made), timeout=WAIT_MS)
    return Session(lanes, made[0])


def closed(session: Session, qtbot: QtBot) -> None:
    ended: list[bool] = []
    session.close(lambda: ended.append(True))
    qtbot.waitUntil(lambda: bool(ended), timeout=WAIT_MS)


def left(session: Session, qtbot: QtBot, owner: QObject, work: Callable[[Archive], int]) -> int:
    told: list[int] = []
    session.ask(owner, work, told.append)
    qtbot.waitUntil(lambda: bool(told), timeout=WAIT_MS)
    return told[0]


@pytest.mark.usefixtures("waiting")
def test_what_waited_when_the_program_was_stopped_is_found_after_opening(
    qtbot: QtBot, lanes: Lanes, vault: Path
) -> None:
    session, owner = opened(lanes, qtbot, vault), QObject()

    qtbot.waitUntil(lambda: left(session, qtbot, owner, indexing.waiting) == 0, timeout=WAIT_MS)

    assert left(session, qtbot, owner, lambda archive: len(views.find(archive, "canary"))) == 5
    closed(session, qtbot)


@pytest.mark.usefixtures("waiting")
def test_what_a_person_asks_for_comes_between_two_slices(
    qtbot: QtBot, lanes: Lanes, vault: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    catch_up = indexing.continue_indexing

    def noted(archive: Archive) -> int:
        order.append("slice")
        return catch_up(archive)

    monkeypatch.setattr(indexing, "continue_indexing", noted)
    session, owner = opened(lanes, qtbot, vault), QObject()
    session.ask(owner, lambda _: order.append("asked"))
    qtbot.waitUntil(lambda: order.count("slice") == 3 and "asked" in order, timeout=WAIT_MS)

    assert order.index("asked") <= 1
    closed(session, qtbot)


@pytest.mark.usefixtures("waiting")
def test_a_slice_that_the_disk_refuses_is_told_and_not_tried_again_by_itself(
    qtbot: QtBot, lanes: Lanes, vault: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[bool] = []

    def refuse(_archive: Archive) -> int:
        tried.append(True)
        raise DiskFullError

    monkeypatch.setattr(indexing, "continue_indexing", refuse)
    session, owner = opened(lanes, qtbot, vault), QObject()
    told: list[FieldAppError] = []
    session.trouble.connect(told.append)
    qtbot.waitUntil(lambda: bool(told), timeout=WAIT_MS)

    assert left(session, qtbot, owner, indexing.waiting) == 5
    assert len(tried) == 1
    assert [type(each) for each in told] == [DiskFullError]
    closed(session, qtbot)


@pytest.mark.usefixtures("waiting")
def test_nothing_more_is_indexed_once_the_vault_is_being_closed(
    qtbot: QtBot, lanes: Lanes, vault: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session, tried = opened(lanes, qtbot, vault), list[bool]()
    catch_up = indexing.continue_indexing

    def noted(archive: Archive) -> int:
        tried.append(archive.connection.is_open)
        return catch_up(archive)

    monkeypatch.setattr(indexing, "continue_indexing", noted)
    closed(session, qtbot)

    assert all(tried)
