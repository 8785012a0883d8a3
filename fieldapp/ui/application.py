"""Starting the window. What is imported here is imported before anything shows, so it is little."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import TracebackType
from typing import Any

from PySide6.QtCore import QMessageLogContext, Qt, QtMsgType, qInstallMessageHandler
from PySide6.QtWidgets import QApplication

from fieldapp.i18n import _, language_of_environment, use_language
from fieldapp.jobs import code_of, open_lanes, watch_machine
from fieldapp.ui.collecting import Collector
from fieldapp.ui.file_dialogs import keep_no_settings
from fieldapp.ui.hop import Hop
from fieldapp.ui.qt_words import speak_qt
from fieldapp.ui.settings.look import remembered
from fieldapp.ui.shell import Shell
from fieldapp.ui.surroundings import Surroundings
from fieldapp.ui.theme import Appearance, install_theme, theme


def run(folder: Path | None = None, language: str | None = None, *, surroundings: Surroundings | None = None) -> int:
    """Show the window until it is closed: the lock screen of the vault in `folder`, or the welcome. Gives 0."""
    look = remembered()
    use_language(language or look.language or language_of_environment())
    qInstallMessageHandler(_say_no_screen)
    sys.excepthook = _say_no_traceback
    sys.unraisablehook = _say_no_object
    application = make_application()
    qInstallMessageHandler(_say_no_content)
    speak_qt()
    theme().choose(Appearance(look.appearance or Appearance.SYSTEM.value))
    Collector(application)
    hop = Hop(application)
    lanes = open_lanes(hop)
    shell = Shell(lanes, surroundings or Surroundings(watch=watch_machine), folder)
    shell.show()
    status = application.exec()
    hop.stop()
    lanes.close()
    return status


def make_application() -> QApplication:
    """The application with our look and without any settings of Qt's on the disk."""
    keep_no_settings()
    there = QApplication.instance()
    application = there if isinstance(there, QApplication) else QApplication(sys.argv[:1])
    application.setApplicationName("Field App")
    application.setQuitOnLastWindowClosed(True)
    application.setAttribute(Qt.ApplicationAttribute.AA_DontShowIconsInMenus, on=True)
    install_theme(application)
    return application


def _say_no_traceback(_kind: type[BaseException], error: BaseException, _trace: TracebackType | None) -> None:
    """A mistake in the window: its text and its frames may quote a record, so only its place in our code is said."""
    sys.stderr.write(f"fieldapp: {code_of(error)}\n")


def _say_no_object(unraisable: Any) -> None:
    """As above, where Python cannot raise: in a destructor, or a callback of a library."""
    error = unraisable.exc_value
    sys.stderr.write(f"fieldapp: {code_of(error) if error is not None else 'unraisable'}\n")


def _say_no_screen(kind: QtMsgType, context: QMessageLogContext, message: str) -> None:
    """While the application is being made: Qt would abort where no screen answers, and say nothing to a person."""
    if kind is not QtMsgType.QtFatalMsg:
        _say_no_content(kind, context, message)
        return
    words = (
        _("The window cannot open: no screen answers, or a part of the system that draws windows is missing."),
        _("Nothing was changed."),
        _(
            "Start the program in a desktop session of this computer. Over the network (ssh -X) the window does not "
            "open: this program uses no network."
        ),
    )
    sys.stderr.write("\n".join(words) + "\n")
    sys.stderr.flush()
    os._exit(1)


def _say_no_content(kind: QtMsgType, context: QMessageLogContext, _message: str) -> None:
    """Qt's messages may quote texts and file names: only that there was one, and of which part, is said."""
    if kind in (QtMsgType.QtCriticalMsg, QtMsgType.QtFatalMsg):
        sys.stderr.write(f"qt: {context.category or 'message'}\n")
