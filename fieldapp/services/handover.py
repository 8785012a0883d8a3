"""Handing over: choosing what goes, sealing it for coordinators, and remembering that it went.

Rule 1: headers of all entries travel, so that chains verify and gaps are honest; bodies only where `select` lets them.
Rule 2: trust never travels; code words only when asked for by hand for this one bundle; hidden records leave only the
        entry that hides them.
Rule 3: what was sealed for coordinators cannot be opened here: nothing is ever sealed to the own key.
"""

from __future__ import annotations

import io
import secrets
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from fieldapp.bundles.bag import BundleInfo, Have
from fieldapp.bundles.journal import write_segments
from fieldapp.bundles.write import BundlePlan, Member, check_size, write_bundle_file
from fieldapp.crypto.identity import IdentitySecrets
from fieldapp.errors import NothingToSendError
from fieldapp.records import store
from fieldapp.records.model import CODES
from fieldapp.records.payload import CustodyEvent, custody_body
from fieldapp.services import drafts, trust
from fieldapp.services.archive import Archive, Changed
from fieldapp.services.documents import ATTACHMENT
from fieldapp.services.trust import Peer
from fieldapp.values import Progress, RecordId, no_progress
from fieldapp.vault import journal
from fieldapp.vault.encoding import decode
from fieldapp.vault.journal import SealedEntry
from fieldapp.vault.objects import ObjectFile, ObjectStore, StagedObject, StoredObject

NEVER_TRAVEL = frozenset({"trust"})


@dataclass(frozen=True, slots=True)
class Selection:
    """What a bundle would carry. `bodies` are rows of entries; `withheld` counts entries of which only headers go."""

    records: dict[str, int]
    documents: tuple[RecordId, ...]
    objects: tuple[StoredObject, ...]
    bodies: frozenset[int] = field(repr=False)
    withheld: int

    @property
    def size(self) -> int:
        """Bytes of all attached files."""
        return sum(each.size for each in self.objects)


@dataclass(frozen=True, slots=True)
class Handover:
    """A bundle that is ready to be sealed, on any thread, without the database."""

    plan: BundlePlan
    keys: IdentitySecrets = field(repr=False)
    staged: tuple[StagedObject, ...]
    recipients: tuple[Peer, ...]
    selection: Selection


def select(
    archive: Archive, records: Sequence[RecordId] | None = None, *, codes: bool = False, attachments: bool = True
) -> Selection:
    """What goes when these records are ticked (None: everything), with the links between them.

    `attachments`: the documents attached to a ticked record go along. `codes`: code words go, this once.

    Raises:
        RecordNotFoundError: one of them is not here. FileTooLargeForBundleError: a file does not fit into a bundle.
    """
    chosen = None if records is None else _with_links(archive, records, attachments=attachments)
    bodies: set[int] = set()
    gone: dict[RecordId, str] = {}
    query = (
        "SELECT touch.entry, touch.record, touch.part, body.kind, record.hidden, record.type FROM touch"
        " JOIN body ON body.entry = touch.entry LEFT JOIN record ON record.record = touch.record"
    )
    for rowid, raw, part, kind, hidden, type_name in archive.connection.rows(query):
        record = RecordId(raw)
        if chosen is not None and record not in chosen:
            continue
        if kind in NEVER_TRAVEL or (part == CODES and not codes) or (hidden and kind != "hide"):
            continue
        bodies.add(rowid)
        if not hidden and type_name is not None:
            gone[record] = type_name
    bodies |= _bodies_of_no_record(archive, everything=chosen is None)
    documents, objects = _objects(archive, gone)
    total = int(archive.connection.value("SELECT count(*) FROM entry"))
    return Selection(dict(Counter(gone.values())), documents, objects, frozenset(bodies), total - len(bodies))


def plan(archive: Archive, recipients: Sequence[Peer], selection: Selection) -> Handover:
    """Make a bundle ready: what is being typed is finished first. Call `record` or `discard` afterwards.

    Raises:
        NothingToSendError: nothing that was chosen may go. DiskFullError: nothing was changed.
    """
    if not recipients or not selection.records:
        raise NothingToSendError
    card = trust.own_card(archive)
    number, previous = archive.connection.execute(
        "SELECT coalesce(max(number), 0), (SELECT digest FROM departure ORDER BY number DESC LIMIT 1) FROM departure"
    )[0]
    info = BundleInfo(
        bundle_id=secrets.token_bytes(16),
        sender=card.fingerprint,
        recipients=tuple(sorted({peer.fingerprint for peer in recipients})),
        number=number + 1,
        previous=previous,
        have=tuple(Have(log, head.seq, head.id) for log, head in journal.heads(archive.connection).items()),
    )
    objects = archive.vault.objects
    staged: list[StagedObject] = []
    try:
        for segment in write_segments(_entries(archive, selection.bodies)):
            staged.append(objects.stage(io.BytesIO(segment)))  # noqa: PERF401 - those before a failure must be discarded
    except BaseException:
        _discard(staged)
        raise
    unique = {peer.fingerprint: peer for peer in recipients}
    bundle = BundlePlan(
        info=info,
        card_bytes=card.file,
        recipients=tuple(peer.card for peer in unique.values()),
        journal=tuple(Member(s.stored.sha256, s.stored.size, _opener_of_staged(objects, s)) for s in staged),
        objects=tuple(Member(o.sha256, o.size, _opener(objects, o)) for o in selection.objects),
    )
    return Handover(bundle, archive.vault.identity, tuple(staged), tuple(unique.values()), selection)


def write(handover: Handover, path: Path, progress: Progress = no_progress) -> bytes:
    """Seal the bundle into a new file. Gives the digest that names it. Needs no database.

    Raises:
        PlaceTakenError, DiskFullError, PlaceUnwritableError, VaultDamagedError, CancelledError: no file is left behind.
    """
    return write_bundle_file(handover.plan, handover.keys, path, progress)


def record(archive: Archive, handover: Handover, digest: bytes) -> Changed:
    """Remember that the bundle was made: its number, and a custody event for each document that went."""
    info = handover.plan.info
    names = ", ".join(peer.name for peer in handover.recipients)
    with archive.vault.saving() as connection:
        connection.execute_many(
            "INSERT INTO departure (bundle, recipient, number, digest, made_ms) VALUES (?, ?, ?, ?, ?)",
            [(info.bundle_id, each, info.number, digest, archive.clock().time_ms) for each in info.recipients],
        )
        save_id = secrets.token_bytes(16)
        events = [CustodyEvent(document, "transfer", names) for document in handover.selection.documents]
        changed = archive.write([custody_body(event, save=save_id) for event in events])[1] if events else Changed()
    discard(handover)
    return changed


def discard(handover: Handover) -> None:
    """Forget a bundle that was not made, or that is done with."""
    _discard(handover.staged)


def export(
    archive: Archive, recipients: Sequence[Peer], selection: Selection, path: Path, progress: Progress = no_progress
) -> Handover:
    """Plan, write and record in one thread. Raises what they raise; then nothing was changed."""
    handover = plan(archive, recipients, selection)
    try:
        digest = write(handover, path, progress)
    except BaseException:
        discard(handover)
        raise
    record(archive, handover, digest)
    return handover


def pending(archive: Archive) -> int:
    """How many records, links left out, have changed since the newest bundle was made here."""
    newest = archive.connection.value("SELECT max(made_ms) FROM departure")
    return int(
        archive.connection.value(
            "SELECT count(*) FROM record WHERE type <> 'link' AND hidden = 0 AND changed_ms > ?", (newest or -(2**62),)
        )
    )


def _with_links(archive: Archive, records: Sequence[RecordId], *, attachments: bool) -> set[RecordId]:
    """The ticked records, what is attached to them, and the links of which both ends go."""
    chosen: set[RecordId] = set()
    for each in records:
        store.row_of(archive.connection, each)
        chosen.add(each)
        if attachments:
            links = store.links_of(archive.connection, each)
            chosen |= {link.other for link in links if link.role == ATTACHMENT and link.outgoing}
    ends = archive.connection.execute("SELECT record, origin, target FROM link")
    return chosen | {RecordId(link) for link, origin, target in ends if origin in chosen and target in chosen}


def _bodies_of_no_record(archive: Archive, *, everything: bool) -> set[int]:
    """Openings always; what this version cannot place only when everything goes, and never trust."""
    rows = archive.connection.rows(
        "SELECT body.entry, body.kind FROM body WHERE NOT EXISTS (SELECT 1 FROM touch WHERE touch.entry = body.entry)"
    )
    return {rowid for rowid, kind in rows if kind == "open" or (everything and kind not in NEVER_TRAVEL)}


def _objects(
    archive: Archive, records: Mapping[RecordId, str]
) -> tuple[tuple[RecordId, ...], tuple[StoredObject, ...]]:
    """The documents among the records whose content is here, and that content."""
    claims = archive.connection.execute("SELECT record, value FROM claim WHERE key = 'sha256' AND replaced = 0")
    wanted = {RecordId(record): decode(value) for record, value in claims if record in records}
    here = {
        sha256: StoredObject(sha256, size, key)
        for sha256, size, key in archive.connection.execute("SELECT sha256, size, key FROM object")
    }
    found = {record: here[sha256] for record, sha256 in wanted.items() if isinstance(sha256, bytes) and sha256 in here}
    by_hash = {stored.sha256: stored for stored in found.values()}
    for stored in by_hash.values():
        check_size(stored.sha256, stored.size)
    return tuple(sorted(found)), tuple(by_hash[sha256] for sha256 in sorted(by_hash))


def _entries(archive: Archive, bodies: frozenset[int]) -> Iterator[SealedEntry]:
    for log in journal.heads(archive.connection):
        for rowid, entry in journal.sealed_entries(archive.connection, log):
            yield entry if rowid in bodies else SealedEntry(entry.header_bytes, entry.signature, None)


def _opener(objects: ObjectStore, stored: StoredObject) -> Callable[[], ObjectFile]:
    return lambda: objects.open(stored)


def _opener_of_staged(objects: ObjectStore, staged: StagedObject) -> Callable[[], ObjectFile]:
    return lambda: objects.open_staged(staged)


def _discard(staged: Sequence[StagedObject]) -> None:
    for each in staged:
        each.discard()


def finish_typing(archive: Archive) -> Changed:
    """What is being typed becomes entries, so that a selection made now holds it."""
    return drafts.finish_all(archive)
