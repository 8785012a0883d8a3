"""What happened to a record, entry by entry, and who is behind the entries: authors, and through whom they came."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from fieldapp.records import store
from fieldapp.records.decisions import Decision, read_decision
from fieldapp.records.model import Field, FieldKind, field_of, show_value
from fieldapp.records.payload import read_claims, read_custody
from fieldapp.services import trust
from fieldapp.services.archive import Archive
from fieldapp.values import EntryId, LogId, RecordId
from fieldapp.vault.connection import Connection, Row
from fieldapp.vault.encoding import Plain
from fieldapp.vault.entry import Body
from fieldapp.vault.journal import StoredEntry, stored_entries, stored_entry


@dataclass(frozen=True, slots=True)
class Change:
    """One field in one entry of a record's history: what was claimed, and what that replaced."""

    key: str
    field: Field | None
    value: Plain
    told: str
    replaced: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Bundle:
    """The bundle that brought an entry: its arrival here, the sender's count, their name here (or empty), and when."""

    arrival: int
    number: int
    sender: str
    arrived_ms: int


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One entry about a record. `kind` is edit, attach, resolve, hide, custody, withdraw, or one not known to us.

    `came_in`: it came with a bundle (the number of its arrival), None where it was written here. `through`: the name of
    who handed that bundle over, where the entry is not their own; else empty. `undoes`: it takes an earlier save back.
    `author_known`: it is ourselves, or the author's card is trusted here, also if it was revoked since; else the name
    is what the author says.
    `own`: it was written here; what comes in with a key of ours may be a thief's. `mine`: by who unlocked.
    `bundle`: what brought it, None where it was written here. `decision`: what it decides, where it withdraws or lifts,
    declines a withdrawal or tells of erasing.
    """

    entry: EntryId
    kind: str
    author: str
    device: str
    own: bool
    time_ms: int
    zone_minutes: int
    came_in: int | None
    changes: tuple[Change, ...]
    event: str
    purpose: str
    through: str
    undoes: bool
    author_known: bool
    bundle: Bundle | None = None
    decision: Decision | None = None
    mine: bool = False


@dataclass(frozen=True, slots=True)
class Author:
    """Who writes a log: as their card is called here, or, where it is not `known`, as the log says of itself.

    `own`: somebody who writes here, or did; `me`: who unlocked.
    """

    person: str
    device: str
    own: bool
    known: bool
    me: bool = False


@dataclass(frozen=True, slots=True)
class Origins:
    """Who wrote each log, who handed over each bundle (arrival → name, own log), and which one that was."""

    authors: dict[LogId, Author]
    senders: dict[int, tuple[str, LogId | None]]
    bundles: dict[int, Bundle]
    opened: dict[LogId, int | None]

    def author(self, log: LogId) -> Author:
        """Who writes a log; nameless where its opening has not come."""
        return self.authors.get(log, _NOBODY)

    def through(self, log: LogId, arrival: int | None) -> str:
        """The name of who handed an entry over, where it is not their own."""
        name, own_log = self.senders.get(arrival, ("", None)) if arrival is not None else ("", None)
        return "" if own_log == log else name

    def vouched(self, log: LogId) -> str:
        """The name of who handed over a log whose author is not known here."""
        return "" if self.author(log).known else self.through(log, self.opened.get(log))


_NOBODY = Author("", "", own=False, known=False)

_read_last: WeakKeyDictionary[Connection, tuple[Row, Origins]] = WeakKeyDictionary()
"""Every row that is shown asks for the origins, and reading all openings takes longer than all else of a row."""


def origins(archive: Archive) -> Origins:
    """Who wrote and who brought what is here; read again only when something came or somebody was trusted since."""
    (stamp,) = archive.connection.execute(
        "SELECT (SELECT max(id) FROM arrival), count(*), max(entry) FROM body WHERE kind IN ('open', 'trust', 'revoke')"
    )
    known = _read_last.get(archive.connection)
    if known is None or known[0] != stamp:
        known = _read_last[archive.connection] = stamp, _origins(archive)
    return known[1]


def _origins(archive: Archive) -> Origins:
    own, mine = frozenset(archive.vault.own_logs), {archive.own_log, *archive.vault.earlier_logs}
    cards = {peer.fingerprint: peer for peer in trust.known_cards(archive)}
    called = {peer.card.log: peer.name for peer in cards.values() if peer.trusted}
    authors: dict[LogId, Author] = {}
    opened: dict[LogId, int | None] = {}
    for entry in stored_entries(archive.connection, kind="open"):
        payload = entry.body.payload if entry.body else {}
        person, device = (_text(payload.get(name)) for name in ("person", "device"))
        known = entry.log in own or entry.log in called
        name, is_own = called.get(entry.log, person), entry.log in own
        authors[entry.log] = Author(name, device, own=is_own, known=known, me=entry.log in mine)
        opened[entry.log] = entry.arrival
    senders: dict[int, tuple[str, LogId | None]] = {}
    bundles: dict[int, Bundle] = {}
    rows = archive.connection.execute("SELECT id, sender, number, arrived_ms FROM arrival")
    for arrival, fingerprint, number, arrived_ms in rows:
        peer = cards.get(fingerprint)
        senders[arrival] = (peer.name, peer.card.log) if peer else ("", None)
        bundles[arrival] = Bundle(arrival, number, senders[arrival][0], arrived_ms)
    return Origins(authors, senders, bundles, opened)


def history(archive: Archive, record: RecordId) -> list[HistoryEntry]:
    """Every entry about a record in order, also those about a hidden one.

    Raises:
        RecordNotFoundError: there is none.
    """
    shown = store.row_of(archive.connection, record)
    entries = [
        stored_entry(archive.connection, touch.entry) for touch in store.entries_about(archive.connection, record)
    ]
    with_body = [(entry, entry.body) for entry in entries if entry.body is not None]
    told: defaultdict[EntryId, dict[str, str]] = defaultdict(dict)
    for entry, body in with_body:
        claims = read_claims(body)
        for claim in claims.claims if claims else ():
            told[entry.id][claim.key] = _shown(shown.type, claim.key, claim.value)
    behind = origins(archive)
    return [_entry(shown.type, entry, body, behind, told) for entry, body in with_body]


def _entry(
    type_name: str, entry: StoredEntry, body: Body, behind: Origins, told: defaultdict[EntryId, dict[str, str]]
) -> HistoryEntry:
    author = behind.author(entry.log)
    claims, custody = read_claims(body), read_custody(body)
    changes = tuple(
        Change(
            claim.key,
            field_of(type_name, claim.key),
            claim.value,
            _shown(type_name, claim.key, claim.value),
            tuple(words for target in claim.replaces if (words := told.get(target, {}).get(claim.key, ""))),
        )
        for claim in (claims.claims if claims else ())
    )
    return HistoryEntry(
        entry=entry.id,
        kind=body.kind,
        author=author.person,
        device=author.device,
        own=author.own and entry.arrival is None,  # with our earlier key a thief writes too
        time_ms=entry.time_ms,
        zone_minutes=entry.zone_minutes,
        came_in=entry.arrival,
        changes=changes,
        event=custody.event if custody else "",
        purpose=custody.purpose if custody else "",
        through=behind.through(entry.log, entry.arrival),
        undoes=bool(claims and claims.undoes),
        author_known=author.known,
        bundle=behind.bundles.get(entry.arrival) if entry.arrival is not None else None,
        decision=read_decision(body),
        mine=author.me and entry.arrival is None,
    )


def _shown(type_name: str, key: str, value: Plain) -> str:
    """A value for people; nothing for snapshots of files, which are long."""
    field = field_of(type_name, key)
    return "" if field is not None and field.kind is FieldKind.MAP else show_value(field, value)


def _text(value: Plain) -> str:
    return value if isinstance(value, str) else ""
