"""Which entries may go to whom: the rules about kinds and compartments, and what the recipients lack.

Rule 1: trust and what else is decided for this device alone never travels; revocations go into every bundle, for
        whoever lacks them; withdrawals and the news of what was shredded where `decisions_going` lets them.
Rule 2: code words go only when ticked for this one bundle. Contact safety goes to coordinators; to field devices only
        when ticked.
Rule 3: what does not stand here goes nowhere. A receipt goes to its addressee and to coordinators only.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain

from fieldapp.bundles.receipt import read_statement
from fieldapp.errors import ReceiptError
from fieldapp.records import standing
from fieldapp.records.decisions import NEVER_TRAVEL, Receipt, Revoke, Shred, Withdraw, read_decision
from fieldapp.records.model import CODES, CONTACT, TYPES
from fieldapp.records.payload import part_of
from fieldapp.services import departures, row_sets, statements
from fieldapp.services.archive import Archive
from fieldapp.services.cards import own_logs_by_fingerprint
from fieldapp.services.holdings import Holding, logs_here
from fieldapp.services.trust import Peer, Role, known_cards
from fieldapp.vault import journal
from fieldapp.vault.connection import Connection

ALWAYS_TRAVEL = frozenset({Revoke.KIND, Withdraw.KIND, Shred.KIND})
_OPEN = "open"


class Basis(StrEnum):
    """What a bundle is measured against."""

    ACKNOWLEDGED = "acknowledged"
    """It carries what some recipient has not acknowledged: what was lost on the way goes again."""
    SENT = "sent"
    """It also leaves out what was in earlier bundles for each of them: these are needed too."""
    EVERYTHING = "everything"
    """As if nobody had anything: for who has lost what they had."""


@dataclass(frozen=True, slots=True)
class Audience:
    """Who gets it. Nobody named yet: as coordinators, without looking at what they hold."""

    peers: tuple[Peer, ...]
    holdings: tuple[Holding, ...]
    sent: tuple[departures.Sent, ...]
    """What counts as held because it was sent; empty unless it is asked for."""

    @property
    def coordinators_only(self) -> bool:
        """Whether nobody but coordinators gets it."""
        return all(peer.role is Role.COORDINATOR for peer in self.peers)

    def lack(self, connection: Connection, *, gone: bool) -> frozenset[int] | None:
        """The entries whose bodies somebody lacks; None: all. `gone`: what they once had and gave up is lacking."""
        if not self.peers or not self.holdings:
            return None
        logs = logs_here(connection)
        lacking: set[int] = set()
        for place, holding in enumerate(self.holdings):
            theirs = holding.bodies_lacking(logs, gone=gone)
            lacking |= (
                {row for row in theirs if not row_sets.has_bit(self.sent[place].bits, row)} if self.sent else theirs
            )
        return frozenset(lacking)

    def headers(self, connection: Connection) -> set[int] | None:
        """The entries that somebody does not have at all, not even the header; None: all."""
        if not self.holdings:
            return None
        logs = logs_here(connection)
        return {row for holding in self.holdings for row in holding.headers_lacking(logs)}

    def lacks_object(self, sha256: bytes) -> bool:
        """Whether somebody does not have this file."""
        if not self.peers or not self.holdings:
            return True
        for place, holding in enumerate(self.holdings):
            sent = bool(self.sent) and sha256 in self.sent[place].objects
            if not sent and not holding.has_object(sha256):
                return True
        return False

    def missing_objects(self) -> set[bytes]:
        """The files that recipients themselves name as missing."""
        return {sha256 for holding in self.holdings for sha256 in holding.missing}

    def needed(self, place: int, connection: Connection) -> int:
        """The newest bundle for this recipient that is left out though they have not acknowledged it; 0: none."""
        if not self.sent:
            return 0
        bits = self.sent[place].bits
        theirs = self.holdings[place].bodies_lacking(logs_here(connection))
        objects = self.sent[place].objects
        waiting = any(row_sets.has_bit(bits, row) for row in theirs)
        return self.sent[place].number if waiting or not all(map(self.holdings[place].has_object, objects)) else 0


def audience(archive: Archive, peers: Sequence[Peer], basis: Basis) -> Audience:
    """These recipients, with what they hold as far as `basis` asks."""
    known = () if basis is Basis.EVERYTHING else tuple(statements.held_by(archive, peer) for peer in peers)
    sent = tuple(departures.sent_to(archive, peer.fingerprint) for peer in peers) if basis is Basis.SENT else ()
    return Audience(tuple(peers), known, sent)


def staying(archive: Archive, rows: Collection[int] | None, *, codes: bool, contact: bool) -> frozenset[int]:
    """Of these entries those that hold code words or contact safety, unless these may go: whatever they call them."""
    parts = {part for part, may_go in ((CODES, codes), (CONTACT, contact)) if not may_go}
    if not parts:
        return frozenset()
    names = sorted({field.name for kind in TYPES.values() for field in kind.fields if field.compartment in parts})
    name = "substr(key, 1, instr(key || '#', '#') - 1)"
    claiming = f"SELECT entry FROM claim WHERE {{where}} AND {name} IN ({_texts(names)})"  # noqa: S608 - names of fields
    saying = f"SELECT entry FROM touch WHERE {{where}} AND part IN ({_texts(sorted(parts))})"  # noqa: S608 - our words
    found = (row_sets.about(archive.connection, query, "entry", rows) for query in (claiming, saying))
    return frozenset(row for (row,) in chain.from_iterable(found))


def decisions(archive: Archive, lacking: Collection[int] | None) -> set[int]:
    """Revocations, withdrawals and news of shredding that somebody lacks."""
    return _of_kinds(archive, ALWAYS_TRAVEL, lacking)


def relayed(archive: Archive, lacking: Collection[int] | None, to: Audience) -> set[int]:
    """The receipts that somebody lacks and all may get: of each maker and addressee the newest.

    Only those that stand in the log of who made them, where this program writes them: nobody keeps a true one back by
    writing another one with a greater number.
    """
    logs = {**own_logs_by_fingerprint(archive), **{peer.fingerprint: peer.card.log for peer in known_cards(archive)}}
    newest: dict[tuple[bytes, bytes], tuple[int, int]] = {}
    for row in _of_kinds(archive, {Receipt.KIND}, lacking):
        entry = journal.stored_entry(archive.connection, row)
        told = read_decision(entry.body) if entry.body else None
        if not isinstance(told, Receipt):
            continue
        try:
            statement = read_statement(told.statement)
        except ReceiptError:
            continue
        pair, here = (statement.sender, statement.recipient), (statement.number, row)
        may_go = all(peer.role is Role.COORDINATOR or peer.fingerprint == pair[1] for peer in to.peers)
        if may_go and logs.get(pair[0]) == entry.log:
            newest[pair] = max(newest.get(pair, here), here)
    return {row for _number, row in newest.values()}


def unplaced(archive: Archive, lacking: Collection[int] | None, *, codes: bool, contact: bool) -> set[int]:
    """Bodies of kinds that this version cannot place: no record, no decision. They go when everything goes."""
    query = (
        "SELECT body.entry, body.kind FROM body WHERE {where}"
        " AND NOT EXISTS (SELECT 1 FROM touch WHERE touch.entry = body.entry)"
    )
    known = {_OPEN, Receipt.KIND, *ALWAYS_TRAVEL, *NEVER_TRAVEL}
    rows = [row for row, kind in row_sets.about(archive.connection, query, "body.entry", lacking) if kind not in known]
    held_back = {part for part, may_go in ((CODES, codes), (CONTACT, contact)) if not may_go}
    apart = set(standing.unstanding(archive.connection))
    bodies = ((row, journal.stored_entry(archive.connection, row).body) for row in rows if row not in apart)
    return {row for row, body in bodies if body and part_of(body) not in held_back}


def openings(archive: Archive, bodies: Collection[int], lacking: Collection[int] | None) -> set[int]:
    """The entries that open the own log, and the logs of which something goes, where somebody lacks them."""
    own = archive.vault.author.log
    found = row_sets.about(
        archive.connection, "SELECT entry.id, log.log FROM entry JOIN log ON log.id = entry.log", "entry.id", bodies
    )
    logs = {own} | {log for _row, log in found}
    rows = archive.connection.execute(
        "SELECT entry.id, log.log FROM body JOIN entry ON entry.id = body.entry JOIN log ON log.id = entry.log"
        " WHERE body.kind = ?",
        (_OPEN,),
    )
    return {row for row, log in rows if log in logs and (lacking is None or row in lacking)}


def _of_kinds(archive: Archive, kinds: Collection[str], lacking: Collection[int] | None) -> set[int]:
    rows = archive.connection.execute(
        f"SELECT entry FROM body WHERE kind IN ({_texts(sorted(kinds))})"  # noqa: S608 - names of kinds only
    )
    apart = set(standing.unstanding(archive.connection))
    return {row for (row,) in rows if (lacking is None or row in lacking) and row not in apart}


def _texts(words: Sequence[str]) -> str:
    """Our own words as SQL."""
    return ", ".join(f"'{word}'" for word in words)
