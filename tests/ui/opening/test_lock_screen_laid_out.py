"""How the first screens are laid out: in the smallest window, in each language."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QSize
from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot

from fieldapp.i18n import LANGUAGES, language, use_language
from fieldapp.jobs import Lanes
from fieldapp.ui.opening.destroy import DestroyScreen
from fieldapp.ui.opening.doors import Doors
from fieldapp.ui.opening.page import Page
from fieldapp.ui.opening.recover import RecoverScreen
from fieldapp.ui.opening.unlock import UnlockScreen
from fieldapp.ui.shell import fitting
from tests.ui.conftest import OpenShell

SMALLEST = QSize(960, 600)


@pytest.fixture(params=LANGUAGES)
def in_each_language(request: pytest.FixtureRequest) -> Iterator[None]:
    before = language()
    use_language(request.param)
    yield
    use_language(before)


def shown(qtbot: QtBot, page: Page) -> None:
    qtbot.addWidget(page)
    page.resize(SMALLEST)
    with qtbot.waitExposed(page):
        page.show()


def top_of(widget: QWidget) -> int:
    return widget.mapTo(widget.window(), QPoint(0, 0)).y()


def left_of(widget: QWidget) -> int:
    return widget.mapTo(widget.window(), QPoint(0, 0)).x()


@pytest.fixture
def lock_screen(in_each_language: None, qtbot: QtBot, lanes: Lanes) -> UnlockScreen:
    screen = UnlockScreen(Path("/home/zarina/Documents/Vault"), Doors(), lanes.vault)
    shown(qtbot, screen)
    return screen


def test_destroying_stands_alone_below_all_else(lock_screen: UnlockScreen) -> None:
    others = [each for each in lock_screen.findChildren(QPushButton) if each is not lock_screen.destroy_button]

    assert all(top_of(lock_screen.destroy_button) > top_of(each) + each.height() + 8 for each in others)


def test_every_word_of_the_lock_screen_is_seen_in_the_smallest_window_without_scrolling(
    lock_screen: UnlockScreen,
) -> None:
    assert lock_screen.verticalScrollBar().maximum() == 0
    for button in lock_screen.findChildren(QPushButton):
        assert button.width() >= button.sizeHint().width()
        assert button.height() >= button.sizeHint().height()


def test_the_ways_in_begin_where_the_column_begins(lock_screen: UnlockScreen) -> None:
    ways = (lock_screen.other_button, lock_screen.forgotten_button, lock_screen.repair_button, lock_screen.copy_button)

    assert {left_of(each) for each in ways} == {left_of(lock_screen.heading)}


@pytest.mark.usefixtures("in_each_language")
def test_a_page_scrolls_only_where_it_does_not_fit(qtbot: QtBot, lanes: Lanes, tmp_path: Path) -> None:
    screen = DestroyScreen(tmp_path, lanes.vault)
    shown(qtbot, screen)
    card, room = screen.heading.parentWidget(), screen.widget()

    assert card is not None and room is not None
    assert room.height() - card.height() == 2 * 16 or screen.verticalScrollBar().maximum() == 0


def test_in_the_window_too(open_shell: OpenShell, vault: Path) -> None:
    shell = open_shell(vault)
    shell.resize(SMALLEST)

    assert isinstance(shell.screen_shown, UnlockScreen)
    assert shell.screen_shown.verticalScrollBar().maximum() == 0


def test_on_a_small_laptop_the_window_and_its_frame_fit_the_screen() -> None:
    laptop = QSize(1366, 768)

    size = fitting(laptop, laptop)

    assert size.height() <= 768 - 48 and size.width() <= 1366 - 16
    assert fitting(laptop, QSize(1920, 1080)) == laptop
    assert fitting(laptop, QSize(800, 480)) == QSize(960, 600)


def test_the_way_back_begins_where_the_column_begins(qtbot: QtBot, lanes: Lanes, tmp_path: Path) -> None:
    screen = RecoverScreen(tmp_path, Doors(), lanes.vault)
    shown(qtbot, screen)

    assert left_of(screen.back_button) == left_of(screen.heading)
