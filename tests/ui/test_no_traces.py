"""The window leaves nothing behind: no settings, no recent files, nothing in a fresh home but the vault."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from fieldapp.ui.file_dialogs import choose_files, choose_folder, choose_new_file
from fieldapp.ui.plain import PlainLabel

DIALOGS = """
import sys
from pathlib import Path
from PySide6.QtCore import QTimer, QSettings
from fieldapp.ui.application import make_application
from fieldapp.ui.file_dialogs import choose_files, choose_folder, choose_new_file
from fieldapp.ui.plain import PlainLabel

application = make_application()
window = PlainLabel("window")
window.show()
folder = Path(sys.argv[1])
got = []
dialog = choose_files(window, "Attach", got.extend, start=folder)
dialog.selectFile(str(folder / "secret.jpg"))
QTimer.singleShot(0, dialog.accept)
dialog.destroyed.connect(lambda: QTimer.singleShot(0, application.quit))
application.exec()
QSettings("Somebody", "Something").setValue("a", "b")
assert got == [folder / "secret.jpg"], got
"""


def test_an_accepted_file_dialog_writes_nothing_into_a_fresh_home(tmp_path: Path, root: Path) -> None:
    home, folder = tmp_path / "home", tmp_path / "folder"
    home.mkdir()
    folder.mkdir()
    (folder / "secret.jpg").touch()
    kept = {name: value for name, value in os.environ.items() if not name.startswith("XDG_")}
    inside = kept | {"HOME": str(home), "PYTHONPATH": str(root), "QT_QPA_PLATFORM": "offscreen"}

    done = subprocess.run(
        [sys.executable, "-c", DIALOGS, str(folder)], env=inside, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
    left = [path.relative_to(home) for path in home.rglob("*") if path.is_file()]
    assert [path for path in left if "fontconfig" not in path.parts] == []


def test_every_dialog_is_ours_and_has_no_history(qtbot: QtBot, tmp_path: Path) -> None:
    window = PlainLabel("window")
    qtbot.addWidget(window)
    dialogs = [
        choose_folder(window, "a", tmp_path, lambda _path: None),
        choose_files(window, "b", lambda _paths: None, start=tmp_path, suffix="age"),
        choose_new_file(window, "c", tmp_path / "new.age", lambda _path: None, suffix="age"),
    ]

    assert all(dialog.testOption(QFileDialog.Option.DontUseNativeDialog) for dialog in dialogs)
    assert all(dialog.history() in ([], [str(tmp_path)]) for dialog in dialogs)
    for dialog in dialogs:
        dialog.reject()


def test_the_first_screen_needs_neither_cryptography_nor_the_database(root: Path) -> None:
    first = "import sys, fieldapp.ui.application; print(sorted({name.partition('.')[0] for name in sys.modules}))"
    inside = dict(os.environ) | {"PYTHONPATH": str(root)}

    done = subprocess.run([sys.executable, "-c", first], env=inside, capture_output=True, text=True, check=True)

    late = {"cryptography", "sqlcipher3", "PIL", "typer", "rich", "msgspec", "cbor2", "Stemmer"}
    assert {name for name in late if f"'{name}'" in done.stdout} == set()
