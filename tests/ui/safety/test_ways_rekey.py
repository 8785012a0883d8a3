"""A new key, walked to by somebody who is afraid: what it means, nothing before the last step, and then the lock."""

from __future__ import annotations

from pathlib import Path
from threading import Event
from typing import Any

import pytest
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from fieldapp.errors import CancelledError, DiskFullError, PlaceUnwritableError, WrongPassphraseError
from fieldapp.media.preview import DecoderProcess
from fieldapp.services import documents, trust, vaults, writers
from fieldapp.services.archive import Archive
from fieldapp.services.safety import backups, escrow, rekeying
from fieldapp.services.trust import Role
from fieldapp.ui.opening.steps import AskBackStep
from fieldapp.ui.opening.unlock import UnlockScreen
from fieldapp.ui.passphrase import PassphraseField
from fieldapp.ui.plain import Sheet
from fieldapp.ui.safety.rekey_line import RekeyLine
from fieldapp.ui.safety.rekey_sheet import RekeySheet
from fieldapp.ui.session import Session
from fieldapp.ui.shell import Shell
from fieldapp.ui.workspace import Workspace
from fieldapp.values import Progress
from tests.ui.conftest import PASSPHRASE, WAIT_MS, Exits, OpenShell
from tests.ui.rooms import Rooms, sheets, words_in

NEW = "nine brand new words for this"
OTHER = "five other quiet words indeed"


def fill(field: PassphraseField, text: str) -> None:
    field.clear()
    for letter in text:
        event = QKeyEvent(QEvent.Type.KeyPress, ord(letter.upper()), Qt.KeyboardModifier.NoModifier, letter)
        QApplication.sendEvent(field.box, event)


@pytest.fixture
def parent(rooms: Rooms) -> QWidget:
    parent = QWidget()
    rooms.show(parent)
    return parent


@pytest.fixture
def owner(rooms: Rooms) -> Session:
    return rooms.new("Zarina")


def planned(rooms: Rooms, session: Session, parent: QWidget) -> RekeySheet:
    sheet = RekeySheet(session, parent)
    with rooms.qtbot.waitSignal(sheet.planned):
        sheet.open()
    return sheet


def fill_secrets(sheet: RekeySheet, now: str = PASSPHRASE) -> None:
    fill(sheet.secrets.now, now)
    for field in (sheet.secrets.new.first, sheet.secrets.new.second):
        fill(field, NEW)


def walk_without_paper(sheet: RekeySheet, now: str = PASSPHRASE) -> None:
    """To the last step, which would make the key."""
    sheet.next_button.click()
    fill_secrets(sheet, now)
    sheet.next_button.click()
    if sheet.step is sheet.others:
        sheet.next_button.click()
    sheet.helpers.paper.setChecked(False)
    sheet.next_button.click()
    assert sheet.step is sheet.ready


def opens(folder: Path, passphrase: str) -> bool:
    try:
        vaults.unlock(folder, passphrase).close()
    except WrongPassphraseError:
        return False
    return True


def test_the_whole_walk_ends_in_a_vault_that_only_the_new_opens(rooms: Rooms, owner: Session, parent: QWidget) -> None:
    sheet = planned(rooms, owner, parent)
    assert "twelve words on paper" in words_in(sheet)
    sheet.next_button.click()
    fill_secrets(sheet)
    sheet.next_button.click()
    assert sheet.helpers.paper.isChecked()
    sheet.next_button.click()
    assert sheet.step is sheet.paper
    sheet.next_button.click()
    assert isinstance(sheet.step, AskBackStep)
    for place, edit in sheet.step.answers.items():
        edit.box._add(sheet._phrase.split()[place])
    sheet.next_button.click()
    assert "Destroy the old paper" in words_in(sheet)

    with rooms.qtbot.waitSignal(owner.ended):
        sheet.next_button.click()

    assert not owner.is_open
    assert (opens(owner.folder, PASSPHRASE), opens(owner.folder, NEW)) == (False, True)
    vaults.recover(owner.folder, sheet._phrase, PASSPHRASE).close()


def test_who_turns_back_after_the_words_is_told_that_they_open_nothing(
    rooms: Rooms, owner: Session, parent: QWidget
) -> None:
    sheet = planned(rooms, owner, parent)
    sheet.next_button.click()
    fill_secrets(sheet)
    sheet.next_button.click()
    sheet.next_button.click()
    assert sheet.step is sheet.paper

    sheet.reject()

    assert any("destroy that paper" in words_in(each) for each in sheets())
    assert owner.is_open


def test_after_it_nothing_that_is_asked_reaches_the_closed_vault(rooms: Rooms, owner: Session, parent: QWidget) -> None:
    sheet = planned(rooms, owner, parent)
    walk_without_paper(sheet)
    with rooms.qtbot.waitSignal(owner.ended):
        sheet.next_button.click()
    reached: list[Archive] = []

    job = owner.ask(parent, reached.append)
    rooms.until(lambda: job.ended)

    assert reached == []


def test_a_wrong_passphrase_leads_back_to_its_field_and_changes_nothing(
    rooms: Rooms, owner: Session, parent: QWidget
) -> None:
    sheet = planned(rooms, owner, parent)
    walk_without_paper(sheet, "not the right one")

    with rooms.qtbot.waitSignal(sheet.refused):
        sheet.next_button.click()

    assert sheet.step is sheet.secrets
    assert owner.is_open
    assert not sheet.notice.isHidden()
    sheet.reject()
    assert len(sheet.secrets.now) == len(sheet.secrets.new.first) == 0


def test_who_is_not_here_is_named_before_it_and_let_in_anew_after(
    rooms: Rooms, owner: Session, parent: QWidget
) -> None:
    rooms.do(owner, lambda archive: writers.add(archive, OTHER, person="Madina"))
    sheet = planned(rooms, owner, parent)
    assert "Madina" in words_in(sheet)
    walk_without_paper(sheet)
    assert "Let Madina in anew" in words_in(sheet)

    with rooms.qtbot.waitSignal(owner.ended):
        sheet.next_button.click()

    assert not opens(owner.folder, OTHER)


def test_who_is_here_keeps_their_passphrase(rooms: Rooms, owner: Session, parent: QWidget) -> None:
    rooms.do(owner, lambda archive: writers.add(archive, OTHER, person="Madina"))
    sheet = planned(rooms, owner, parent)
    assert sheet.others is not None
    fill(next(iter(sheet.others.fields.values())), OTHER)
    walk_without_paper(sheet)
    assert "Madina in anew" not in words_in(sheet)

    with rooms.qtbot.waitSignal(owner.ended):
        sheet.next_button.click()

    assert opens(owner.folder, OTHER)


def test_coordinators_get_new_shares_whose_files_are_written_after_unlocking(
    rooms: Rooms, owner: Session, parent: QWidget
) -> None:
    for name in ("Nodira K.", "Timur"):
        card = rooms.do(rooms.new(name, name), trust.own_card)
        rooms.do(owner, lambda archive, card=card: trust.trust(archive, card, role=Role.COORDINATOR))  # type: ignore[misc]  # mypy does not see the default
    sheet = planned(rooms, owner, parent)
    rooms.until(lambda: len(sheet.helpers.choice.boxes) == 2)
    for box in sheet.helpers.choice.boxes.values():
        box.setChecked(True)
    sheet.helpers.people.setChecked(True)
    walk_without_paper(sheet)
    assert "Give Nodira K., Timur their new shares" in words_in(sheet)

    with rooms.qtbot.waitSignal(owner.ended):
        sheet.next_button.click()

    archive = vaults.unlock(owner.folder, NEW)
    found = escrow.state(archive)
    archive.close()
    assert [(holder.name, holder.written_ms) for holder in found.holders] == [("Nodira K.", None), ("Timur", None)]


@pytest.mark.parametrize("ticked", [True, False])
def test_where_somebody_may_have_a_copy_there_is_a_new_card_too(
    rooms: Rooms, owner: Session, parent: QWidget, ticked: bool
) -> None:
    before = rooms.do(owner, trust.own_card).fingerprint
    sheet = planned(rooms, owner, parent)
    assert not sheet.meaning.new_card.isChecked()
    sheet.meaning.new_card.setChecked(ticked)
    walk_without_paper(sheet)
    assert ("eight words of your new card" in words_in(sheet)) == ticked

    with rooms.qtbot.waitSignal(owner.ended):
        sheet.next_button.click()

    archive = vaults.unlock(owner.folder, NEW)
    after = trust.own_card(archive).fingerprint
    archive.close()
    assert (after != before) == ticked


def test_a_disk_that_fails_after_the_closing_is_told_and_then_it_locks(
    rooms: Rooms, owner: Session, parent: QWidget, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails_late(archive: Archive, *_arguments: object, **_named: object) -> Any:
        archive.vault.give_up()
        raise PlaceUnwritableError

    sheet = planned(rooms, owner, parent)
    walk_without_paper(sheet)
    monkeypatch.setattr(rekeying, "rekey", fails_late)
    sheet.next_button.click()
    rooms.until(lambda: any(type(each) is Sheet for each in sheets()))
    told = next(each for each in sheets() if type(each) is Sheet)
    assert "the old one does" in words_in(told)

    with rooms.qtbot.waitSignal(owner.ended):
        told.accept()


def unlocked(shell: Shell, qtbot: QtBot, passphrase: str) -> Workspace:
    screen = shell.screen_shown
    assert isinstance(screen, UnlockScreen)
    fill(screen.passphrase, passphrase)
    screen.unlock_button.click()
    qtbot.waitUntil(lambda: isinstance(shell.screen_shown, Workspace), timeout=WAIT_MS)
    assert isinstance(shell.screen_shown, Workspace)
    return shell.screen_shown


def test_the_window_locks_and_opens_with_the_new_one_only(
    open_shell: OpenShell, vault: Path, qtbot: QtBot, exits: Exits
) -> None:
    shell = open_shell(vault)
    workspace = unlocked(shell, qtbot, PASSPHRASE)
    workspace.show_place("safety")
    sheet = workspace.safety.ways.show_ways().begin_rekey()
    qtbot.waitUntil(lambda: sheet._plan is not None, timeout=WAIT_MS)
    walk_without_paper(sheet)

    sheet.next_button.click()
    qtbot.waitUntil(lambda: bool(exits), timeout=WAIT_MS)

    assert exits[0][-1] == str(vault)
    assert (opens(vault, PASSPHRASE), opens(vault, NEW)) == (False, True)


@pytest.fixture
def half_sealed(rooms: Rooms, tmp_path: Path) -> Path:
    """A vault with files, with a new key, and every file still under the one of before."""
    session = rooms.new("Zarina")
    rooms.do(session, _attach_some)
    rooms.do(session, lambda archive: rekeying.rekey(archive, PASSPHRASE, NEW, phrase=None))
    return session.folder


def _attach_some(archive: Archive) -> None:
    with DecoderProcess() as decoder:
        for number in range(20):
            path = archive.vault.folder.parent / f"{number}.txt"
            path.write_bytes(b"paper %d" % number)
            documents.attach(archive, [documents.stage(archive.vault.objects, path, decoder)])


def test_files_go_on_being_sealed_by_themselves_until_none_is_left(
    half_sealed: Path, open_shell: OpenShell, qtbot: QtBot, exits: Exits
) -> None:
    archive = vaults.unlock(half_sealed, NEW)
    before = rekeying.unfinished(archive)
    archive.close()
    assert before == 20
    shell = open_shell(half_sealed)

    workspace = unlocked(shell, qtbot, NEW)
    qtbot.waitUntil(lambda: workspace.rekey_line._most == before, timeout=WAIT_MS)
    qtbot.waitUntil(workspace.rekey_line.isHidden, timeout=WAIT_MS)

    left: list[int] = []
    workspace.session.ask(workspace, rekeying.unfinished, left.append)
    qtbot.waitUntil(lambda: left == [0], timeout=WAIT_MS)
    shell.lock()
    qtbot.waitUntil(lambda: bool(exits), timeout=WAIT_MS)


@pytest.fixture
def sealing(rooms: Rooms, owner: Session, monkeypatch: pytest.MonkeyPatch) -> Session:
    """A vault with twenty files of which none is sealed under its new key; in this process the line has not begun."""
    monkeypatch.setattr("fieldapp.ui.safety.rekey_line._AGAIN_MS", 10)
    session = owner
    rooms.do(session, _attach_some)
    rooms.do(session, _as_after_a_new_key)
    return session


def _as_after_a_new_key(archive: Archive) -> None:
    """All objects as they lie when the names have a new key, and the vault is in use."""
    objects = archive.vault.objects
    before = bytes(objects._name_key)
    archive.connection.execute("INSERT OR REPLACE INTO setting VALUES ('names before', ?)", (before,))
    objects.name_key_before = before
    objects._name_key = bytes(reversed(before))


def test_what_is_typed_is_kept_while_a_file_is_sealed_anew(
    rooms: Rooms, sealing: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, may_end = Event(), Event()
    seal = rekeying.seal

    def slow(archive: Archive, portion: rekeying.Portion, progress: Progress) -> rekeying.Sealed:
        begun.set()
        assert may_end.wait(WAIT_MS / 1000)
        return seal(archive, portion, progress)

    monkeypatch.setattr(rekeying, "seal", slow)
    line = RekeyLine(sealing)
    rooms.show(line)
    line.begin()
    rooms.until(begun.is_set)

    assert rooms.do(sealing, rekeying.unfinished) == 20  # the vault lane answers

    may_end.set()
    rooms.until(line.isHidden)
    assert rooms.do(sealing, rekeying.unfinished) == 0


def test_while_a_backup_is_made_no_file_takes_another_name(rooms: Rooms, sealing: Session, tmp_path: Path) -> None:
    sheet = QObject()
    line = RekeyLine(sealing)
    rooms.show(line)
    sealing.hold_files(sheet)
    prepared = rooms.do(sealing, backups.prepare)
    line.begin()
    rooms.until(line._later.isActive)

    written = rooms.do(sealing, lambda _archive: backups.write(prepared, tmp_path / "b"))

    assert written.missing == 0 and rooms.do(sealing, rekeying.unfinished) == 20
    sealing.let_files_go(sheet)
    rooms.until(line.isHidden)
    assert rooms.do(sealing, rekeying.unfinished) == 0


def test_what_was_sealed_when_a_backup_began_is_kept_after_it(
    rooms: Rooms, sealing: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sheet = QObject()
    seal = rekeying.seal

    def and_meanwhile(archive: Archive, portion: rekeying.Portion, progress: Progress) -> rekeying.Sealed:
        monkeypatch.setattr(rekeying, "seal", seal)
        sealed = seal(archive, portion, progress)
        sealing.hold_files(sheet)
        return sealed

    monkeypatch.setattr(rekeying, "seal", and_meanwhile)
    line = RekeyLine(sealing)
    rooms.show(line)
    line.begin()
    rooms.until(lambda: line._later.isActive() and line._sealed is not None)
    prepared = rooms.do(sealing, backups.prepare)

    assert rooms.do(sealing, lambda _archive: backups.write(prepared, tmp_path / "b")).missing == 0

    sealing.let_files_go(sheet)
    rooms.until(line.isHidden)
    assert rooms.do(sealing, rekeying.unfinished) == 0


def test_what_somebody_asks_for_in_the_files_lane_comes_first(
    rooms: Rooms, sealing: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = Event()
    stopped: list[bool] = []
    seal = rekeying.seal

    def endless(_archive: Archive, _portion: rekeying.Portion, progress: Progress) -> rekeying.Sealed:
        begun.set()
        try:
            while True:
                progress(0, 1)
        except CancelledError:
            stopped.append(True)
            monkeypatch.setattr(rekeying, "seal", seal)
            raise

    monkeypatch.setattr(rekeying, "seal", endless)
    line = RekeyLine(sealing)
    rooms.show(line)
    line.begin()
    rooms.until(begun.is_set)
    done: list[int] = []

    sealing.on_files(line, lambda _archive, _decoder, _progress: 1, done.append)

    rooms.until(lambda: done == [1])
    assert stopped == [True]
    rooms.until(line.isHidden)


def test_a_full_disk_is_said_and_it_goes_on_when_asked(
    rooms: Rooms, sealing: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_archive: Archive, _portion: rekeying.Portion, _progress: Progress) -> rekeying.Sealed:
        raise DiskFullError

    line = RekeyLine(sealing)
    rooms.show(line)
    with monkeypatch.context() as patch:
        patch.setattr(rekeying, "seal", full)
        line.begin()
        rooms.until(lambda: not line.again_button.isHidden())
    assert "old key" in line.words.text()

    line.again_button.click()

    rooms.until(line.isHidden)
    assert rooms.do(sealing, rekeying.unfinished) == 0


def test_files_of_before_that_will_not_go_end_it_and_are_told(
    rooms: Rooms, owner: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = [rekeying.Next((), 8, 0), rekeying.Next((), 0, 0)]
    monkeypatch.setattr(rekeying, "next_portion", lambda _archive: answers.pop(0))
    line = RekeyLine(owner)
    rooms.show(line)

    line.begin()
    rooms.until(lambda: not line.again_button.isHidden())

    assert line.words.text().startswith("8 files of before do not go away")
    assert line.bar.isHidden()
    line.again_button.click()
    rooms.until(line.isHidden)
