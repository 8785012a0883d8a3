"""Handing over: choosing what goes, sealing it for coordinators, and remembering that it went.

Rule 1: headers of all entries travel, so that chains verify and gaps are honest; bodies only where `select` lets them.
        Who opened a log is told only where something else of that log goes. Logs of which nothing goes are left out
        where there are more than a reader takes at once; which logs are here is told of as many only. Those that came
        first are kept, so that a flood cannot push out what was here before it.
Rule 2: trust never travels; code words only when asked for by hand for this one bundle; hidden records leave only the
        entries that hide them.
Rule 3: what was sealed for coordinators cannot be opened here: nothing is ever sealed to the own key.
Rule 4: what goes is what `select` showed, and of that only what may still go when `plan` is called. What was being
        typed is finished by `select`, so it is among what is shown.
"""

from __future__ import annotations

import io
import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from fieldapp.bundles.bag import BundleInfo, Have, Recipient
from fieldapp.bundles.journal import write_segments
from fieldapp.bundles.write import BundlePlan, Member, write_bundle_file
from fieldapp.crypto.identity import IdentitySecrets
from fieldapp.errors import NothingToSendError, PeerNotFoundError
from fieldapp.records.model import CODES
from fieldapp.records.payload import CustodyEvent, custody_body
from fieldapp.services import trust
from fieldapp.services.archive import Archive, Changed
from fieldapp.services.selection import Asked, Selection, select, still_allowed
from fieldapp.services.trust import Peer
from fieldapp.values import Beside, LogId, Progress, in_turn, no_progress
from fieldapp.vault import journal
from fieldapp.vault.header import Head
from fieldapp.vault.journal import SealedEntry
from fieldapp.vault.objects import ObjectFile, ObjectStore, StagedObject, StoredObject

__all__ = ["Asked", "Handover", "Selection", "discard", "export", "pending", "plan", "record", "select", "write"]

_GONE = "handed over"


@dataclass(frozen=True, slots=True)
class Handover:
    """A bundle that is ready to be sealed, on any thread, without the database."""

    plan: BundlePlan
    keys: IdentitySecrets = field(repr=False)
    staged: tuple[StagedObject, ...]
    recipients: tuple[Peer, ...]
    selection: Selection


def plan(archive: Archive, recipients: Sequence[Peer], selection: Selection) -> Handover:
    """Make a bundle ready. Call `record` or `discard` afterwards.

    What was hidden since it was selected stays here, and nothing goes that was not selected.

    Raises:
        NothingToSendError: nothing that was chosen may go. PeerNotFoundError: a recipient is no longer trusted.
        RecordNotFoundError. DiskFullError: nothing was changed.
    """
    _check_trusted(archive, recipients)
    selection = still_allowed(archive, selection)
    if not recipients or not (selection.records or selection.hidden):
        raise NothingToSendError
    card = trust.own_card(archive)
    info = BundleInfo(
        bundle_id=secrets.token_bytes(16),
        sender=card.fingerprint,
        recipients=tuple(_addressed(archive, each) for each in {peer.fingerprint for peer in recipients}),
        have=tuple(Have(log, head.seq, head.id) for log, head in _heads(archive).items()),
    )
    objects = archive.vault.objects
    staged: list[StagedObject] = []
    try:
        for segment in write_segments(_entries(archive, selection.bodies)):
            # A list built at once would be lost with a failure, and those before it must be discarded.
            staged.append(objects.stage(io.BytesIO(segment), synced=False))  # noqa: PERF401
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


def write(handover: Handover, path: Path, progress: Progress = no_progress, *, beside: Beside = in_turn) -> bytes:
    """Seal the bundle into a new file, sooner with a `beside`. Gives the digest that names it. Needs no database.

    Raises:
        PlaceTakenError, DiskFullError, PlaceUnwritableError, VaultDamagedError, CancelledError: no file is left behind.
    """
    return write_bundle_file(handover.plan, handover.keys, path, progress, beside=beside)


def record(archive: Archive, handover: Handover, digest: bytes) -> Changed:
    """Remember that the bundle was made: its number, what went, and a custody event for each document.

    Where this fails, the bundle that was written must be removed: nothing leaves without a trace here.

    Raises:
        DiskFullError: nothing was changed.
    """
    info = handover.plan.info
    names = ", ".join(peer.card.person for peer in handover.recipients)  # what they call themselves, never our names
    with archive.vault.saving() as connection:
        connection.execute_many(
            "INSERT INTO departure (bundle, recipient, number, digest, made_ms) VALUES (?, ?, ?, ?, ?)",
            [
                (info.bundle_id, each.fingerprint, each.number, digest, archive.clock().time_ms)
                for each in info.recipients
            ],
        )
        _remember_gone(archive, handover.selection.bodies)
        save_id = secrets.token_bytes(16)
        events = [CustodyEvent(document, "transfer", names) for document in handover.selection.documents]
        changed = archive.note([custody_body(event, save=save_id) for event in events])
    discard(handover)
    return changed


def discard(handover: Handover) -> None:
    """Forget a bundle that was not made, or that is done with."""
    _discard(handover.staged)


def export(
    archive: Archive,
    recipients: Sequence[Peer],
    selection: Selection,
    path: Path,
    progress: Progress = no_progress,
    *,
    beside: Beside = in_turn,
) -> Handover:
    """Plan, write and record in one thread. Raises what they raise; then nothing was changed, and there is no file."""
    handover = plan(archive, recipients, selection)
    try:
        digest = write(handover, path, progress, beside=beside)
        try:
            record(archive, handover, digest)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
    finally:
        discard(handover)
    return handover


def pending(archive: Archive) -> int:
    """How many records (no links) hold something written here that was in no bundle yet; code words do not count."""
    gone = _gone(archive)
    rows = archive.connection.rows(
        "SELECT touch.entry, touch.record FROM touch JOIN entry ON entry.id = touch.entry"
        " JOIN record ON record.record = touch.record WHERE entry.arrival IS NULL AND touch.type IS NOT NULL"
        " AND touch.part <> ? AND record.type <> 'link' AND record.hidden = 0",
        (CODES,),
    )
    return len({record for rowid, record in rows if not _has(gone, rowid)})


def _addressed(archive: Archive, fingerprint: bytes) -> Recipient:
    """The next number of this recipient."""
    newest = archive.connection.execute(
        "SELECT number, digest FROM departure WHERE recipient = ? ORDER BY number DESC LIMIT 1", (fingerprint,)
    )
    number, previous = newest[0] if newest else (0, None)
    return Recipient(fingerprint, number + 1, previous)


def _check_trusted(archive: Archive, recipients: Sequence[Peer]) -> None:
    """Whoever was chosen may have lost our trust since. Raises PeerNotFoundError."""
    trusted = trust.peers(archive)
    if not {peer.fingerprint for peer in recipients} <= {peer.fingerprint for peer in trusted}:
        raise PeerNotFoundError(tuple(peer.name for peer in trusted))


def _remember_gone(archive: Archive, bodies: frozenset[int]) -> None:
    """One bit for each entry whose body was in a bundle."""
    gone = bytearray(_gone(archive))
    gone.extend(bytes(max(0, max(bodies, default=0) // 8 + 1 - len(gone))))
    for rowid in bodies:
        gone[rowid // 8] |= 1 << rowid % 8
    archive.connection.execute("INSERT OR REPLACE INTO setting VALUES (?, ?)", (_GONE, bytes(gone)))


def _gone(archive: Archive) -> bytes:
    return bytes(archive.connection.value("SELECT value FROM setting WHERE name = ?", (_GONE,)) or b"")


def _has(gone: bytes, rowid: int) -> bool:
    return rowid // 8 < len(gone) and bool(gone[rowid // 8] >> rowid % 8 & 1)


def _entries(archive: Archive, bodies: frozenset[int]) -> Iterator[SealedEntry]:
    for log in _logs_that_go(archive, bodies):
        for rowid, entry in journal.sealed_entries(archive.connection, log):
            yield entry if rowid in bodies else SealedEntry(entry.header_bytes, entry.signature, None)


def _heads(archive: Archive) -> dict[LogId, Head]:
    return journal.heads(archive.connection, most=journal.MOST_NEW_LOGS)


def _logs_that_go(archive: Archive, bodies: frozenset[int]) -> list[LogId]:
    """The logs of which something goes, and as many others as a reader takes at once."""
    rows = archive.connection.rows("SELECT entry.id, log.log FROM entry JOIN log ON log.id = entry.log")
    speaking = {LogId(log) for rowid, log in rows if rowid in bodies}
    others = [log for log in _heads(archive) if log not in speaking]
    return sorted([*speaking, *others[: max(0, journal.MOST_NEW_LOGS - len(speaking))]])


def _opener(objects: ObjectStore, stored: StoredObject) -> Callable[[], ObjectFile]:
    return lambda: objects.open(stored)


def _opener_of_staged(objects: ObjectStore, staged: StagedObject) -> Callable[[], ObjectFile]:
    return lambda: objects.open_staged(staged)


def _discard(staged: Sequence[StagedObject]) -> None:
    for each in staged:
        each.discard()
