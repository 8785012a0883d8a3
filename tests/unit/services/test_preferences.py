"""What a person prefers: in the vault, and the two words beside it."""

from __future__ import annotations

import stat
import sys
from pathlib import Path

import pytest

from fieldapp.services import preferences
from fieldapp.services.look import Look, read_look, write_look
from fieldapp.services.preferences import LOCK_CHOICES_S, Preferences
from fieldapp.vault.encoding import encode
from tests.unit.services.people import Someone


def test_nothing_is_preferred_in_a_new_vault(ainura: Someone) -> None:
    assert preferences.load(ainura.archive) == Preferences(None)


@pytest.mark.parametrize("seconds", LOCK_CHOICES_S)
def test_what_was_chosen_is_there_again(ainura: Someone, seconds: int) -> None:
    preferences.store(ainura.archive, Preferences(seconds))

    assert preferences.load(ainura.archive) == Preferences(seconds)


@pytest.mark.parametrize("value", [b"", b"\xff", encode({"lock_after_s": 999_999}), encode({"lock_after_s": "never"})])
def test_what_nobody_could_have_chosen_counts_for_nothing(ainura: Someone, value: bytes) -> None:
    with ainura.archive.connection.transaction():
        ainura.archive.connection.execute("INSERT OR REPLACE INTO setting VALUES ('preferences', ?)", (value,))

    assert preferences.load(ainura.archive) == Preferences(None)


@pytest.mark.parametrize("look", [Look(), Look("ru", ""), Look("", "dark"), Look("en", "light")])
def test_a_look_is_read_as_it_was_written(tmp_path: Path, look: Look) -> None:
    path = tmp_path / "settings" / "fieldapp" / "look"

    assert write_look(path, look)

    assert read_look(path) == look


def test_the_file_holds_two_words_and_nothing_else(tmp_path: Path) -> None:
    write_look(tmp_path / "look", Look("ru", "dark"))

    assert (tmp_path / "look").read_bytes() == b"ru dark\n"
    assert [path.name for path in tmp_path.iterdir()] == ["look"]
    if sys.platform != "win32":
        assert stat.S_IMODE((tmp_path / "look").stat().st_mode) == 0o600


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"../../x", b"fr purple", b"ru" * 1000, b"<img src=x>"])
def test_anything_unexpected_in_the_file_counts_for_nothing(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "look").write_bytes(content)

    assert read_look(tmp_path / "look") == Look()


def test_only_words_out_of_the_lists_are_written(tmp_path: Path) -> None:
    write_look(tmp_path / "look", Look("/secret/place", "Zarina"))

    assert (tmp_path / "look").read_bytes() == b"\n"


def test_a_disk_that_will_not_have_it_harms_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")

    assert not write_look(tmp_path / "file" / "look", Look("ru", "dark"))
    assert read_look(tmp_path / "file" / "look") == Look()
