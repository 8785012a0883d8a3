"""Taking in what others hand over: looked into, checked whole, and only then believed.

Three steps, so that a window stays quick: `receiving` (database), `take` (any thread: opens, checks and stages, and
changes nothing), `commit` (database: one transaction). A bundle whose sender is not trusted, or whose device is
revoked, goes to quarantine, sealed as it came, until a person decides.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from fieldapp.bundles.journal import read_segment
from fieldapp.crypto.checking import checks_beside
from fieldapp.errors import BugError, BundleNeedsEarlierError, ChainBrokenError, ExpectedError, PeerNotFoundError
from fieldapp.media.preview import Preview
from fieldapp.records import projection, standing
from fieldapp.records.heard import Heard
from fieldapp.records.payload import CustodyEvent, custody_body
from fieldapp.services import alarms, indexing, outcomes, parts, receipts, revoking, trust
from fieldapp.services.acknowledged import Missing, missing_bundles
from fieldapp.services.archive import Archive, Changed
from fieldapp.services.documents import StagedFile, document_of, keep_objects, objects_kept
from fieldapp.services.incoming import INBOX, PART, BundleFacts, Receiving, Taken, discard, inspect, receiving, take
from fieldapp.services.outcomes import Arrival, News, Outcome, RecordOutcome
from fieldapp.services.parts import WaitingSet
from fieldapp.services.waiting import Quarantined, drop, hold, remove_unspoken, waiting
from fieldapp.values import Progress, RecordId, going_on, no_progress
from fieldapp.vault.journal import Receiver, SealedEntry, StoredEntry
from fieldapp.vault.objects import ObjectStore, StagedObject

__all__ = [
    "Arrival",
    "BundleFacts",
    "Outcome",
    "Quarantined",
    "Receiving",
    "RecordOutcome",
    "Taken",
    "commit",
    "discard",
    "import_file",
    "inspect",
    "quarantined",
    "receiving",
    "refuse",
    "release",
    "remove_leftovers",
    "take",
]

Settle = Callable[[Archive], set[RecordId]]
"""Writes down what a person decided, after the entries of a bundle came. Gives the records that must be refreshed."""

quarantined, refuse = waiting, drop

_NOT_LOOKED_AT = Preview(None, None, None, {}, None)


class _DryRunError(Exception):
    """Undoes the transaction of a dry run."""


def commit(
    archive: Archive,
    taken: Taken,
    progress: Progress = no_progress,
    *,
    dry_run: bool = False,
    decided: Settle | None = None,
) -> Outcome:
    """Believe a checked bundle: all of it in one transaction, or nothing. A dry run tells the same and changes nothing.

    `progress` is only asked whether to go on: what it raises undoes all of it. `decided`: a person takes it in although
    its sender is not trusted, and this says what then stands.

    Raises:
        BundleNeedsEarlierError: it goes on from entries that have not come. EntrySignatureError, EntryMalformedError,
        BodyMismatchError, BundleDamagedError, TooManyLogsError, DiskFullError: nothing was changed.
        PeerNotFoundError: its sender is not trusted any more.
    """
    outcome: Outcome | None = None
    try:
        with objects_kept(archive, taken.objects), archive.vault.saving():
            outcome = _commit(archive, taken, decided, progress, keep=not dry_run)
            _undo_if(dry_run)
    except _DryRunError:
        pass
    except ChainBrokenError as problem:
        raise _needs_earlier(archive, taken) from problem
    finally:
        discard(taken)
    if outcome is None:
        raise BugError("a commit without an outcome")
    if taken.waiting is not None and not dry_run:
        with suppress(ExpectedError):  # the bundle is here: parts that cannot be removed now are dropped by hand
            parts.drop(archive, taken.waiting)
    return outcome


def import_file(
    archive: Archive, source: Path | WaitingSet, progress: Progress = no_progress, *, dry_run: bool = False
) -> Outcome:
    """Receive, take and commit in one thread, and index all of it. Raises what they raise; then nothing was changed."""
    taken = take(receiving(archive), archive.vault.objects, source, progress, dry_run=dry_run)
    outcome = commit(archive, taken, progress, dry_run=dry_run)
    if not dry_run:
        with suppress(ExpectedError):  # what came in is safe; what is not indexed yet goes on waiting
            indexing.finish_indexing(archive)
    return outcome


def release(archive: Archive, bundle: Quarantined, progress: Progress = no_progress) -> Outcome:
    """Import a bundle that waited, now that its sender is trusted.

    Raises:
        PeerNotFoundError: the sender is not trusted. What `import_file` raises; then it goes on waiting.
    """
    trusted = {peer.fingerprint: peer.name for peer in trust.peers(archive)}
    if bundle.card.fingerprint not in trusted:
        raise PeerNotFoundError(tuple(trusted.values()))
    outcome = import_file(archive, bundle.path, progress)
    if outcome.state is not Arrival.QUARANTINED:
        drop(archive, bundle)
    return outcome


def remove_leftovers(archive: Archive) -> None:
    """Remove copies of bundles that were being made, or removed, when the program was stopped.

    Parts that wait for others stay.
    """
    inbox = archive.vault.place.room(INBOX)
    parts.remove_leftovers(inbox)
    for leftover in inbox.glob(f"*{PART}"):
        leftover.unlink(missing_ok=True)
    remove_unspoken(archive)


def today(archive: Archive) -> int:
    """The ordinal of the day that this machine's clock says it is."""
    return datetime.fromtimestamp(archive.clock().time_ms / 1000, UTC).toordinal()


def _undo_if(dry_run: bool) -> None:
    if dry_run:
        raise _DryRunError


def _commit(archive: Archive, taken: Taken, decided: Settle | None, progress: Progress, *, keep: bool) -> Outcome:
    if not taken.facts.sender_name:
        if keep:
            hold(archive, taken)
        return Outcome(Arrival.QUARANTINED, taken.facts, 0, 0, (), Changed())
    if decided is None and taken.facts.card.fingerprint not in {peer.fingerprint for peer in trust.peers(archive)}:
        raise PeerNotFoundError(())  # distrusted while the bundle was being read
    alarms_before = alarms.alarms(archive, dismissed=True)
    held_before = sum(standing.beyond_counts(archive.connection).values())
    heard = Heard()
    news, touched = _take_entries(archive, taken, heard, progress)
    alarms.note_bundle(archive, taken.facts.info)
    if decided is not None:
        touched |= decided(archive)
    before = outcomes.rows_of(archive.connection, touched)
    refreshed = frozenset(projection.refresh(archive.connection, touched, heard, progress))
    shown = outcomes.told(before, outcomes.rows_of(archive.connection, touched), today(archive))
    changed = Changed(refreshed)
    fresh = {each.stored.sha256 for each in taken.objects}
    if keep:
        fresh = keep_objects(archive, [StagedFile(each, "", "", _NOT_LOOKED_AT) for each in taken.objects])
        changed |= _note_custody(archive, taken, fresh)
    return Outcome(
        Arrival.IMPORTED if news.entries or fresh else Arrival.NOTHING_NEW,
        taken.facts,
        news.entries,
        len(fresh),
        shown,
        changed if keep else Changed(),
        alarms=alarms.raised(alarms_before, alarms.alarms(archive, dismissed=True)),
        withdrawals=news.withdrawals,
        revocations=tuple(revoking.revocations(archive, set(news.revocations))) if news.revocations else (),
        receipts=news.receipts,
        held=max(0, sum(standing.beyond_counts(archive.connection).values()) - held_before),
        missing=_missing(archive, taken.facts),
    )


def _take_entries(archive: Archive, taken: Taken, heard: Heard, progress: Progress) -> tuple[News, set[RecordId]]:
    """Store the entries of a bundle and take them into the projection. Gives the records to be refreshed."""
    news, told = News(), list[StoredEntry]()
    with checks_beside() as checks:
        receiver = Receiver(archive.connection, _note_arrival(archive, taken), checks)
        entries = _received(archive, taken, receiver)
        touched = projection.apply_all(archive.connection, _noticed(news, told, going_on(entries, progress)), heard)
    news.receipts = receipts.take_entries(archive, told)
    return news, touched


def _missing(archive: Archive, facts: BundleFacts) -> Missing | None:
    """What never came of the bundles of this sender."""
    found = missing_bundles(archive)
    return next((each for each in found if each.peer.fingerprint == facts.card.fingerprint), None)


def _needs_earlier(archive: Archive, taken: Taken) -> BundleNeedsEarlierError:
    """What the bundle goes on from: the one that it names, or else the one before it; and which never came."""
    addressed = taken.facts.addressed
    needed = addressed.needed or addressed.number - 1
    missing = receipts.lacking_before(archive, taken.facts.card.fingerprint, needed)
    return BundleNeedsEarlierError(addressed.number, needed, missing)


def _noticed(news: News, told: list[StoredEntry], entries: Iterator[StoredEntry]) -> Iterator[StoredEntry]:
    """The entries, counted; the receipts among them are put into `told`."""
    for entry in entries:
        if news.notice(entry):
            told.append(entry)
        yield entry


def _received(archive: Archive, taken: Taken, receiver: Receiver) -> Iterator[StoredEntry]:
    segments = (_read_staged(archive.vault.objects, each) for each in taken.journal)
    return receiver.receive_all(sealed for segment in segments for sealed in segment)


def _read_staged(objects: ObjectStore, segment: StagedObject) -> Iterator[SealedEntry]:
    with objects.open_staged(segment) as content:
        return read_segment(content.read(segment.stored.size))


def _note_arrival(archive: Archive, taken: Taken) -> int:
    """The row of this arrival. The digest tells bundles apart: it covers sender and content, and an id may repeat."""
    info = taken.facts.info
    known = archive.connection.value("SELECT id FROM arrival WHERE digest = ?", (taken.digest,))
    if known is not None:
        return int(known)
    taken_id = archive.connection.value("SELECT 1 FROM arrival WHERE bundle = ?", (info.bundle_id,)) is not None
    return archive.connection.insert(
        "INSERT INTO arrival (bundle, sender, number, digest, arrived_ms, recipient) VALUES (?, ?, ?, ?, ?, ?)",
        (
            taken.digest if taken_id else info.bundle_id,
            info.sender,
            taken.facts.number,
            taken.digest,
            archive.clock().time_ms,
            taken.facts.addressed.fingerprint,
        ),
    )


def _note_custody(archive: Archive, taken: Taken, fresh: set[bytes]) -> Changed:
    """A custody event for each document whose content came with this bundle."""
    save_id = secrets.token_bytes(16)
    bodies = [
        custody_body(CustodyEvent(document, "ingest", taken.facts.card.person, sha256), save=save_id)
        for sha256 in sorted(fresh)
        if (document := document_of(archive.connection, sha256)) is not None
    ]
    return archive.note(bodies)
