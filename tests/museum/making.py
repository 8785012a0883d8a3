"""How the vault of version 1 was made, once: `python -m tests.museum.making FOLDER`. It is never made again.

It holds records of several types and scripts, a change, a hidden record, an object, a draft, and a log of another
person with a fork and an entry without its body.
"""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

from fieldapp.crypto.keyslots import KdfParameters
from fieldapp.services import drafts, records, vaults
from fieldapp.services.archive import Archive
from fieldapp.values import RecordId
from fieldapp.vault.journal import Moment
from tests.museum.seeing import CONTENT, seen
from tests.unit.vault.test_journal import Writer, receive, without_body

PASSPHRASE = "seven dry apricots, ёлка"


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
    one = writer.chain("a", "b", "c")
    receive(archive.vault, [one[0], one[1], without_body(one[2]), one[3], *writer.chain("d", after=one[0])])


def made_by(archive: Archive, kind: str, notes: str) -> RecordId:
    record = records.save(archive, kind, {"notes": notes}).created
    assert record
    return record


if __name__ == "__main__":
    make(Path(sys.argv[1]))
