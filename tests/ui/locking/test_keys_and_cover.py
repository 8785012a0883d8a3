"""The keys that work from anywhere, the cover, the last minute, and what the machine says."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QPoint, QSize, Qt
from PySide6.QtGui import QImage, QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QWidget
from pytestqt.qtbot import QtBot

from fieldapp.jobs import Lanes
from fieldapp.ui.file_dialogs import choose_files
from fieldapp.ui.locking.countdown import Countdown
from fieldapp.ui.locking.guard import FILES_AT_MOST_S
from fieldapp.ui.locking.hearing import Hearing
from fieldapp.ui.opening.unlock import UnlockScreen
from fieldapp.ui.plain import Sheet, is_there, tell
from fieldapp.ui.shell import Shell
from fieldapp.ui.surroundings import Surroundings
from fieldapp.ui.workspace import Workspace
from tests.ui.conftest import PASSPHRASE, WAIT_MS, Exits

OpenShell = Callable[[Path | None], Shell]
SHIFT, NONE = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.NoModifier


@pytest.fixture
def shell(open_shell: OpenShell, vault: Path) -> Shell:
    return open_shell(vault)


@pytest.fixture
def inside(shell: Shell, exits: Exits, qtbot: QtBot) -> Iterator[Workspace]:
    """The open vault; it is locked at the end, if the test did not."""
    screen = shell.screen_shown
    assert isinstance(screen, UnlockScreen)
    screen.passphrase.box._add(PASSPHRASE)
    screen.unlock_button.click()
    qtbot.waitUntil(lambda: isinstance(shell.screen_shown, Workspace), timeout=WAIT_MS)
    assert isinstance(shell.screen_shown, Workspace)
    with qtbot.waitActive(shell):
        shell.activateWindow()
    yield shell.screen_shown
    shell.lock()
    qtbot.waitUntil(lambda: bool(exits), timeout=WAIT_MS)


def press(key: Qt.Key, modifiers: Qt.KeyboardModifier = NONE, to: QWidget | None = None) -> None:
    """A key, to whoever has the focus."""
    target = to or QApplication.focusWidget()
    assert target is not None
    QApplication.sendEvent(target, QKeyEvent(QEvent.Type.KeyPress, key, modifiers))


def locks_from(target: QWidget, shell: Shell) -> bool:
    press(Qt.Key.Key_Escape, SHIFT, target)
    return shell._leaving is not None and not target.isVisible()


def test_the_panic_key_locks_from_a_sheet(shell: Shell, inside: Workspace) -> None:
    inside._on_help()
    sheet = QApplication.activeModalWidget()
    assert isinstance(sheet, Sheet)

    assert locks_from(sheet, shell)


def test_the_panic_key_locks_from_a_file_dialog(shell: Shell, inside: Workspace) -> None:
    assert locks_from(choose_files(inside, "Files", lambda _paths: None), shell)


def test_the_panic_key_locks_from_a_menu(shell: Shell, inside: Workspace) -> None:
    menu = QMenu(inside)
    menu.addAction("One")
    menu.popup(QPoint(0, 0))

    assert locks_from(menu, shell)


def test_the_panic_key_locks_from_the_search_field_and_from_no_field_at_all(shell: Shell, inside: Workspace) -> None:
    inside.top.search.setFocus()

    assert locks_from(inside.top.search, shell)


@pytest.mark.parametrize("letter", ["L", "Д"])
def test_the_lock_key_locks_from_a_sheet_on_any_layout(shell: Shell, inside: Workspace, letter: str) -> None:
    inside._on_help()
    sheet = QApplication.activeModalWidget()
    assert sheet is not None

    event = QKeyEvent(QEvent.Type.KeyPress, ord(letter), Qt.KeyboardModifier.ControlModifier, letter.lower())
    QApplication.sendEvent(sheet, event)

    assert shell._leaving is not None


def test_the_panic_key_takes_a_passphrase_with_it_that_is_being_typed(shell: Shell, exits: Exits) -> None:
    screen = shell.screen_shown
    assert isinstance(screen, UnlockScreen)

    press(Qt.Key.Key_Escape, SHIFT, screen.passphrase.box)
    while_empty = list(exits)
    screen.passphrase.box._add("half a pass")
    press(Qt.Key.Key_Escape, SHIFT, screen.passphrase.box)

    assert while_empty == []
    assert len(exits) == 1


def test_the_panic_key_works_before_there_is_a_vault(open_shell: OpenShell, exits: Exits) -> None:
    shell = open_shell(None)

    press(Qt.Key.Key_Escape, SHIFT, shell.screen_shown)

    ((*_program, last),) = exits
    assert "None" not in last


def test_a_panic_does_not_wait_for_the_window_that_is_being_closed(shell: Shell, inside: Workspace) -> None:
    shell.close()

    shell.panic()

    assert shell._leaving == shell._become_lock_screen


def test_where_the_lock_screen_cannot_start_the_process_ends_all_the_same(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended: list[int] = []
    monkeypatch.setattr(os, "_exit", ended.append)

    def fail(_arguments: object) -> None:
        raise OSError

    shell._around = Surroundings(replace_process=fail)
    shell.lock()

    assert ended == [1]


def grab(widget: QWidget) -> QImage:
    return widget.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)


def test_the_cover_hides_all_content_and_says_that_nothing_is_locked(shell: Shell, inside: Workspace) -> None:
    inside._on_help()
    sheet = QApplication.activeModalWidget()
    assert sheet is not None

    press(Qt.Key.Key_F12, to=sheet)

    cover = inside.guard.cover
    assert not sheet.isVisible()
    assert cover.isVisible()
    assert cover.geometry() == inside.rect()
    assert grab(inside) == grab(cover)  # not one pixel of anything else
    assert cover.heading.text() == "Covered, not locked"
    assert inside.idle.left_s > 0


def test_a_key_takes_the_cover_away_and_reaches_nothing_below(shell: Shell, inside: Workspace) -> None:
    inside.top.search.setFocus()
    press(Qt.Key.Key_F12)

    press(Qt.Key.Key_Shift, SHIFT, shell)  # on the way to Shift+Esc
    still_covered = inside.guard.cover.is_up
    QTest.keyClick(inside.guard.cover, Qt.Key.Key_X)

    assert still_covered
    assert not inside.guard.cover.is_up
    assert inside.top.search.text() == ""
    assert inside.top.search.hasFocus()


def hold(key: Qt.Key, text: str, times: int = 3, to: QWidget | None = None) -> None:
    """The same key goes on being held down: `to`, or whoever has the focus, gets it again and again."""
    for _again in range(times):
        for kind in (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            target = to or QApplication.focusWidget()
            assert target is not None
            QApplication.sendEvent(target, QKeyEvent(kind, key, NONE, text, True))


def test_the_key_that_took_the_cover_away_types_nothing_while_it_is_held(shell: Shell, inside: Workspace) -> None:
    inside.top.search.setFocus()
    press(Qt.Key.Key_F12)

    press(Qt.Key.Key_A)
    hold(Qt.Key.Key_A, "a")
    while_held = inside.top.search.text()
    QTest.keyRelease(inside.top.search, Qt.Key.Key_A)
    QTest.keyClick(inside.top.search, Qt.Key.Key_A)
    hold(Qt.Key.Key_A, "a", 2)

    assert while_held == ""
    assert inside.top.search.text() == "aaa"


def test_somebody_leaning_on_a_key_presses_no_button_of_a_sheet(shell: Shell, inside: Workspace) -> None:
    sheet = Sheet("Really?", inside)
    pressed: list[bool] = []
    button = sheet.add_button("Do it", main=True)
    button.clicked.connect(lambda: pressed.append(True))
    sheet.open()
    button.setFocus()
    press(Qt.Key.Key_F12, to=shell)

    press(Qt.Key.Key_Return, to=inside.guard.cover)
    hold(Qt.Key.Key_Return, "\r", to=button)
    while_held = list(pressed)
    press(Qt.Key.Key_Shift)  # changes nothing: it is still held
    hold(Qt.Key.Key_Return, "\r", to=button)

    assert while_held == pressed == []
    QTest.keyClick(button, Qt.Key.Key_Return)  # pressed anew
    assert pressed == [True]
    sheet.close()


def test_the_second_half_of_a_double_click_reaches_nothing_below(shell: Shell, inside: Workspace, qtbot: QtBot) -> None:
    pressed: list[bool] = []
    sheet = Sheet("Really?", inside)
    button = sheet.add_button("Do it", main=True)
    button.clicked.connect(lambda: pressed.append(True))
    sheet.open()
    press(Qt.Key.Key_F12, to=shell)

    QTest.mouseClick(inside.guard.cover, Qt.MouseButton.LeftButton)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    at_once = list(pressed)
    qtbot.waitUntil(lambda: not inside.guard.cover._rest._click.isActive(), timeout=WAIT_MS)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)

    assert at_once == []
    assert pressed == [True]
    sheet.close()


def test_sheets_come_back_when_the_cover_goes(shell: Shell, inside: Workspace) -> None:
    inside._on_help()
    sheet = QApplication.activeModalWidget()
    press(Qt.Key.Key_F12, to=shell)

    QTest.mouseClick(inside.guard.cover, Qt.MouseButton.LeftButton)

    assert sheet is not None
    assert sheet.isVisible()
    assert QApplication.activeModalWidget() is sheet
    sheet.close()


def test_a_sheet_that_opens_under_the_cover_is_never_seen(shell: Shell, inside: Workspace, qtbot: QtBot) -> None:
    press(Qt.Key.Key_F12, to=shell)

    tell(inside, "Something happened", "with words of a record")
    (sheet,) = [each for each in inside.findChildren(Sheet) if each.isVisible()]
    at_first = {grab(sheet).pixel(x, y) for x in (5, 100, 200) for y in (5, 40, 90)}
    qtbot.waitUntil(lambda: not sheet.isVisible(), timeout=WAIT_MS)
    press(Qt.Key.Key_Space, to=inside.guard.cover)

    assert len(at_first) == 1
    assert sheet.isVisible()
    sheet.close()


def test_while_it_is_covered_the_count_goes_on_whatever_is_touched(shell: Shell, inside: Workspace) -> None:
    press(Qt.Key.Key_F12, to=shell)
    before = inside.idle.left_s

    inside.idle.tick()
    QTest.mouseMove(inside.guard.cover, QPoint(50, 50))
    press(Qt.Key.Key_Shift, to=inside.guard.cover)

    assert inside.idle.left_s < before
    press(Qt.Key.Key_F12, to=inside.guard.cover)
    assert inside.idle.left_s == inside.idle.after_s


def test_the_panic_key_works_under_the_cover(shell: Shell, inside: Workspace) -> None:
    press(Qt.Key.Key_F12, to=shell)

    press(Qt.Key.Key_Escape, SHIFT, inside.guard.cover)

    assert shell._leaving is not None


def near_the_lock(workspace: Workspace, left_s: int) -> None:
    while workspace.idle.left_s > left_s:
        workspace.idle._idle_s += 1
    workspace.idle.ticked.emit(workspace.idle.left_s)


def test_the_last_minute_is_seen_and_one_key_puts_the_lock_off(shell: Shell, inside: Workspace) -> None:
    bar = inside.guard.last_minute.bar
    near_the_lock(inside, 61)
    before_the_last_minute = bar.isVisible()
    near_the_lock(inside, 45)
    said = bar.words.text()

    press(Qt.Key.Key_A, to=inside)

    assert not before_the_last_minute
    assert said == "Locks in 45 seconds"
    assert inside.idle.left_s == 300
    assert bar.words.text() == "Stays open"
    assert bar.isVisible()  # so that the mouse can still reach the button


@pytest.mark.parametrize("small", [QSize(1024, 640), QSize(960, 600)])
def test_the_bar_stands_within_the_smallest_window(shell: Shell, inside: Workspace, small: QSize) -> None:
    shell.resize(small)
    near_the_lock(inside, 45)
    bar = inside.guard.last_minute.bar

    assert inside.rect().contains(bar.geometry())
    assert bar.phone_button.width() >= bar.phone_button.sizeHint().width()


def test_the_last_minute_is_seen_on_the_sheet_that_lies_over_the_screen_and_only_there(
    shell: Shell, inside: Workspace
) -> None:
    near_the_lock(inside, 50)
    on_screen = inside.guard.last_minute.bar
    inside._on_help()
    sheet = QApplication.activeModalWidget()
    assert sheet is not None

    near_the_lock(inside, 45)

    (bar,) = [each for each in QApplication.allWidgets() if isinstance(each, Countdown) and each.isVisible()]
    middle = bar.phone_button.rect().center()
    assert bar.window() is sheet
    assert not on_screen.isVisible()
    assert sheet.rect().contains(bar.geometry())
    assert sheet.childAt(bar.phone_button.mapTo(sheet, middle)) is bar.phone_button
    QTest.mouseClick(bar.phone_button, Qt.MouseButton.LeftButton)
    assert inside.idle.left_s == 1800
    assert not bar.isVisible()
    sheet.close()


def test_when_the_sheet_goes_the_last_minute_is_on_the_screen_again(
    shell: Shell, inside: Workspace, qtbot: QtBot
) -> None:
    inside._on_help()
    sheet = QApplication.activeModalWidget()
    assert sheet is not None
    near_the_lock(inside, 45)
    on_sheet = inside.guard.last_minute.bar

    sheet.hide()
    near_the_lock(inside, 44)
    bar = inside.guard.last_minute.bar

    assert bar.parentWidget() is inside
    assert bar.isVisible()
    qtbot.waitUntil(lambda: not is_there(on_sheet), timeout=WAIT_MS)  # whoever shows that sheet again sees no old one


def test_on_a_narrow_sheet_the_bar_has_its_button_below_its_words(shell: Shell, inside: Workspace) -> None:
    sheet = Sheet("Really?", inside)
    sheet.add_button("No")
    sheet.open()

    near_the_lock(inside, 45)
    bar = inside.guard.last_minute.bar

    assert bar.parentWidget() is sheet
    assert bar.phone_button.geometry().top() > bar.more.geometry().bottom()
    assert bar.phone_button.width() >= bar.phone_button.sizeHint().width()
    assert sheet.rect().left() <= bar.geometry().left() and bar.geometry().right() <= sheet.rect().right()
    sheet.close()


def test_the_bar_hides_nothing_of_a_low_sheet_and_moves_it_once(shell: Shell, inside: Workspace) -> None:
    sheet = Sheet("Really?", inside)
    words = sheet.add_words("It cannot be undone.")
    button = sheet.add_button("Do it", main=True)
    sheet.open()

    near_the_lock(inside, 45)
    QApplication.sendPostedEvents()
    bar = inside.guard.last_minute.bar
    places = [words.geometry(), button.geometry()]
    near_the_lock(inside, 8)
    inside.guard.stay_on_phone()
    QApplication.sendPostedEvents()

    assert all(place.top() > bar.geometry().bottom() for place in places)
    assert sheet.rect().contains(button.geometry())
    assert [words.geometry(), button.geometry()] == places
    sheet.close()


def test_on_the_phone_it_stays_open_and_the_status_says_so(shell: Shell, inside: Workspace) -> None:
    near_the_lock(inside, 45)

    inside.guard.last_minute.bar.phone_button.click()

    assert inside.idle.left_s == 1800
    assert not inside.guard.last_minute.bar.isVisible()
    assert inside.status.lock.text().startswith("On the phone: stays open for 30 minutes")
    press(Qt.Key.Key_F9, to=inside)
    assert inside.idle.left_s == 300
    assert inside.status.lock.text() == "Locks in 5 minutes"


def test_when_nobody_is_there_the_cover_waits_for_the_files_and_then_it_locks(
    shell: Shell, inside: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    busy = [True]
    monkeypatch.setattr(inside.guard, "_is_busy", lambda: busy[0])

    inside.idle.ran_out.emit()
    inside.guard.wait_for_files()
    covered = inside.guard.cover.is_up and inside.guard.cover.reason.isVisible()
    not_yet = shell._leaving is None
    busy[0] = False
    inside.guard.wait_for_files()

    assert covered
    assert not_yet
    assert shell._leaving is not None


def test_files_that_never_end_put_the_lock_off_for_half_an_hour_at_most(
    shell: Shell, inside: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inside.guard, "_is_busy", lambda: True)
    inside.idle.ran_out.emit()

    for _ in range(FILES_AT_MOST_S):
        inside.guard.wait_for_files()

    assert shell._leaving is not None


def test_a_machine_that_slept_is_locked_whatever_is_going_on(
    shell: Shell, inside: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inside.guard, "_is_busy", lambda: True)

    inside.idle.slept.emit()

    assert shell._leaving is not None


class Said:
    """A listener that says what it is told to."""

    def __init__(self) -> None:
        self.handle, self._write = os.pipe()
        self.closed = False

    def say(self, *words: str) -> None:
        os.write(self._write, "".join(f"{word}\n" for word in words).encode())

    def read(self) -> list[str]:
        return os.read(self.handle, 1000).decode().split()

    def close(self) -> None:
        if not self.closed:
            os.close(self.handle)
            os.close(self._write)
        self.closed = True


@pytest.mark.parametrize("word", ["sleep", "lid", "lock"])
def test_what_the_machine_says_locks(shell: Shell, inside: Workspace, qtbot: QtBot, word: str) -> None:
    said = Said()
    hearing = Hearing(shell, lambda: said)  # type: ignore[arg-type,return-value]  # it speaks as a Watcher does
    hearing.lock_asked.connect(shell.lock)

    said.say("ready")
    qtbot.waitUntil(lambda: not shell._leaving, timeout=WAIT_MS)
    with qtbot.waitSignal(hearing.lock_asked, timeout=WAIT_MS):
        said.say(word)

    assert shell._leaving is not None
    hearing.stop()
    assert said.closed


def test_a_window_without_a_listener_hears_nothing(qtbot: QtBot, lanes: Lanes) -> None:
    window = QWidget()
    qtbot.addWidget(window)

    hearing = Hearing(window, lambda: None)

    hearing.stop()
    assert hearing.hears == ""
