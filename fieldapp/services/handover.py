"""Handing over: choosing what goes, sealing it for coordinators, and remembering that it went.

Rule 1: headers travel further than bodies, so that chains verify and gaps are honest: to coordinators those of all
        logs, from what they acknowledged on; where a field device is among the recipients those of the own log, and of
        other logs only up to what goes of them. Who opened a log is told only where something else of it goes. A bundle
        brings no more new logs than a reader takes at once: the own ones, those of people who are known here, those of
        which something goes that was not sent yet, and those that came first, so that a flood cannot push out what was
        here before it. What does not fit goes with a later bundle.
Rule 2: what is decided for this device alone never travels; code words only when asked for by hand for this one bundle;
        contact safety to field devices only when ticked; hidden and withdrawn records leave only what hides them.
Rule 3: what was sealed for coordinators cannot be opened here: nothing is ever sealed to the own key.
Rule 4: what goes is what `select` showed, and of that only what these recipients lack and may get when `plan` is
        called. What was being typed is finished by `select`, so it is among what is shown. Only receipts are added.
Rule 5: what was not acknowledged goes again, however often it was sent.
"""

from __future__ import annotations

import io
import secrets
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from fieldapp.bundles.bag import BundleInfo, Have, Recipient
from fieldapp.bundles.journal import write_segments
from fieldapp.bundles.write import BundlePlan, Member, write_bundle_file
from fieldapp.crypto.identity import IdentitySecrets
from fieldapp.errors import NothingToSendError, PeerNotFoundError
from fieldapp.records.payload import CustodyEvent, custody_body
from fieldapp.services import departures, going, receipts, trust
from fieldapp.services.acknowledged import unacknowledged
from fieldapp.services.archive import Archive, Changed
from fieldapp.services.entries_going import Travelling, fitting, travelling
from fieldapp.services.going import Audience, Basis, audience
from fieldapp.services.selection import Asked, Selection, select, still_allowed
from fieldapp.services.trust import Peer
from fieldapp.values import Beside, Progress, in_turn, no_progress
from fieldapp.vault.objects import ObjectFile, ObjectStore, StagedObject, StoredObject

__all__ = [
    "Asked",
    "Basis",
    "Handover",
    "Selection",
    "discard",
    "export",
    "pending",
    "plan",
    "record",
    "select",
    "write",
]


@dataclass(frozen=True, slots=True)
class Handover:
    """A bundle that is ready to be sealed, on any thread, without the database."""

    plan: BundlePlan
    keys: IdentitySecrets = field(repr=False)
    staged: tuple[StagedObject, ...]
    recipients: tuple[Peer, ...]
    selection: Selection

    def number_for(self, peer: Peer) -> int:
        """Which of the bundles for this recipient it is."""
        return departures.numbers(self.plan.info.recipients)[peer.fingerprint]


def plan(archive: Archive, recipients: Sequence[Peer], selection: Selection) -> Handover:
    """Make a bundle ready. Call `record` or `discard` afterwards.

    What was hidden since it was selected stays here, and nothing goes that was not selected. What recipients should
    know of what is held here is written down first (`receipts.note`), and goes along.

    Raises:
        NothingToSendError: nothing that was chosen may go, or all of it was acknowledged. PeerNotFoundError: a
        recipient is no longer trusted. RecordNotFoundError. DiskFullError: nothing was changed.
    """
    peers = _trusted_now(archive, recipients)
    to = audience(archive, peers, selection.asked.basis)
    selection = still_allowed(archive, selection, to)
    if not peers or (selection.is_empty and not any(receipts.due(archive, peer) for peer in peers)):
        raise NothingToSendError
    for peer in peers:
        receipts.note(archive, peer)
    to = audience(archive, peers, selection.asked.basis)
    own = going.relayed(archive, to.lack(archive.connection, gone=False), to)
    if selection.is_empty and not own:
        raise NothingToSendError
    goes = travelling(archive, to, fitting(archive, to, selection.bodies | own))
    card = trust.own_card(archive)
    info = BundleInfo(
        bundle_id=secrets.token_bytes(16),
        sender=card.fingerprint,
        recipients=tuple(_addressed(archive, card.fingerprint, to, place) for place in range(len(peers))),
        have=tuple(Have(log, head.seq, head.id) for log, head in goes.heads.items()),
    )
    staged = _staged(archive, goes)
    objects = archive.vault.objects
    bundle = BundlePlan(
        info=info,
        card_bytes=card.file,
        recipients=tuple(peer.card for peer in peers),
        journal=tuple(Member(s.stored.sha256, s.stored.size, _opener_of_staged(objects, s)) for s in staged),
        objects=tuple(Member(o.sha256, o.size, _opener(objects, o)) for o in selection.objects),
    )
    chosen = replace(selection, bodies=goes.bodies)
    return Handover(bundle, archive.vault.identity, staged, tuple(peers), chosen)


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
    with archive.vault.saving():
        sent = [each.sha256 for each in handover.selection.objects]
        departures.remember(archive, info, digest, handover.selection.bodies, sent)
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
            with suppress(OSError):
                path.unlink(missing_ok=True)
            raise
    finally:
        discard(handover)
    return handover


def pending(archive: Archive) -> int:
    """How many records (no links) hold something written here that was in no bundle yet; code words do not count."""
    return unacknowledged(archive).waiting


def _trusted_now(archive: Archive, recipients: Sequence[Peer]) -> list[Peer]:
    """The recipients as they are known now, each once. Raises PeerNotFoundError: one has lost our trust since."""
    trusted = {peer.fingerprint: peer for peer in trust.peers(archive)}
    chosen = {peer.fingerprint for peer in recipients}
    if not chosen <= set(trusted):
        raise PeerNotFoundError(tuple(peer.name for peer in trusted.values()))
    return [trusted[fingerprint] for fingerprint in dict.fromkeys(peer.fingerprint for peer in recipients)]


def _addressed(archive: Archive, me: bytes, to: Audience, place: int) -> Recipient:
    needed = to.needed(place, archive.connection)
    return departures.next_for(archive, me, to.peers[place].fingerprint, needed)


def _staged(archive: Archive, goes: Travelling) -> tuple[StagedObject, ...]:
    """The journal of the bundle, in the vault's staging area."""
    staged: list[StagedObject] = []
    try:
        for segment in write_segments(goes.entries(archive)):
            # A list built at once would be lost with a failure, and those before it must be discarded.
            staged.append(archive.vault.objects.stage(io.BytesIO(segment), synced=False))  # noqa: PERF401
    except BaseException:
        _discard(staged)
        raise
    return tuple(staged)


def _opener(objects: ObjectStore, stored: StoredObject) -> Callable[[], ObjectFile]:
    return lambda: objects.open(stored)


def _opener_of_staged(objects: ObjectStore, staged: StagedObject) -> Callable[[], ObjectFile]:
    return lambda: objects.open_staged(staged)


def _discard(staged: Sequence[StagedObject]) -> None:
    for each in staged:
        each.discard()
