"""`backup`, and `restore` with what it made."""

from __future__ import annotations

from pathlib import Path

from tests.unit.cli.calling import PASSPHRASE, Call, Desk


def test_a_backup_is_made_grows_and_becomes_a_vault(desk: Desk, call: Call, tmp_path: Path) -> None:
    assert desk("backup").out == "There was no backup yet.\n"
    desk("new", "person", "--set", "name=Amina")

    first = desk("backup", tmp_path / "b")
    desk("new", "person", "--set", "name=Bek")
    state = desk("backup", "--json").json
    of_today = desk("backup").out
    second = desk("backup", tmp_path / "b")
    unchanged = desk("backup").out
    third = desk("backup", tmp_path / "b", "--full", "--json").json

    assert "written and read back" in first.out and "same disk" in first.err
    assert of_today == "The last backup was made today.\n1 change since.\n"
    assert unchanged == "The last backup was made today.\nNothing has changed since.\n"
    assert (state["days"], state["changes"], state["erased_since"]) == (0, 1, False)
    assert list(third) == [
        "generation",
        "anew",
        "new_files",
        "files",
        "written",
        "size",
        "missing",
        "same_disk",
        "read_back",
    ]
    assert (third["generation"], third["anew"], third["size"]) == (1, "asked", (tmp_path / "b").stat().st_size)
    assert "Earlier states stay in the file" in second.out
    secret = {"--passphrase-fd": PASSPHRASE}
    done = call("restore", tmp_path / "b", tmp_path / "again", "--device", "new", "--json", secrets=secret)
    assert done.json["device"] == "new"
    again = Desk(tmp_path / "again", call)
    assert {row["title"] for row in again("list", "--json").json} == {"Amina", "Bek"}


def test_what_is_no_backup_is_refused_before_anything_is_asked(desk: Desk, call: Call, tmp_path: Path) -> None:
    (tmp_path / "letter").write_text("dear")

    assert (
        call("restore", tmp_path / "letter", tmp_path / "n", "--device", "d", "--json").error["error"] == "NotABackup"
    )
    assert desk("backup", tmp_path / "letter", "--json").error["error"] == "PlaceTaken"
    assert desk("backup", desk.folder / "b", "--json").error["error"] == "BackupInsideVault"
    assert not (tmp_path / "n").exists() and (tmp_path / "letter").read_text() == "dear"


def test_a_backup_that_is_not_whole_is_told_and_taken(desk: Desk, call: Call, tmp_path: Path) -> None:
    desk("backup", tmp_path / "b")
    desk("backup", tmp_path / "b")
    content = (tmp_path / "b").read_bytes()
    (tmp_path / "b").write_bytes(content[:-5000])

    done = call("restore", tmp_path / "b", tmp_path / "n", "--device", "d", secrets={"--passphrase-fd": PASSPHRASE})

    assert done.status == 0 and "The one before it is taken" in done.err
    assert desk("backup", tmp_path / "b", "--json").error["facts"] == {"where": "end"}
