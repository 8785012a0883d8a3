"""`backup`, and `restore` with what it made."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest

from fieldapp.bundles.backup import DATABASE
from fieldapp.messages import restored
from fieldapp.records import dates
from tests.unit.bundles.backups_forged import layout_of
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

    assert done.status == 0 and "An earlier one is taken, number 1" in done.err and today() in done.err
    assert desk("backup", tmp_path / "b", "--json").error["facts"] == {"where": "end"}


def today() -> str:
    return dates.describe(dates.parse(datetime.now().astimezone().date().isoformat()), "en")


def flip(path: Path, name: str, *, state: int) -> None:
    """One bit of a member that belongs to a state, as a rotting stick flips it."""
    content = bytearray(path.read_bytes())
    needed = layout_of(path, bytes(content)).generations[state - 1].files[name]
    content[needed.member.offset + needed.member.size // 2] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize("salvage", [(), ("--salvage",)])
def test_where_the_newest_database_is_damaged_an_earlier_state_is_restored_and_its_day_is_told(
    desk: Desk, call: Call, tmp_path: Path, salvage: tuple[str, ...]
) -> None:
    desk("new", "person", "--set", "name=Amina")
    desk("backup", tmp_path / "b")
    desk("new", "person", "--set", "name=Bek")
    desk("backup", tmp_path / "b")
    flip(tmp_path / "b", DATABASE, state=2)

    checked = call("verify", tmp_path / "b")
    shape = json.loads(call("verify", tmp_path / "b", "--json").out)
    secret = {"--passphrase-fd": PASSPHRASE}
    done = call("restore", tmp_path / "b", tmp_path / "n", "--device", "d", *salvage, secrets=secret)

    assert checked.status == 1 and "takes state 1 of it" in checked.out
    assert (shape["whole"], shape["damaged"], shape["restores"]) == (False, ["g0002/records.db"], 1)
    assert done.status == 0
    before, after = done.err.strip().splitlines()
    assert "An earlier one is taken, number 1: what was written in the vault since is not in it." in before
    assert today() in after and "what was written since is not in it" in after
    assert {row["title"] for row in Desk(tmp_path / "n", call)("list", "--json").json} == {"Amina"}


def test_which_state_is_taken_is_told_before_any_secret_is_asked_for(desk: Desk, call: Call, tmp_path: Path) -> None:
    desk("backup", tmp_path / "b")
    desk("backup", tmp_path / "b")
    flip(tmp_path / "b", DATABASE, state=2)

    wrong = {"--passphrase-fd": "another passphrase"}
    done = call("restore", tmp_path / "b", tmp_path / "n", "--device", "d", secrets=wrong)

    assert done.status == 1 and "number 1" in done.err and not (tmp_path / "n").exists()


def test_who_names_a_damaged_state_gets_no_other_one(desk: Desk, call: Call, tmp_path: Path) -> None:
    desk("backup", tmp_path / "b")
    desk("backup", tmp_path / "b")
    flip(tmp_path / "b", DATABASE, state=2)
    asked = ("restore", tmp_path / "b", tmp_path / "n", "--device", "d", "--generation")

    second = call(*asked, "2", "--json", secrets={"--passphrase-fd": PASSPHRASE})
    first = call(*asked, "1", secrets={"--passphrase-fd": PASSPHRASE})

    assert second.error["facts"] == {"where": "database"} and first.status == 0 and first.err == ""


def test_where_no_database_is_whole_nothing_is_promised(desk: Desk, call: Call, tmp_path: Path) -> None:
    desk("backup", tmp_path / "b")
    desk("backup", tmp_path / "b")
    flip(tmp_path / "b", DATABASE, state=1)
    flip(tmp_path / "b", DATABASE, state=2)

    checked = call("verify", tmp_path / "b")

    assert checked.status == 1 and "no state in it is whole enough" in checked.out
    for salvage in ((), ("--salvage",)):
        done = call("restore", tmp_path / "b", tmp_path / "n", "--device", "d", "--json", *salvage)
        assert (done.error["error"], done.error["facts"]) == ("BackupLost", {"where": "database"})
    assert not (tmp_path / "n").exists()


@pytest.mark.parametrize("begun_ms", [None, 2**70])
def test_a_state_whose_day_nobody_knows_is_told_as_that(begun_ms: int | None) -> None:
    assert "of which no day is known" in restored.as_of(begun_ms)
