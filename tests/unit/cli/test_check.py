from __future__ import annotations

from pathlib import Path

from tests.unit.cli.calling import PASSPHRASE, Desk, Done, MakeDesk


def _damage(file: Path, place: int) -> None:
    content = bytearray(file.read_bytes())
    content[place] ^= 1
    file.write_bytes(content)


def test_a_whole_vault_is_verified(desk: Desk, tmp_path: Path) -> None:
    desk("new", "person", "--set", "name=Gulnara")

    told = desk("verify", "--json").json

    assert told["whole"] and told["complete"]
    assert told["entries"] == 2
    assert told["findings"] == []
    assert "whole" in desk("verify").out


def test_a_damaged_vault_is_told_and_the_status_says_so(desk: Desk) -> None:
    _damage(desk.folder / "header.b", 2000)

    done = desk("verify", "--json")

    assert done.status == 1
    assert [each["found"] for each in done.outcomes["findings"]] == ["header-copy"]
    assert "damaged" in desk("verify").out


def test_a_vault_that_could_not_be_looked_at_is_not_called_whole(desk: Desk) -> None:
    desk("new", "person", "--set", "name=Gulnara")
    (desk.folder / "records.db-journal").mkdir()

    done, said = desk("verify", "--json"), desk("verify")

    assert (done.status, said.status) == (1, 1)
    assert (done.outcomes["whole"], done.outcomes["complete"]) == (False, False)
    assert "The vault is whole." not in said.out
    assert "Not all could be checked" in said.out


def test_a_damaged_file_is_told_as_the_only_harm(desk: Desk, tmp_path: Path) -> None:
    record = desk("new", "testimony", "--set", "title=Call").out.split()[0]
    (tmp_path / "a.txt").write_bytes(b"words" * 999)
    desk("attach", record, tmp_path / "a.txt")
    (file,) = (path for path in (desk.folder / "objects").rglob("*") if path.is_file())
    _damage(file, 300)

    done = desk("verify")

    assert done.status == 1
    assert "whole but for these files" in done.out
    assert "repair" not in done.out


def test_a_vault_is_not_verified_without_its_passphrase(desk: Desk) -> None:
    done = desk.call("verify", desk.folder)

    assert done.status == 2
    assert "--passphrase-fd" in done.err


def test_a_damaged_vault_is_repaired_in_a_copy(desk: Desk, tmp_path: Path) -> None:
    desk("new", "person", "--set", "name=Gulnara")
    database = desk.folder / "records.db"
    _damage(database, 3 * 4096 + 100)
    before = database.read_bytes()

    told = desk("repair", tmp_path / "new", "--device", "laptop", "--json").json

    assert told["pages_lost"] == 1
    assert not told["whole"]
    assert database.read_bytes() == before
    new = Desk(tmp_path / "new", desk.call)
    assert [row["title"] for row in new("list", "--json").json] == ["Gulnara"]
    assert new("verify").status == 0


def test_a_bundle_is_verified_with_the_vault_it_is_for(make_desk: MakeDesk, tmp_path: Path) -> None:
    amina, bek = make_desk("Amina"), make_desk("Bek")
    amina("new", "person", "--set", "name=Gulnara")
    for one, other in ((amina, bek), (bek, amina)):
        one("identity", "card", "-o", tmp_path / f"{one.folder.name}.card")
        other("identity", "trust", tmp_path / f"{one.folder.name}.card", "--words-match")
    bundle = tmp_path / "june.bundle"
    assert amina("bundle", "export", "--to", "Bek", "-o", bundle).status == 0

    assert amina.call("verify", bundle).status == 2
    assert verify_with(bek, bundle).status == 0
    _damage(bundle, bundle.stat().st_size // 2)
    assert verify_with(bek, bundle).status == 1


def verify_with(desk: Desk, bundle: Path) -> Done:
    return desk.call("verify", bundle, "--with", desk.folder, secrets={"--passphrase-fd": PASSPHRASE})
