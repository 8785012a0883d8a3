"""Made-up people with vaults of their own, who trust each other and hand bundles over. Keys are derived cheaply."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from fieldapp.bundles.card import Card
from fieldapp.bundles.journal import read_segment
from fieldapp.bundles.read import BundleReader, JournalSegment
from fieldapp.crypto.age_hybrid import HybridIdentity
from fieldapp.crypto.keyslots import KdfParameters
from fieldapp.media.preview import Preview, Reason
from fieldapp.records import store
from fieldapp.services import arrivals, documents, handover, keeping, records, trust, vaults
from fieldapp.services.archive import Archive
from fieldapp.services.arrivals import Outcome
from fieldapp.services.documents import StagedFile
from fieldapp.services.trust import Peer, Role
from fieldapp.values import LogId, RecordId
from fieldapp.vault import journal
from fieldapp.vault.encoding import Plain
from fieldapp.vault.entry import Body
from fieldapp.vault.journal import Moment, SealedEntry
from fieldapp.vault.vault import Vault

PASSPHRASE = "correct horse battery"
CHEAP = KdfParameters(8, 1, 1)
NOTHING_SEEN = Preview(None, None, None, {}, Reason.NOT_A_PICTURE)


@dataclass
class Clock:
    """A clock that goes one second further each time it is asked."""

    now_ms: int = 1_790_000_000_000
    step_ms: int = 1000

    def __call__(self) -> Moment:
        self.now_ms += self.step_ms
        return Moment(self.now_ms, 300)


@dataclass
class Someone:
    """A person with an open vault, and the folder in which their bundles lie."""

    name: str
    archive: Archive
    folder: Path
    recovery_phrase: str
    made: Iterator[int] = field(default_factory=count)
    cards: dict[LogId, Card] = field(default_factory=dict)

    @property
    def vault(self) -> Vault:
        return self.archive.vault

    def trusts(self, *others: Someone, role: Role = Role.FIELD) -> None:
        """Trust others; whoever is a coordinator for somebody keeps things for others, as they say themselves."""
        for other in others:
            trust.trust(self.archive, trust.own_card(other.archive), role=role)
            if role is Role.COORDINATOR:
                keeping.set_keeps_for_others(other.archive, on=True)

    @property
    def card(self) -> Card:
        """Their own card, as it is for the log they write now; to read it anew is to check its signatures."""
        log = self.vault.author.log
        if log not in self.cards:
            self.cards[log] = trust.own_card(self.archive)
        return self.cards[log]

    def peer(self, other: Someone) -> Peer:
        """Who the other is here, also where they are no longer trusted."""
        known = other.card.fingerprint
        return next(peer for peer in trust.known_cards(self.archive) if peer.fingerprint == known)

    def new(self, type_name: str, **values: object) -> RecordId:
        made = records.save(self.archive, type_name, values).created
        assert made is not None
        return made

    def edit(self, record: RecordId, source: str = "", **values: object) -> None:
        kind = store.row_of(self.archive.connection, record).type
        records.save(self.archive, kind, values, record=record, told=records.Told(source))

    def bundle(
        self,
        *recipients: Someone,
        only: Sequence[RecordId] | None = None,
        **asked: Any,
    ) -> Path:
        """Seal what is chosen (everything, if nothing is said) for people, who must be trusted."""
        path = self.folder / f"{self.name}-{next(self.made)}.bundle"
        peers = [trust.find_peer(self.archive, other.name) for other in recipients]
        selection = handover.select(self.archive, only, to=peers, **asked)
        handover.export(self.archive, peers, selection, path)
        return path

    def takes(self, bundle: Path, *, dry_run: bool = False) -> Outcome:
        return arrivals.import_file(self.archive, bundle, dry_run=dry_run)

    def value(self, record: RecordId, key: str) -> Plain:
        return records.shown_value(self.archive, record, key)

    def snapshot(self) -> dict[str, list[tuple[object, ...]]]:
        return store.snapshot(self.archive.connection)

    def write(self, *bodies: Body) -> None:
        """Write bodies as they stand, as a newer or hostile program would."""
        with self.vault.saving():
            self.archive.write(bodies)

    def reopen(self) -> None:
        """Close the vault, and unlock it again."""
        self.archive.close()
        self.archive = vaults.unlock(self.vault.folder, PASSPHRASE, clock=self.archive.clock)

    def attach(self, owner: RecordId | None, *contents: bytes, name: str = "photo.jpg") -> list[RecordId]:
        staged = [self.staged(content, name) for content in contents]
        return [each.document for each in documents.attach(self.archive, staged, owner=owner)[0]]

    def staged(self, content: bytes, name: str = "photo.jpg") -> StagedFile:
        return StagedFile(self.vault.objects.stage(Bytes(content)), name, "image/jpeg", NOTHING_SEEN)


class Bytes:
    """Bytes as a source to be read once."""

    def __init__(self, content: bytes) -> None:
        self._left = content

    def readinto(self, buffer: memoryview, /) -> int:
        part, self._left = self._left[: len(buffer)], self._left[len(buffer) :]
        buffer[: len(part)] = part
        return len(part)


def someone(folder: Path, name: str, clock: Clock | None = None) -> Someone:
    """A person with a new vault in `folder`."""
    made = vaults.create(
        folder / f"vault of {name}",
        PASSPHRASE,
        person=name,
        device=f"laptop of {name}",
        parameters=CHEAP,
        floor_kib=0,
        clock=clock or Clock(),
    )
    return Someone(name, made.archive, folder, made.recovery_phrase or "")


def entries_of(archive: Archive) -> dict[bytes, SealedEntry]:
    """Every entry with the original bytes of header and body, by id."""
    return {
        hashlib.sha256(entry.header_bytes + entry.signature).digest(): entry
        for log in journal.heads(archive.connection)
        for _rowid, entry in journal.sealed_entries(archive.connection, log)
    }


def payload_of(recipient: Someone, bundle: Path) -> tuple[list[SealedEntry], list[bytes]]:
    """The entries and objects of a bundle, as its recipient can decrypt them."""
    keys = recipient.vault.identity
    me = trust.own_card(recipient.archive).fingerprint
    entries: list[SealedEntry] = []
    objects: list[bytes] = []
    with bundle.open("rb") as file:
        for member in BundleReader(file, [HybridIdentity(bytes(keys.age))], me=[me]).members():
            if isinstance(member, JournalSegment):
                entries += read_segment(member.content)
            else:
                buffer = memoryview(bytearray(member.size))
                filled = 0
                while part := member.readinto(buffer[filled:]):
                    filled += part
                objects.append(bytes(buffer))
    return entries, objects


def tree(folder: Path) -> dict[str, bytes]:
    """Every file below a folder with its content; the database, which its process holds, without."""
    return {
        path.relative_to(folder).as_posix(): b"" if path.name.startswith("records.db") else path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def dump(archive: Archive) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table."""
    names = archive.connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND rootpage > 0")
    return {name: sorted(archive.connection.execute(f"SELECT * FROM {name}"), key=repr) for (name,) in names}
