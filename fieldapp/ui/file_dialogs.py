"""Choosing files and folders without leaving a trace of which.

The system's own dialogs write lists of recent files, and Qt's writes the folders it has seen into `QtProject.conf` (or,
under Windows, into the registry). So: always Qt's dialog, and its settings have no place to be written to.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QDir, QSettings
from PySide6.QtWidgets import QFileDialog, QWidget

from fieldapp.i18n import _


def keep_no_settings() -> None:
    """From now on nothing that Qt calls settings reaches the disk. Once, before the first dialog."""
    for scope in (QSettings.Scope.UserScope, QSettings.Scope.SystemScope):
        for form in (QSettings.Format.NativeFormat, QSettings.Format.IniFormat):
            QSettings.setPath(form, scope, os.devnull)  # a file cannot be made below a device


def choose_folder(parent: QWidget, title: str, start: Path, chosen: Callable[[Path], None]) -> QFileDialog:
    """Let a person choose a folder that is there. Returns at once; `chosen` is called if they do."""
    dialog = _dialog(parent, title, start)
    dialog.setFileMode(QFileDialog.FileMode.Directory)
    dialog.setOption(QFileDialog.Option.ShowDirsOnly)
    dialog.fileSelected.connect(lambda name: chosen(Path(name)))
    dialog.open()
    return dialog


def choose_files(
    parent: QWidget, title: str, chosen: Callable[[list[Path]], None], *, start: Path | None = None, suffix: str = ""
) -> QFileDialog:
    """Let a person choose files that are there; with `suffix` (no dot) first those that end so."""
    dialog = _dialog(parent, title, start or Path.home())
    dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
    _filter(dialog, suffix)
    dialog.filesSelected.connect(lambda names: chosen([Path(name) for name in names]))
    dialog.open()
    return dialog


def choose_new_file(
    parent: QWidget, title: str, proposed: Path, chosen: Callable[[Path], None], *, suffix: str = ""
) -> QFileDialog:
    """Let a person say where a new file shall be."""
    dialog = _dialog(parent, title, proposed.parent)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setFileMode(QFileDialog.FileMode.AnyFile)
    _filter(dialog, suffix)
    dialog.setDefaultSuffix(suffix)
    dialog.selectFile(proposed.name)
    dialog.fileSelected.connect(lambda name: chosen(Path(name)))
    dialog.open()
    return dialog


def _filter(dialog: QFileDialog, suffix: str) -> None:
    everything = _("All files") + " (*)"
    dialog.setNameFilters([f"*.{suffix} (*.{suffix})", everything] if suffix else [everything])


def _dialog(parent: QWidget, title: str, start: Path) -> QFileDialog:
    dialog = QFileDialog(parent, title, str(start))
    dialog.setOptions(QFileDialog.Option.DontUseNativeDialog | QFileDialog.Option.DontUseCustomDirectoryIcons)
    dialog.setFilter(QDir.Filter.AllEntries | QDir.Filter.NoDotAndDotDot)
    dialog.setHistory([])
    dialog.finished.connect(dialog.deleteLater)
    if sys.platform == "win32":
        dialog.destroyed.connect(_forget)
    return dialog


def _forget() -> None:
    """Windows: `setPath` does not move the registry, so what the dialog wrote there is taken out again."""
    QSettings("HKEY_CURRENT_USER\\Software\\QtProject", QSettings.Format.NativeFormat).remove("OrganizationDefaults")
