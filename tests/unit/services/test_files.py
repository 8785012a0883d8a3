"""Small files that a person named: written whole, or nothing is left of them."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from fieldapp.errors import DiskFullError, PlaceTakenError
from fieldapp.services.files import write_new


def test_a_new_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    write_new(tmp_path / "card", b"content")
    assert (tmp_path / "card").read_bytes() == b"content"
    assert stat.S_IMODE((tmp_path / "card").stat().st_mode) == 0o600


def test_what_is_there_is_never_written_over(tmp_path: Path) -> None:
    (tmp_path / "card").write_bytes(b"mine")
    with pytest.raises(PlaceTakenError):
        write_new(tmp_path / "card", b"other")
    assert (tmp_path / "card").read_bytes() == b"mine"


def test_a_disk_that_is_full_at_the_sync_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_handle: int) -> None:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DiskFullError):
        write_new(tmp_path / "card", b"content")
    assert list(tmp_path.iterdir()) == []
