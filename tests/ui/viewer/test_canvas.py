"""Looking closely: what is under the pointer stays there, the picture never leaves the view, and turning is a view."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from fieldapp.ui.viewer.canvas import LARGEST, STEP, Canvas

RED, BLUE = 0xFFFF0000, 0xFF0000FF


@pytest.fixture
def canvas(qtbot: QtBot) -> Canvas:
    """A picture of 1000 × 500, red at the left and blue at the right, in a view of 532 × 332."""
    canvas = Canvas()
    qtbot.addWidget(canvas)
    canvas.resize(532, 332)
    image = QImage(1000, 500, QImage.Format.Format_RGB32)
    image.fill(RED)
    for x in range(500, 1000):
        for y in range(0, 500, 500):
            image.setPixel(x, y, BLUE)
    half = QImage(500, 500, QImage.Format.Format_RGB32)
    half.fill(BLUE)
    from PySide6.QtGui import QPainter

    painter = QPainter(image)
    painter.drawImage(500, 0, half)
    painter.end()
    canvas.show_image(image)
    with qtbot.waitExposed(canvas):
        canvas.show()
    canvas.setFocus()
    return canvas


def colour(canvas: Canvas, x: int, y: int) -> int:
    return canvas.grab().toImage().pixel(x, y)


def test_a_picture_begins_as_a_whole(canvas: Canvas) -> None:
    assert canvas.fitted
    assert canvas.scale == pytest.approx(0.5)
    assert (colour(canvas, 100, 166), colour(canvas, 430, 166)) == (RED, BLUE)


def test_a_small_picture_is_not_enlarged(canvas: Canvas) -> None:
    canvas.show_image(QImage(10, 10, QImage.Format.Format_RGB32))

    assert canvas.scale == 1.0


@pytest.mark.parametrize(
    ("key", "scale"),
    [(Qt.Key.Key_Plus, 0.5 * STEP), (Qt.Key.Key_1, 1.0), (Qt.Key.Key_Minus, 0.5)],
)
def test_keys_bring_it_nearer(canvas: Canvas, key: Qt.Key, scale: float) -> None:
    QTest.keyClick(canvas, key)

    assert canvas.scale == pytest.approx(scale)


def test_zero_brings_the_whole_picture_back(canvas: Canvas) -> None:
    canvas.zoom_to(3.0)

    QTest.keyClick(canvas, Qt.Key.Key_0)

    assert canvas.fitted


def test_scale_has_an_end(canvas: Canvas) -> None:
    for _ in range(100):
        QTest.keyClick(canvas, Qt.Key.Key_Plus)

    assert canvas.scale == LARGEST


def test_what_is_under_the_pointer_stays_under_it(canvas: Canvas) -> None:
    at = QPointF(266 - 10, 166)  # just left of the border between red and blue
    for _ in range(5):
        wheel = QWheelEvent(
            at,
            at,
            QPoint(),
            QPoint(0, 120),
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.ControlModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(canvas, wheel)

    assert canvas.scale == pytest.approx(0.5 * STEP**5)
    assert colour(canvas, 256, 166) == RED
    assert colour(canvas, 266 + 40, 166) == BLUE


def test_arrows_move_what_is_enlarged_and_ask_for_neighbours_at_fit(qtbot: QtBot, canvas: Canvas) -> None:
    with qtbot.waitSignal(canvas.next_asked):
        QTest.keyClick(canvas, Qt.Key.Key_Right)
    canvas.zoom_to(1.0)
    assert colour(canvas, 100, 166) == RED

    with qtbot.assertNotEmitted(canvas.next_asked):
        for _ in range(50):
            QTest.keyClick(canvas, Qt.Key.Key_Right)

    assert colour(canvas, 40, 166) == BLUE
    assert colour(canvas, 531, 166) == BLUE  # no further than its edge


def test_dragging_moves_it(canvas: Canvas) -> None:
    canvas.zoom_to(1.0)
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(500, 100))
    QTest.mouseMove(canvas, QPoint(50, 100))
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(50, 100))

    assert colour(canvas, 40, 166) == BLUE


def test_turning_turns_the_view_and_not_the_picture(canvas: Canvas) -> None:
    before = canvas.image.copy()

    canvas.turn()

    assert canvas.image == before
    assert (colour(canvas, 266, 60), colour(canvas, 266, 270)) == (RED, BLUE)
    for _ in range(3):
        canvas.turn()
    assert canvas.turned == 0
