"""How the vault of version 3 was made, once: `python -m tests.museum.making FOLDER`. What is released stays as it is.

It holds records of several types and scripts, a change, a hidden record, an object, a draft, a log of another person
with a fork, entries whose bodies never came, were shredded and were removed, an own log that goes on from the one
before it, a row in each table of version 3, two more people who write here, one of whom was removed, and a slot of a
pair of shares. (Those of versions 1 and 2 were made by this script as it was then.)
"""

from __future__ import annotations

import hashlib
import io
import json
import sys
from pathlib import Path

from fieldapp.crypto import recovery
from fieldapp.crypto.identity import new_identity
from fieldapp.crypto.keyslots import KdfParameters, SlotKind
from fieldapp.services import drafts, records, vaults
from fieldapp.services.archive import Archive
from fieldapp.values import RecordId
from fieldapp.vault import journal
from fieldapp.vault.encoding import Plain
from fieldapp.vault.journal import Moment
from fieldapp.vault.slots import NewSlot
from tests.museum.seeing import CONTENT, seen
from tests.unit.vault.test_journal import Writer, id_of, receive, without_body

PASSPHRASE = "seven dry apricots, ёлка"


ROWS = (
    "INSERT INTO departure VALUES (1, x'01', x'02', 1, x'03', 1790000000000, x'ff', NULL, x'04')",
    "INSERT INTO receipt VALUES (x'02', 7, 1790000000000, 1790000060000, x'a0', x'00')",
    "INSERT INTO acknowledged VALUES (x'02', 3, 1, x'a0', x'00')",
    "INSERT INTO removed VALUES (x'0123', 'testimony', 1790000000000, 1790000060000, 2, 'light')",
    "INSERT INTO share VALUES (x'05', 1, 1790000000000, 1790000060000, x'a0', x'00')",
    "INSERT INTO holder VALUES (x'06', 1, x'07', 1790000000000, 1790000060000, NULL)",
)


def make(folder: Path) -> None:
    clock = iter(range(1_790_000_000_000, 1_800_000_000_000, 60_000))
    made = vaults.create(
        folder / "vault",
        PASSPHRASE,
        person="Амина",
        device="laptop",
        parameters=KdfParameters(64 * 1024, 1, 1),
        clock=lambda: Moment(next(clock), 300),
    )
    archive = made.archive
    fill(archive)
    expected = {"passphrase": PASSPHRASE, "recovery_phrase": made.recovery_phrase, **seen(archive)}
    archive.close()
    (folder / "expected.json").write_text(json.dumps(expected, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    sums = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(folder).as_posix()}" for path in files]
    (folder / "SHA256SUMS").write_text("\n".join(sums) + "\n", encoding="utf-8")


def fill(archive: Archive) -> None:
    call = made_by(archive, "testimony", "Сказал, что паспорт забрали. Ўғлим қаерда?")
    person = made_by(archive, "person", "Called twice")
    mistake = made_by(archive, "person", "A mistake")
    records.save(archive, "testimony", {"notes": "Паспорт забрал бригадир."}, record=call)
    records.hide(archive, mistake)
    drafts.keep(archive, person, "person", {"notes": "typed and not finished"})
    staged = archive.vault.objects.stage(io.BytesIO(CONTENT))
    with archive.vault.saving() as connection:
        archive.vault.objects.keep([staged])
        stored = staged.stored
        connection.execute(
            "INSERT INTO object (sha256, size, key) VALUES (?, ?, ?)", (stored.sha256, stored.size, stored.key)
        )
    writer = Writer("Bakhyt")
    one = writer.chain("a", "b", "c", "e", "f")
    receive(archive.vault, [one[0], one[1], without_body(one[2]), *one[3:], *writer.chain("d", after=one[0])])
    vaults.begin_anew(archive, "laptop, restored")
    records.save(archive, "testimony", {"notes": "В новом журнале."}, record=call)
    with archive.vault.saving() as connection:
        for drop, sealed in ((journal.shred, one[4]), (journal.remove, one[5])):
            drop(connection, int(connection.value("SELECT id FROM entry WHERE entry = ?", (id_of(sealed),))))
        for statement in ROWS:
            connection.execute(statement)
    add_people(archive)


def add_people(archive: Archive) -> None:
    vault = archive.vault
    for name in ("Бахыт", "Чинара"):
        opening: dict[str, Plain] = {"person": name, "device": "laptop"}
        secret = bytearray(f"the passphrase of {name}".encode())
        writer = vault.add_writer(secret, new_identity(), opening, archive.clock())
    vault.remove_writer(writer, archive.clock())
    vault.add_slot(NewSlot(SlotKind.SHARES, None, recovery.shares_secret(bytes(16), bytes(range(16)))))


def made_by(archive: Archive, kind: str, notes: str) -> RecordId:
    record = records.save(archive, kind, {"notes": notes}).created
    assert record
    return record


if __name__ == "__main__":
    make(Path(sys.argv[1]))
