"""What the program writes is read by who never saw it: the reader beside this file, written from the documents."""

from __future__ import annotations

import ast
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from fieldapp.crypto.keyslots import SlotKind
from fieldapp.vault import journal
from fieldapp.vault.slots import NewSlot
from tests.conformance import independent_reader as reader
from tests.unit.vault.houses import (
    CONTENT,
    MOMENT,
    PASSPHRASE,
    RECOVERY,
    House,
    attach,
    author_of,
    identity_of,
    save,
)


@pytest.fixture
def house(tmp_path: Path) -> House:
    house = House(tmp_path / "vault")
    opened = house.make()
    save(opened, "first", "второе")
    author_of(opened, "Bakhyt")
    attach(opened)
    save(opened, "x" * 100_000)
    opened.close()
    return house


def run(root: Path, folder: Path, passphrase: bytes) -> subprocess.CompletedProcess[str]:
    script = root / "tests" / "conformance" / "independent_reader.py"
    asked = [sys.executable, "-I", str(script), str(folder)]
    return subprocess.run(asked, input=passphrase.decode() + "\n", capture_output=True, text=True, check=False)


def test_it_imports_nothing_of_the_program(root: Path) -> None:
    tree = ast.parse((root / "tests" / "conformance" / "independent_reader.py").read_text(encoding="utf-8"))
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}

    assert "cbor2" in imported
    assert not {name for name in imported if name.split(".")[0] in {"fieldapp", "tests", "sqlcipher3"}}


def test_a_vault_made_by_the_program_is_read_whole(house: House, root: Path) -> None:
    done = run(root, house.folder, PASSPHRASE)

    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    texts = [line["body"]["payload"].get("text") for line in lines if "body" in line]
    assert [text for text in texts if text] == ["first", "второе", "x" * 100_000]
    assert lines[-1]["size"] == len(CONTENT)
    assert run(root, house.folder, b"another passphrase").returncode != 0


def test_the_recovery_phrase_opens_it_too_and_the_heads_are_there(house: House) -> None:
    opened = reader.open_headers(house.folder, RECOVERY)
    connection = reader.database(house.folder, opened.master_key)

    assert reader.heads_are_there(connection, opened)
    assert len(list(reader.entries(connection))) == 5


def test_why_bodies_are_missing_and_which_log_goes_on_from_which_is_read_too(house: House) -> None:
    opened = house.open()
    rows = [entry.rowid for entry in journal.stored_entries(opened.connection, kind="note")]
    with opened.connection.transaction():
        journal.shred(opened.connection, rows[0])
        journal.remove(opened.connection, rows[1])
    old = opened.author.log
    new = opened.begin_log(identity_of("Amina, restored"), {"person": "Amina", "device": "another"}, MOMENT)
    save(opened, "in the new log")
    opened.close()
    key = reader.open_headers(house.folder, PASSPHRASE).master_key
    connection = reader.database(house.folder, key)

    found = list(reader.entries(connection))

    assert [each.lacking for each in found if each.body is None] == ["shredded", "removed"]
    assert reader.continuations(found) == {new: old}
    assert reader.heads_are_there(connection, reader.open_headers(house.folder, PASSPHRASE))
    connection.execute("DELETE FROM lacking WHERE why = 'removed'")
    with pytest.raises(reader.NotWholeError, match="missing body"):
        list(reader.entries(connection))


def test_while_objects_are_sealed_anew_they_are_found_under_both_names(house: House, root: Path) -> None:
    opened = house.open()
    attach(opened, b"another photo")
    opened.rekey([NewSlot(SlotKind.PASSPHRASE, 1, b"a new passphrase")])
    opened = house.open(b"a new passphrase")
    assert opened.continue_rekey(most=1) == 1
    opened.close()

    done = run(root, house.folder, b"a new passphrase")

    assert done.returncode == 0, done.stderr
    sizes = {json.loads(line).get("size") for line in done.stdout.splitlines()}
    assert {len(CONTENT), len(b"another photo")} <= sizes
    assert run(root, house.folder, PASSPHRASE).returncode != 0


def test_old_files_put_back_are_noticed_by_it_too(house: House, root: Path) -> None:
    old = {name: (house.folder / name).read_bytes() for name in ("header.a", "header.b", "records.db")}
    opened = house.open()
    save(opened, "newer")
    opened.close()
    for names in (("header.a", "header.b"), ("records.db",)):
        copy = House(house.folder.with_name(names[0]))
        shutil.copytree(house.folder, copy.folder)
        for name in names:
            (copy.folder / name).write_bytes(old[name])
        assert "rollback" in run(root, copy.folder, PASSPHRASE).stderr


def test_the_reader_notices_what_was_changed(house: House) -> None:
    opened = reader.open_headers(house.folder, PASSPHRASE)
    path = house.folder / "records.db"
    raw = bytearray(path.read_bytes())
    raw[5000] ^= 1
    path.write_bytes(raw)
    with pytest.raises(reader.NotWholeError, match="page 2"):
        reader.database(house.folder, opened.master_key)
