"""The language in use, also for the words that Qt brings itself (its file dialog, the menus of text fields)."""

from __future__ import annotations

import os

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QTranslator

from fieldapp.i18n import language, use_language

_NAME = "words of Qt"


def speak(chosen: str) -> None:
    """Use a language from now on, also on the lock screen that takes the place of this process."""
    use_language(chosen)
    speak_qt()
    os.environ["LANGUAGE"] = chosen


def speak_qt() -> None:
    """Give Qt's own words in the language in use; English where Qt has no catalogue of it."""
    application = QCoreApplication.instance()
    if application is None:
        return
    for old in application.findChildren(QTranslator, _NAME):
        QCoreApplication.removeTranslator(old)
        old.setParent(None)
    fresh = QTranslator(application)
    fresh.setObjectName(_NAME)
    if fresh.load(f"qtbase_{language()}", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)):
        QCoreApplication.installTranslator(fresh)
