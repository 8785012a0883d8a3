"""Statements of what is held: telling others what is here, and believing what others prove. `receipts` is the door.

Rule 1: a receipt counts if a person who is trusted now signed it for us, and it is newer than the one we have. One that
        shows that its maker went back to earlier files counts too, since it tells of less; that is remembered.
Rule 2: what is told covers the logs that the recipient knows; a coordinator is told of all.
Rule 3: one is made when something came, or something was given up, since the last; it travels in the next bundle, as an
        entry that only its addressee and coordinators get. Losing it costs a resend, and nothing else.
"""

from __future__ import annotations

import io
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Self

from fieldapp.bundles.receipt import (
    MAX_FILE_BYTES,
    Statement,
    begins_as_receipt,
    bounded,
    open_receipt,
    ranges_of,
    read_statement,
    seal_receipt,
    sign,
    verify,
    write_statement,
)
from fieldapp.crypto.age_hybrid import HybridIdentity
from fieldapp.errors import (
    KeyRefusedError,
    ReceiptDamagedError,
    ReceiptError,
    ReceiptNotForYouError,
    ReceiptSenderError,
    SignatureError,
)
from fieldapp.records.decisions import Receipt, decision_body, read_decision
from fieldapp.services import departures, row_sets, trust
from fieldapp.services.archive import Archive, Changed
from fieldapp.services.cards import own_card, own_fingerprints, own_recipients, writing_fingerprints
from fieldapp.services.files import Reading, open_ordinary, write_new
from fieldapp.services.held_here import held_logs, missing
from fieldapp.services.holdings import Holding, own_logs
from fieldapp.services.keeping import keeps_for_others, note_promise
from fieldapp.services.trust import Peer, Role
from fieldapp.values import LogId
from fieldapp.vault import chains
from fieldapp.vault.journal import StoredEntry

SUFFIX = ".receipt"

_PUT_BACK = "put back "
"""Settings: whose files went back to an earlier state, one for each card, and when that was seen."""
_TIME_BYTES = 8


@dataclass(frozen=True, slots=True)
class Made:
    """A receipt that was made here."""

    statement: Statement
    encoded: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class Taken:
    """A receipt that came in a file: from whom, and whether it says more than the one that was here.

    `keeps`: whether it is a promise.
    """

    peer: Peer
    is_news: bool
    keeps: bool


def make(archive: Archive, peer: Peer) -> Made:
    """A new receipt for somebody, signed; nothing is remembered of it."""
    connection = archive.connection
    here = chains.have(connection, _logs_for(archive, peer))
    first = {peer.card.log: 0, archive.own_log: 1}
    here.sort(key=lambda have: first.get(have.log, 2))
    statement = bounded(
        Statement(
            sender=own_card(archive).fingerprint,
            recipient=peer.fingerprint,
            number=_newest_made(archive, peer)[0] + 1,
            time_ms=archive.clock().time_ms,
            have=held_logs(connection, here),
            missing=missing(archive, None if peer.role is Role.COORDINATOR else {have.log for have in here}),
            bundles=ranges_of(numbers_from(archive, peer.fingerprint)),
            keeps=keeps_for_others(archive),
            earlier=_written_before(archive),
        )
    )
    encoded = write_statement(statement)
    return Made(statement, encoded, sign(archive.vault.identity, encoded))


def _written_before(archive: Archive) -> tuple[LogId, ...]:
    """The logs that were begun on this device before the one that is written now, the newest first.

    Those of others who write here too: who knows two of their cards knows one machine, and not two.
    """
    logs = own_logs(archive.connection)
    return tuple(reversed(logs[: logs.index(archive.own_log)]))


def due(archive: Archive, peer: Peer) -> bool:
    """Whether somebody should be told anew what is held here."""
    _number, covered, encoded = _newest_made(archive, peer)
    if _newest_arrival(archive) > covered:
        return peer.role is Role.COORDINATOR or bool(_came_from(archive, peer))
    if encoded is None:
        return False
    statement = read_statement(encoded)
    if (statement.sender, statement.keeps) != (own_card(archive).fingerprint, keeps_for_others(archive)):
        return True
    told = {held.log: held.gone for held in statement.have}
    return any(have.gone != told[have.log] for have in chains.have(archive.connection, told))


def note(archive: Archive, peer: Peer) -> Changed:
    """Write a receipt for somebody as an entry, if one is due; it goes with the next bundle for them."""
    if not due(archive, peer):
        return Changed()
    with archive.vault.saving():
        made = make(archive, peer)
        body = decision_body(Receipt(made.encoded, made.signature), save=secrets.token_bytes(16))
        _entries, changed = archive.write([body])
        _remember_made(archive, peer, made, _newest_arrival(archive))
    return changed


def write_file(archive: Archive, peer: Peer, path: Path) -> Made:
    """Write a receipt into a new file that only `peer` can open. It may get lost, so one goes with the next bundle too.

    Raises:
        PlaceTakenError, DiskFullError, PlaceUnwritableError: no file was written.
    """
    with archive.vault.saving():
        made = make(archive, peer)
        _remember_made(archive, peer, made, _newest_made(archive, peer)[1])
    write_new(path, seal_receipt(made.encoded, made.signature, peer.card.recipient))
    return made


def is_receipt(identities: Sequence[HybridIdentity], path: Path) -> bool:
    """Whether a file is a receipt sealed for us, by its first bytes. Needs no database. Raises FileUnreadableError."""
    with open_ordinary(path) as file:
        return begins_as_receipt(Reading(file), identities)


def import_file(archive: Archive, path: Path, *, dry_run: bool = False) -> Taken:
    """Take in a receipt from a file.

    Raises:
        FileUnreadableError; ReceiptError and its kinds: what is believed of others stays as it was.
    """
    with open_ordinary(path) as file:
        content = file.read(MAX_FILE_BYTES + 1)
    if len(content) > MAX_FILE_BYTES:
        raise ReceiptDamagedError("size")
    encoded, signature = open_receipt(io.BytesIO(content), own_recipients(archive))
    statement, desk, told = read_statement(encoded), _Desk.of(archive), Receipt(encoded, signature)
    if statement.recipient not in desk.own:
        raise ReceiptNotForYouError
    if statement.sender not in desk.peers or not desk.is_signed(statement, told):
        raise ReceiptSenderError
    age = _age(archive, statement, told)
    if not dry_run:
        with archive.vault.saving():
            _believe(archive, statement, told, age)
    return Taken(desk.peers[statement.sender], age.is_news, statement.keeps)


def take(archive: Archive, encoded: bytes, signature: bytes) -> bool:
    """Believe a receipt, inside the caller's transaction. False where it is not for us, not newer, or not good."""
    return bool(_take_newest(archive, [Receipt(encoded, signature)]))


def take_entry(archive: Archive, entry: StoredEntry) -> bool:
    """`take` for an entry that came in, whoever brought it and in whichever log it stands."""
    return bool(take_entries(archive, [entry]))


def take_entries(archive: Archive, entries: Iterable[StoredEntry]) -> int:
    """`take` for many entries; of each maker the newest good one. Gives how many were news."""
    decisions = (read_decision(entry.body) for entry in entries if entry.body)
    return _take_newest(archive, [told for told in decisions if isinstance(told, Receipt)])


def _take_newest(archive: Archive, told: Sequence[Receipt]) -> int:
    if not told:
        return 0
    desk = _Desk.of(archive)
    read = [(statement, each) for each in told if (statement := desk.for_us(each)) is not None]
    # From the newest on: one that only claims to be newer must not keep out a good one.
    read.sort(key=lambda pair: (pair[0].recipient in desk.now, pair[0].number), reverse=True)
    taken: set[bytes] = set()
    for statement, each in read:
        age = _age(archive, statement, each)
        if age is not _Age.OLD and desk.is_signed(statement, each):
            _believe(archive, statement, each, age)
            taken |= {statement.sender} if age.is_news else set()
    return len(taken)


def statement_of(archive: Archive, peer: Peer) -> Statement | None:
    """The newest statement of somebody that was believed."""
    kept = archive.connection.value("SELECT statement FROM receipt WHERE peer = ?", (peer.fingerprint,))
    return None if kept is None else read_statement(kept)


def held_by(archive: Archive, peer: Peer) -> Holding:
    """What somebody holds, as far as their newest receipt proves it."""
    return Holding(archive.connection, statement_of(archive, peer))


def numbers_from(archive: Archive, sender: bytes) -> list[int]:
    """The numbers, counted for the card that we have now, of the bundles that came."""
    rows = archive.connection.execute(
        "SELECT number FROM arrival WHERE sender = ? AND recipient = ? AND number > 0 ORDER BY number",
        (sender, own_card(archive).fingerprint),
    )
    return [number for (number,) in rows]


@dataclass(frozen=True, slots=True)
class _Desk:
    """Who we are (`now`: the cards under which somebody writes here now), and whose receipts count."""

    now: frozenset[bytes]
    own: frozenset[bytes]
    peers: Mapping[bytes, Peer]

    @classmethod
    def of(cls, archive: Archive) -> Self:
        """As it is now."""
        peers = {peer.fingerprint: peer for peer in trust.peers(archive)}
        return cls(writing_fingerprints(archive), own_fingerprints(archive), peers)

    def for_us(self, told: Receipt) -> Statement | None:
        """What it states, if it reads, is for us, and names somebody who is trusted."""
        try:
            statement = read_statement(told.statement)
        except ReceiptError:
            return None
        return statement if statement.recipient in self.own and statement.sender in self.peers else None

    def is_signed(self, statement: Statement, told: Receipt) -> bool:
        """Whether the one whom it names signed it."""
        try:
            verify(told.statement, told.signature, self.peers[statement.sender].card.public.ed25519)
        except (SignatureError, KeyRefusedError):
            return False
        return True


class _Age(Enum):
    """What a receipt is to the one that is kept. BACK: newer, by a maker who went back; TWIN: it only shows that."""

    OLD = "old"
    NEW = "new"
    BACK = "back"
    TWIN = "twin"

    @property
    def is_news(self) -> bool:
        """Whether it is to be believed from now on."""
        return self in (_Age.NEW, _Age.BACK)


def _age(archive: Archive, statement: Statement, told: Receipt) -> _Age:
    """Counters are those of one recipient: what was made for a card that we have now counts before all others.

    Where several people write here, each has a card, and of what was made for two of them the later one counts.
    """
    kept = archive.connection.value("SELECT statement FROM receipt WHERE peer = ?", (statement.sender,))
    if kept is None:
        return _Age.NEW
    before = read_statement(kept)
    if before.recipient != statement.recipient:
        now = writing_fingerprints(archive)
        is_later = before.recipient not in now or statement.time_ms > before.time_ms
        return _Age.NEW if statement.recipient in now and is_later else _Age.OLD
    if statement.number > before.number:
        return _Age.NEW
    if kept != told.statement and statement.time_ms > before.time_ms:
        return _Age.BACK  # it was made later, out of a state in which the other had not been made
    return _Age.TWIN if kept != told.statement and statement.number == before.number else _Age.OLD


def _believe(archive: Archive, statement: Statement, told: Receipt, age: _Age) -> None:
    """Keep what is news; and whose files went back."""
    if age.is_news:
        _keep(archive, statement, told)
    if age in (_Age.BACK, _Age.TWIN):
        archive.connection.execute(
            "INSERT OR IGNORE INTO setting VALUES (?, ?)",
            (_PUT_BACK + statement.sender.hex(), archive.clock().time_ms.to_bytes(_TIME_BYTES, "big", signed=True)),
        )


def put_back_ms(archive: Archive, peer: Peer) -> int | None:
    """Since when receipts of this card tell of files that went back to an earlier state; None where they do not."""
    name = _PUT_BACK + peer.fingerprint.hex()
    kept = archive.connection.value("SELECT value FROM setting WHERE name = ?", (name,))
    return None if kept is None else int.from_bytes(kept, "big", signed=True)


def _keep(archive: Archive, statement: Statement, told: Receipt) -> None:
    archive.connection.execute(
        "INSERT OR REPLACE INTO receipt (peer, number, made_ms, arrived_ms, statement, signature)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (
            statement.sender,
            statement.number,
            statement.time_ms,
            archive.clock().time_ms,
            told.statement,
            told.signature,
        ),
    )


def _remember_made(archive: Archive, peer: Peer, made: Made, arrival: int) -> None:
    note_promise(archive, peer.fingerprint, _newest_made(archive, peer)[2], keeps=made.statement.keeps)
    archive.connection.execute(
        "INSERT OR REPLACE INTO acknowledged (peer, number, arrival, statement, signature) VALUES (?, ?, ?, ?, ?)",
        (peer.fingerprint, made.statement.number, arrival, made.encoded, made.signature),
    )


def _newest_made(archive: Archive, peer: Peer) -> tuple[int, int, bytes | None]:
    """Number, covered arrival and bytes of the newest receipt that was made for somebody."""
    rows = archive.connection.execute(
        "SELECT number, arrival, statement FROM acknowledged WHERE peer = ?", (peer.fingerprint,)
    )
    return rows[0] if rows else (0, 0, None)


def _newest_arrival(archive: Archive) -> int:
    return int(archive.connection.value("SELECT coalesce(max(id), 0) FROM arrival"))


def _logs_for(archive: Archive, peer: Peer) -> set[LogId] | None:
    """The logs that somebody knows: their own, what they told of, what came from them, what went to them. None: all."""
    if peer.role is Role.COORDINATOR:
        return None
    told = statement_of(archive, peer)
    named = {held.log for held in told.have} if told else set()
    sent = departures.sent_to(archive, peer.fingerprint).bits
    rows = [row for row in range(len(sent) * 8) if row_sets.has_bit(sent, row)]
    found = row_sets.about(
        archive.connection, "SELECT entry.id, log.log FROM entry JOIN log ON log.id = entry.log", "entry.id", rows
    )
    went = {LogId(log) for _row, log in found}
    return {peer.card.log, *named, *_came_from(archive, peer), *went}


def _came_from(archive: Archive, peer: Peer) -> set[LogId]:
    rows = archive.connection.execute(
        "SELECT DISTINCT log.log FROM arrival JOIN entry ON entry.arrival = arrival.id JOIN log ON log.id = entry.log"
        " WHERE arrival.sender = ?",
        (peer.fingerprint,),
    )
    return {LogId(log) for (log,) in rows}
