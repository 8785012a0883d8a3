"""A device is lost, or somebody left: what it wrote until then keeps its standing, and what it writes later waits.

Rule 1: a revocation says up to which entry a log still stands. Entries beyond it are kept, and shown under quarantine.
Rule 2: "until a moment" means what had come *here* by then, by our clock: what a device says of its own clock proves
        nothing, since who has it may set it back.
Rule 3: everybody may revoke for themselves. Elsewhere it counts where the issuer is trusted as a coordinator.
Rule 4: it carries what the card calls itself, never the name that is used here.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass

from fieldapp.bundles.card import Card
from fieldapp.errors import OwnCardError
from fieldapp.records import revoked, standing
from fieldapp.records.decisions import Revoke, decision_body
from fieldapp.records.fields_values import TEXT_MAX_CHARACTERS, clean_text
from fieldapp.services.archive import Archive, Changed
from fieldapp.services.callings import Callings
from fieldapp.services.cards import writing_fingerprints
from fieldapp.services.trust import Peer, known_cards
from fieldapp.values import EntryId, LogId

NOBODY = bytes(32)
"""Stands for the fingerprint where a log is revoked whose author nobody here knows."""

_NONE = EntryId(b"")


@dataclass(frozen=True, slots=True)
class Cut:
    """The last entry of a log that still stands; none where `seq` is -1 (`head` is then empty)."""

    seq: int
    head: EntryId


NOTHING = Cut(-1, _NONE)


@dataclass(frozen=True, slots=True)
class Revocation:
    """A revocation that is here. `counts`: it takes effect here. `name`: who is revoked, as they are called here.

    `own`: it was issued here. `about_us`: it revokes a log of this vault; our own words go on standing here all the
    same. `in_spite`: they were trusted again in spite of it. `issuer_known`: the card of who issued it is or was
    trusted here, else they only call themselves so. `entries_beyond`: how many entries of the log do not stand here.
    """

    entry: EntryId
    issuer: str
    issuer_log: LogId
    issuer_known: bool
    name: str
    fingerprint: bytes
    log: LogId
    seq: int
    reason: str
    time_ms: int
    arrived_ms: int | None
    counts: bool
    in_spite: bool
    own: bool
    about_us: bool
    entries_beyond: int


def everything_known(archive: Archive, log: LogId) -> Cut:
    """All of a log that is here still stands."""
    rows = archive.connection.execute("SELECT head_seq, head FROM log WHERE log = ?", (log,))
    return Cut(rows[0][0], EntryId(rows[0][1])) if rows else NOTHING


def known_until(archive: Archive, log: LogId, moment_ms: int) -> Cut:
    """Of a log, what had come here with bundles that arrived until a moment; nothing, if none had."""
    rows = archive.connection.execute(
        "SELECT entry.seq, entry.entry FROM entry JOIN log ON log.id = entry.log"
        " JOIN arrival ON arrival.id = entry.arrival WHERE log.log = ? AND arrival.arrived_ms <= ?"
        " ORDER BY entry.seq DESC, entry.id LIMIT 1",
        (log, moment_ms),
    )
    return Cut(rows[0][0], EntryId(rows[0][1])) if rows else NOTHING


def revoke(
    archive: Archive, whom: Peer | Card, *, reason: str = "", upto: Cut | None = None, strangers: bool = False
) -> Changed:
    """Revoke a device. Without `upto`, everything stands that is here now.

    `strangers`: what came through that device after its last entry that stands, from people whom nobody here knows,
    does not stand either. Who holds a lost device can make such people up; its owner's colleagues may be among them.

    Raises:
        OwnCardError: it is the card of somebody who writes here. BadValueError: the reason is too long, or no text.
    """
    card = whom.card if isinstance(whom, Peer) else whom
    if card.fingerprint in writing_fingerprints(archive):
        raise OwnCardError
    words = " ".join(clean_text("reason", reason, TEXT_MAX_CHARACTERS).split())
    cut = upto or everything_known(archive, card.log)
    told = [Revoke(card.fingerprint, card.log, cut.seq, cut.head, words, card.person)]
    if strangers:
        told += [
            Revoke(NOBODY, log, each.seq, each.head, words) for log, each in _strangers(archive, card, cut).items()
        ]
    save = secrets.token_bytes(16)
    with archive.vault.saving():
        return archive.write([decision_body(each, save=save) for each in told])[1]


def revocations(archive: Archive, among: Collection[EntryId] | None = None) -> list[Revocation]:
    """Every revocation that is here, oldest first; of these entries only, if asked."""
    chosen = revoked.revocations(archive.connection, among)
    return _told(archive, chosen) if chosen else []


def heard(archive: Archive) -> tuple[list[Revocation], dict[EntryId, int]]:
    """The revocations that count or would, and the first without effect of each issuer, with how many of those are."""
    chosen, counts = revoked.heard_revocations(archive.connection)
    idle = {each.entry: counts[each.rowid] for each in chosen if each.rowid in counts}
    return (_told(archive, chosen) if chosen else []), idle


def _told(archive: Archive, chosen: list[revoked.Revocation]) -> list[Revocation]:
    callings, own = Callings(archive), frozenset(archive.vault.own_logs)
    by_print = {peer.fingerprint: peer.name for peer in known_cards(archive)}
    arrived: dict[int, int] = dict(archive.connection.execute("SELECT id, arrived_ms FROM arrival"))
    beyond = standing.beyond_counts(archive.connection)
    return [
        Revocation(
            entry=each.entry,
            issuer=callings.name(each.issuer),
            issuer_log=each.issuer,
            issuer_known=callings.is_known(each.issuer),
            name=by_print.get(each.fingerprint) or callings.name(each.log) or each.name,
            fingerprint=each.fingerprint,
            log=each.log,
            seq=each.seq,
            reason=each.reason,
            time_ms=each.time_ms,
            arrived_ms=None if each.arrival is None else arrived.get(each.arrival),
            counts=each.counts,
            in_spite=each.despite,
            own=each.own,
            about_us=each.log in own,
            entries_beyond=beyond.get(each.log, 0) if each.counts else 0,
        )
        for each in chosen
    ]


def _strangers(archive: Archive, card: Card, cut: Cut) -> dict[LogId, Cut]:
    """Logs of people unknown here that were opened with a bundle of this card, each up to what came before the cut."""
    known = {*archive.vault.own_logs, *(peer.card.log for peer in known_cards(archive))}
    last = archive.connection.value("SELECT arrival FROM entry WHERE entry = ?", (cut.head,)) or 0
    opened = archive.connection.execute(
        "SELECT log.id, log.log FROM entry JOIN log ON log.id = entry.log JOIN arrival ON arrival.id = entry.arrival"
        " WHERE entry.seq = 0 AND arrival.sender = ?",
        (card.fingerprint,),
    )
    cuts: dict[LogId, Cut] = {}
    for row, log in opened:
        if log in known:
            continue
        before = archive.connection.execute(
            "SELECT seq, entry FROM entry WHERE log = ? AND arrival <= ? ORDER BY seq DESC, id LIMIT 1", (row, last)
        )
        cuts[LogId(log)] = Cut(before[0][0], EntryId(before[0][1])) if before else NOTHING
    return cuts
