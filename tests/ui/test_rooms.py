"""The watch over files watches."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ui.rooms import untouched


def test_a_watched_file_tells_who_opened_it(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text("x")

    with pytest.raises(AssertionError), untouched(path):
        path.read_text()
