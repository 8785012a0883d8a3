"""Nothing that was written into a vault can be read without its key, and what was erased cannot be read with it."""

from __future__ import annotations

import base64
import os
import re
import secrets
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fieldapp.services import drafts, records, vaults
from fieldapp.services.archive import Archive
from fieldapp.vault import journal
from tests.conformance import independent_reader as reader
from tests.unit.vault.houses import CHEAP

PASSPHRASE = "seven dry apricots"
WRITES = re.compile(r'openat\([^"]*"([^"]*)", [A-Z_|]*(?:O_WRONLY|O_RDWR|O_CREAT)')
SOCKETS = re.compile(r"socket\(AF_(?!UNIX)")

SCRIPT = """
import sys
from pathlib import Path
from fieldapp.crypto.keyslots import KdfParameters
from fieldapp.services import drafts, records, vaults
from fieldapp.records.ids import new_record_id
folder, canary = Path(sys.argv[1]), sys.argv[2]
made = vaults.create(folder, canary + " pass", person=canary, device=canary,
                     parameters=KdfParameters(8, 1, 1), floor_kib=0).archive
big = (canary + " ") * 1_500
record = records.save(made, "testimony", {"notes": big}).created
drafts.keep(made, new_record_id(made.own_log), "person", {"notes": big})
records.save(made, "testimony", {"notes": canary}, record=record)
made.connection.execute("SELECT DISTINCT value FROM claim ORDER BY value")
vaults.rebuild(made)
made.connection.execute("VACUUM")
made.close()
"""


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    made = vaults.create(
        tmp_path / "vault", PASSPHRASE, person="Amina", device="laptop", parameters=CHEAP, floor_kib=0
    ).archive
    yield made
    made.close()


def spellings(word: str) -> list[bytes]:
    raw = word.encode()
    found = [raw, word.encode("utf-16-le"), word.encode("utf-16-be"), raw.hex().encode(), raw.hex().upper().encode()]
    found += [base64.b64encode(b"x" * shift + raw)[4:-4] for shift in range(3)]
    return found


def places_of(word: str, folder: Path) -> list[str]:
    """The files whose name or content holds the word in any spelling."""
    return [
        str(path)
        for path in folder.rglob("*")
        if any(each in path.name.encode() or (path.is_file() and each in path.read_bytes()) for each in spellings(word))
    ]


def decrypted(archive: Archive) -> bytes:
    """All pages of the database, also the free ones and the free room in each."""
    folder = archive.vault.folder
    archive.close()
    master_key = reader.open_headers(folder, PASSPHRASE.encode()).master_key
    return b"".join(reader.plain_pages((folder / "records.db").read_bytes(), master_key))


def strace(root: Path, folder: Path, canary: str) -> str:
    assert shutil.which("strace"), "this test needs strace"
    log = folder.parent / "strace.log"
    asked = ["strace", "-f", "-qq", "-s", "300", "-o", str(log), "-e", "trace=openat,open,creat,mkdir,rename,socket"]
    environment = {**os.environ, "PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [*asked, sys.executable, "-c", SCRIPT, str(folder), canary],
        cwd=folder.parent, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert canary not in done.stdout + done.stderr
    return log.read_text()


def test_making_saving_and_closing_write_only_in_the_vault_and_nothing_that_can_be_read(
    tmp_path: Path, root: Path
) -> None:
    canary = "kanareika" + secrets.token_hex(8)
    folder = tmp_path / "vault"
    calls = strace(root, folder, canary)

    written = [path for path in WRITES.findall(calls) if path != "/dev/null"]
    assert f"{folder}/records.db" in written
    assert [path for path in written if not path.startswith(f"{folder}/")] == []
    assert [path for path in written if "etilqs" in path] == []
    assert not SOCKETS.search(calls)
    (tmp_path / "strace.log").unlink()
    assert places_of(canary, tmp_path) == []
    assert places_of(canary, Path(os.environ["HOME"])) == []


def test_the_search_for_canaries_finds_them_in_every_spelling(tmp_path: Path) -> None:
    for number, spelt in enumerate(spellings("kanareika")[:5]):
        (tmp_path / f"{number}").write_bytes(b"before " + spelt + b" after")
    (tmp_path / "b64").write_bytes(base64.b64encode(b"some text, kanareika and more"))
    (tmp_path / "kanareika.txt").write_bytes(b"")
    assert len(places_of("kanareika", tmp_path)) == 7


def erased_draft(archive: Archive, word: str) -> None:
    record = records.save(archive, "testimony", {"notes": "stays"}).created
    assert record
    for typed in (word, f"{word} " * 3000, "other"):
        drafts.keep(archive, record, "testimony", {"notes": typed})


def erased_index(archive: Archive, word: str) -> None:
    """The words of a shredded body are in no table and in no page, nor in the index."""
    record = records.save(archive, "testimony", {"notes": f"{word} " * 300}).created
    assert record
    with archive.vault.saving() as connection:
        for entry in list(journal.stored_entries(connection)):
            if word in repr(entry.body):
                journal.shred(connection, entry.rowid)
    vaults.rebuild(archive)


@pytest.mark.parametrize("erase", [erased_draft, erased_index])
def test_what_was_erased_is_in_no_decrypted_page(archive: Archive, erase: Callable[[Archive, str], None]) -> None:
    word = "kanareika" + secrets.token_hex(6)
    erase(archive, word)

    pages = decrypted(archive)

    assert len(pages) > 50_000
    assert [each for each in spellings(word) if each in pages] == []


def test_the_words_of_a_hidden_record_leave_the_index(archive: Archive) -> None:
    word = "kanareika" + secrets.token_hex(6)
    record = records.save(archive, "testimony", {"notes": word}).created
    assert record
    before = archive.connection.value("SELECT count(*) FROM search_data WHERE instr(block, ?)", (word.encode(),))
    records.hide(archive, record)

    for table, column in (("search_data", "block"), ("search_content", "c1"), ("search_content", "c2")):
        left = archive.connection.value(f"SELECT count(*) FROM {table} WHERE instr({column}, ?)", (word,))
        left += archive.connection.value(f"SELECT count(*) FROM {table} WHERE instr({column}, ?)", (word.encode(),))
        assert left == 0
    assert before


def test_pages_that_were_not_erased_are_found_so_that_the_scan_can_fail(archive: Archive) -> None:
    word = "kanareika" + secrets.token_hex(6)
    records.save(archive, "testimony", {"notes": word})
    assert word.encode() in decrypted(archive)
