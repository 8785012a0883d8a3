"""A large vault for measuring: 100,000 testimonies, 1,000,000 claims, written in logs of several people, in minutes.

    PYTHONPATH=packaging python -m benchmarks.large [RECORDS]      builds it, and tells where it lies

It is made by the real journal and the real projection, only in few large transactions. What was built stays in the
folder for temporary files and is used again; whoever changes it works on a copy (`copy_of`). Each testimony has one
entry of eight claims and one that changes two of them; every tenth of both was written here, the others came in.
"""

from __future__ import annotations

import hashlib
import random
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from benchmarks.bundles_child import PASSPHRASE, new_vault
from fieldapp.crypto.identity import IdentitySecrets, new_identity, sign_ed25519
from fieldapp.records import projection
from fieldapp.records.model import ORDINARY
from fieldapp.records.payload import Claims, NewClaim, claims_body
from fieldapp.services import handover, indexing, trust, vaults
from fieldapp.services.archive import Archive
from fieldapp.values import EntryId, LogId, RecordId
from fieldapp.vault.encoding import Plain
from fieldapp.vault.entry import NO_ENTRY, NO_LOG, Body, Entry, Header, write_body, write_header
from fieldapp.vault.journal import Moment, Receiver, SealedEntry, StoredEntry, append

FORM = 2
"""Of what is built here: another number, and what lies there is not used again."""

RECORDS = 100_000
CONTESTED = 20
_LOGS = 10
_AT_ONCE = 10_000
_START_MS = 1_700_000_000_000

_WORDS = (
    "паспорт забрали полицейский участок миграционный центр контракт подписать угроза депортация Мелехово общежитие"
    " стройка военкомат автобус брат мать звонок номер деньги билет адвокат посольство заявление прокурор обещали"
    " гражданство шесть месяцев рабочий патент суд срок колония больница избили наручники ночь вода еда телефон"
    " Oʻktam Abdulla Маруфжон Гулнора Шерзод Нурлан Айбек Ташкент Душанбе Бишкек Москва Калуга Владимир вернулся"
    " пропал фронт часть"
)


@dataclass(slots=True)
class Writer:
    """A person whose log comes in: what `journal.append` is for the own one, without a vault."""

    keys: IdentitySecrets
    log: LogId = NO_LOG
    seq: int = -1
    prev: EntryId = NO_ENTRY
    waiting: list[SealedEntry] = field(default_factory=list)

    def handed_over(self) -> list[SealedEntry]:
        """What was written since this was asked for last."""
        given, self.waiting = self.waiting, []
        return given

    def write(self, body: Body, tick: int, chance: random.Random) -> None:
        """Sign the next entry."""
        body_bytes = write_body(body, chance.randbytes(16))
        self.seq += 1
        header = Header(
            self.log,
            self.seq,
            self.prev,
            tick,
            _START_MS + tick * 1000,
            300,
            hashlib.sha256(body_bytes).digest(),
            len(body_bytes),
            self.keys.public().ed25519 if self.seq == 0 else None,
        )
        header_bytes = write_header(header)
        unsigned = Entry(header, header_bytes, b"")
        entry = Entry(header, header_bytes, sign_ed25519(self.keys.ed25519, unsigned.signed_bytes))
        self.prev = entry.id
        if self.seq == 0:
            self.log = LogId(entry.id[:16])
        self.waiting.append(SealedEntry(header_bytes, entry.signature, body_bytes))


@dataclass(frozen=True, slots=True)
class Saying:
    """One entry to be written, and by whom (0: here). `changes`: it replaces what the record's first entry claims."""

    by: int
    record: RecordId
    type: str
    values: dict[str, Plain]
    changes: bool = False


def large_vault(records: int = RECORDS) -> Path:
    """The folder of a closed vault with so many testimonies, built unless it is there. Nobody may change it."""
    folder = Path(tempfile.gettempdir()) / f"fieldapp-bench-{records}-form{FORM}"
    if (folder / "done").exists():
        return folder / "vault"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    archive = new_vault(folder / "vault", "Anna")
    fill(archive, records)
    archive.close()
    (folder / "done").touch()
    return folder / "vault"


def copy_of(vault: Path, folder: Path) -> Path:
    """A copy of a closed vault that may be changed."""
    shutil.copytree(vault, folder)
    return folder


def bundle_for(vault: Path, folder: Path, entries: int, known: int) -> Path:
    """A bundle of so many entries from another person, whom the owner of `vault` trusts from now on.

    Every fifth entry speaks of one of the first `known` testimonies of the large vault.
    """
    anna, boris = vaults.unlock(vault, PASSPHRASE), new_vault(folder / f"sender-{entries}", "Boris")
    trust.trust(anna, trust.own_card(boris))
    trust.trust(boris, trust.own_card(anna))
    anna.close()
    chance = random.Random(entries)
    _write(boris, islice(_news(chance, known), entries - 1), [], chance)
    bundle = folder / f"{entries}.fieldapp"
    handover.export(boris, trust.peers(boris), handover.select(boris), bundle)
    boris.close()
    return bundle


def record_id(number: int) -> RecordId:
    """The id of the testimony of that number in a large vault."""
    return RecordId(hashlib.sha256(b"bench %d" % number).digest()[:16])


def fill(archive: Archive, records: int) -> None:
    """Write everything into an open, empty vault."""
    chance = random.Random(records)
    writers = [Writer(new_identity()) for _ in range(1, _LOGS)]
    for number, writer in enumerate(writers):
        opening: dict[str, Plain] = {"person": f"Person {number}", "device": "bench"}
        writer.write(Body("open", chance.randbytes(16), opening), 1, chance)
    _write(archive, _archive(chance, records), writers, chance)
    indexing.finish_indexing(archive)


def _archive(chance: random.Random, records: int) -> Iterator[Saying]:
    """Testimonies, each changed once by who wrote it; persons, each linked with one; and some that are contested."""
    for number in range(records):
        by = number % _LOGS
        yield Saying(by, record_id(number), "testimony", _testimony(chance))
        yield Saying(by, record_id(number), "testimony", {"place": _text(chance, 2), "title": _text(chance, 4)}, True)
        if number % 100 == 0:
            person, link = RecordId(chance.randbytes(16)), RecordId(chance.randbytes(16))
            yield Saying(by, person, "person", {"name": _text(chance, 2), "phone": _phone(chance)})
            ends: dict[str, Plain] = {"from": record_id(number), "to": person, "role": "about"}
            yield Saying(by, link, "link", ends)
        if number % max(records // CONTESTED, 1) == 0:
            yield Saying((by + 1) % _LOGS, record_id(number), "testimony", {"place": _text(chance, 3)})


def _news(chance: random.Random, known: int) -> Iterator[Saying]:
    """What another person brings: new testimonies and changes to them, and additions to records that are known here."""
    while True:
        new = RecordId(chance.randbytes(16))
        other = RecordId(chance.randbytes(16))
        yield Saying(0, new, "testimony", _testimony(chance))
        yield Saying(0, other, "testimony", _testimony(chance))
        yield Saying(0, new, "testimony", {"place": _text(chance, 2), "title": _text(chance, 4)}, True)
        yield Saying(0, other, "testimony", {"place": _text(chance, 2)}, True)
        yield Saying(0, record_id(chance.randrange(known)), "testimony", {"notes": _text(chance, 8)})


def _write(archive: Archive, sayings: Iterator[Saying], writers: list[Writer], chance: random.Random) -> None:
    first: dict[RecordId, EntryId] = {}
    tick = 1
    while batch := list(islice(sayings, _AT_ONCE)):
        with archive.vault.saving() as connection:
            arrival = _arrival(archive, chance) if writers else 0
            receiver = Receiver(connection, arrival)
            taken: list[StoredEntry] = []
            for said in batch:
                tick += 1
                body = _body(said, first, chance)
                if said.by == 0:
                    entries = append(connection, archive.vault.author, [body], Moment(_START_MS + tick * 1000, 180))
                else:
                    writer = writers[said.by - 1]
                    writer.write(body, tick, chance)
                    entries = list(receiver.receive_all(writer.handed_over()))
                taken += entries
                first.setdefault(said.record, entries[-1].id)
            touched = projection.apply_all(connection, taken)
            projection.refresh(connection, touched)


def _body(said: Saying, first: dict[RecordId, EntryId], chance: random.Random) -> Body:
    replaced = (first[said.record],) if said.changes else ()
    claims = tuple(NewClaim(key, value, replaced) for key, value in said.values.items())
    return claims_body(Claims(said.record, said.type, ORDINARY, claims), kind="edit", save=chance.randbytes(16))


def _arrival(archive: Archive, chance: random.Random) -> int:
    return archive.connection.insert(
        "INSERT INTO arrival (bundle, sender, number, digest, arrived_ms) VALUES (?, ?, 1, ?, ?)",
        (chance.randbytes(16), chance.randbytes(32), chance.randbytes(32), _START_MS),
    )


def _testimony(chance: random.Random) -> dict[str, Plain]:
    """Eight claims. Most accounts are short, some are long."""
    day = f"2026-{chance.randrange(1, 13):02}-{chance.randrange(1, 29):02}"
    return {
        "title": _text(chance, 3),
        "account_kind": "narrator",
        "date": {"edtf": day, "told": day},
        "channel": "phone",
        "place": _text(chance, 2),
        "language": "ru",
        "narrative": f"{_text(chance, chance.choice((10, 20, 30, 40, 120)))} {_phone(chance)}",
        "reliability": "2",
    }


def _text(chance: random.Random, words: int) -> str:
    return " ".join(chance.choices(_WORDS.split(), k=words))


def _phone(chance: random.Random) -> str:
    return f"+998 {chance.randrange(10**9):09}"


if __name__ == "__main__":
    print(large_vault(*map(int, sys.argv[1:])))
