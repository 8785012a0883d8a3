"""The tool that draws every screen draws them, in every variant that is asked for, and leaves this machine alone."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from PySide6.QtGui import QImage
from screens import IN_THE_FIELD


def drawn(root: Path, folder: Path, environment: Mapping[str, str], *arguments: str) -> set[str]:
    """The names of what the tool draws."""
    command = [sys.executable, str(root / "packaging" / "screens.py"), "-o", str(folder), *arguments]
    paths = {"PYTHONPATH": str(root), "HOME": str(folder.parent / "home")}
    done = subprocess.run(
        command, env={**environment, **paths}, capture_output=True, text=True, check=False, cwd=root, timeout=600
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return {path.name for path in folder.iterdir()}


def test_a_screen_is_drawn_in_each_variant_and_size(root: Path, tmp_path: Path) -> None:
    names = drawn(root, tmp_path / "screens", os.environ, "--only", "welcome")

    assert names == {
        f"welcome{size}.{appearance}.{language}.png"
        for size in ("", ".1024x640")
        for appearance in ("light", "dark")
        for language in ("en", "ru")
    }
    usual = QImage(str(tmp_path / "screens" / "welcome.light.ru.png"))
    dark = QImage(str(tmp_path / "screens" / "welcome.dark.ru.png"))
    small = QImage(str(tmp_path / "screens" / "welcome.1024x640.light.en.png"))
    assert (usual.width(), usual.height(), small.width(), small.height()) == (1366, 768, 1024, 640)
    assert usual.pixelColor(5, 5).lightness() - dark.pixelColor(5, 5).lightness() > 150
    assert not (tmp_path / "home").exists()


@pytest.mark.slow
def test_every_screen_is_drawn(root: Path, tmp_path: Path) -> None:
    names = drawn(root, tmp_path / "screens", os.environ, "--language", "ru", "--appearance", "dark")

    beginnings = {"welcome", "create", "unlock", "recover", "empty", "take-in", *IN_THE_FIELD}
    assert {begun for begun in beginnings if not any(name.startswith(begun) for name in names)} == set()
    assert all(re.fullmatch(r"[a-z0-9_.x-]+\.dark\.ru\.png", name) for name in names)
