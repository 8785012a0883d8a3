"""Qt's own words follow the language of the window."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QTranslator
from PySide6.QtWidgets import QApplication, QFileDialog
from pytestqt.qtbot import QtBot

from fieldapp.i18n import language, use_language
from fieldapp.ui.qt_words import speak_qt


@pytest.fixture(autouse=True)
def _language_given_back(qapp: QApplication) -> Iterator[None]:
    before = language()
    yield
    use_language(before)
    speak_qt()


def cancel_word(qtbot: QtBot) -> str:
    """What the button says that leaves Qt's own file dialog."""
    dialog = QFileDialog()
    qtbot.addWidget(dialog)
    dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
    dialog.show()
    return dialog.labelText(QFileDialog.DialogLabel.Reject).replace("&", "")


def test_the_file_dialog_speaks_the_language_in_use_and_changes_with_it(qtbot: QtBot, qapp: QApplication) -> None:
    told = []
    for chosen in ("en", "ru", "en"):
        use_language(chosen)
        speak_qt()
        told.append(cancel_word(qtbot))

    assert told == ["Cancel", "Отмена", "Cancel"]
    assert len(qapp.findChildren(QTranslator)) == 1
