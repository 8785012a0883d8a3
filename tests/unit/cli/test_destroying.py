from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.cli.calling import Desk


def test_a_vault_is_destroyed_without_its_passphrase_and_what_is_not_its_own_stays(desk: Desk) -> None:
    (desk.folder / "notes.txt").write_text("mine")

    told = desk.call("destroy", desk.folder, "--yes", "--json").json

    assert told == {"destroyed": True, "foreign": 1}
    assert [path.name for path in desk.folder.iterdir()] == ["notes.txt"]


def test_a_destroyed_vault_is_told_as_gone(desk: Desk) -> None:
    done = desk.call("destroy", desk.folder, "--yes")

    assert done.status == 0
    assert "destroyed" in done.out
    assert not desk.folder.exists()
    assert desk.call("destroy", desk.folder, "--yes").status == 1


def test_without_a_terminal_nothing_is_destroyed_unless_it_is_said_to_be_wanted(desk: Desk) -> None:
    done = desk.call("destroy", desk.folder)

    assert done.status == 2
    assert "--yes" in done.err
    assert desk("list").status == 0


def test_the_name_of_the_folder_is_asked_and_another_word_destroys_nothing(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed = iter(["yes", desk.folder.name])
    monkeypatch.setattr("fieldapp.cli.destroying.is_asking_possible", lambda: True)
    monkeypatch.setattr("fieldapp.cli.destroying.ask", lambda _question: next(typed))

    assert desk.call("destroy", desk.folder).status == 130
    assert desk("list").status == 0

    assert desk.call("destroy", desk.folder).status == 0
    assert not desk.folder.exists()


def test_a_folder_that_is_no_vault_is_left_alone(desk: Desk, tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    (folder / "one.jpg").write_bytes(b"x")

    assert desk.call("destroy", folder, "--yes").status == 1
    assert (folder / "one.jpg").exists()


@pytest.mark.parametrize("made", [True, False])
def test_nobody_is_asked_about_a_folder_that_is_no_vault(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, made: bool
) -> None:
    folder = tmp_path / "photos"
    if made:
        folder.mkdir()
        (folder / "one.jpg").write_bytes(b"x")
    monkeypatch.setattr("fieldapp.cli.destroying.is_asking_possible", lambda: True)
    monkeypatch.setattr("fieldapp.cli.destroying.ask", pytest.fail)

    done = desk.call("destroy", folder)

    assert done.status == 1
    assert "destroys everything" not in done.err


def test_what_an_attempt_to_make_a_vault_left_is_destroyed_under_the_name_it_was_to_have(desk: Desk) -> None:
    left = desk.folder.with_name("copied.0123456789abcdef.unfinished")
    desk.folder.rename(left)

    assert desk.call("destroy", left.with_name("copied"), "--yes").status == 0

    assert not left.exists()
