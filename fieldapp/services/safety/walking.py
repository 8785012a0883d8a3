"""The journal, walked entry by entry as a stranger would: bytes, id, place, signature, chain, body.

Log by log in the order of places, in portions, so that memory does not grow with the journal; the signatures of a
portion are checked in another process meanwhile (`crypto.checking`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from fieldapp.crypto.checking import Checks, Signed, checks_beside, no_checks
from fieldapp.crypto.identity import Verifier
from fieldapp.errors import EntryMalformedError, JournalError, KeyRefusedError, SignatureError
from fieldapp.services.safety.findings import Kind
from fieldapp.values import EntryId
from fieldapp.vault.connection import Connection, Row
from fieldapp.vault.entry import NO_ENTRY, Entry, log_of, read_body, read_entry

_PORTION = 256
_FEW = 2048
"""So many entries are checked here before a process is started for it."""
_WALK = (
    "SELECT entry.id, entry.log, entry.seq, entry.arrival, entry.entry, entry.tick, entry.time_ms, entry.zone_minutes,"
    " entry.header, entry.signature, log.log, log.key, body.kind, body.body, lacking.entry"
    " FROM entry LEFT JOIN log ON log.id = entry.log LEFT JOIN body ON body.entry = entry.id"
    " LEFT JOIN lacking ON lacking.entry = entry.id ORDER BY entry.log, entry.seq, entry.id"
)


@dataclass(frozen=True, slots=True)
class Step:
    """One entry as it was found.

    `fault`: ENTRY, SIGNATURE or CHAIN; None where it stands as it should. `behind`: whole, but what comes before it is
    not here. `gap`: so many places before it have no entry. `body`: BODY or BODY_LOST where that is wrong.
    """

    rowid: int
    log: int
    seq: int
    arrival: int | None
    id: EntryId
    prev: bytes
    fault: Kind | None
    behind: bool
    gap: int
    body: Kind | None
    has_body: bool
    size_bytes: int


@dataclass(slots=True)
class _Log:
    """What is known of the log that is walked: ids at the last place that had an entry, and at the one before it."""

    row: int
    seq: int = -1
    on_chain: set[bytes] = field(default_factory=set)
    aside: set[bytes] = field(default_factory=set)
    before: set[bytes] = field(default_factory=set)
    before_aside: set[bytes] = field(default_factory=set)

    def reach(self, seq: int) -> int:
        """Go on to a place. Gives how many were passed over."""
        if seq == self.seq:
            return 0
        gap = seq - self.seq - 1
        self.before, self.before_aside = (set(), set()) if gap else (self.on_chain, self.aside)
        self.seq, self.on_chain, self.aside = seq, set(), set()
        return gap


def walk(connection: Connection) -> Iterator[Step]:
    """Every entry of the journal. Raises VaultDamagedError where a page does not verify."""
    if int(connection.value("SELECT count(*) FROM entry")) < _FEW:
        yield from _walk(connection, no_checks)
        return
    with checks_beside() as checks:
        yield from _walk(connection, checks)


def _walk(connection: Connection, checks: Checks) -> Iterator[Step]:
    log: _Log | None = None
    verifiers: dict[bytes, Verifier] = {}
    for portion in _portions(connection):
        entries = [_read(row) for row in portion]
        valid = _signed_well(portion, entries, checks, verifiers)
        for row, entry, is_signed in zip(portion, entries, valid, strict=True):
            if log is None or log.row != row[1]:
                log = _Log(row[1])
            yield _step(row, entry, log, is_signed=is_signed)


def _portions(connection: Connection) -> Iterator[list[Row]]:
    portion: list[Row] = []
    for row in connection.rows(_WALK):
        portion.append(row)
        if len(portion) >= _PORTION:
            yield portion
            portion = []
    if portion:
        yield portion


def _read(row: Row) -> Entry | None:
    """The entry, if its bytes are one, and the columns of its row say the same as they."""
    _rowid, _log, seq, _arrival, entry_id, tick, time_ms, zone_minutes, header_bytes, signature, log, *_rest = row
    try:
        entry = read_entry(header_bytes, signature)
    except EntryMalformedError:
        return None
    header = entry.header
    told = (header.seq, header.tick, header.time_ms, header.zone_minutes, entry.id, log_of(entry, entry.id))
    return entry if told == (seq, tick, time_ms, zone_minutes, entry_id, log) else None


def _signed_well(
    portion: Sequence[Row], entries: Sequence[Entry | None], checks: Checks, verifiers: dict[bytes, Verifier]
) -> list[bool]:
    """Of each entry whether it is signed with the key of its log."""
    asked = [
        Signed(row[11], entry.signature, entry.signed_bytes)
        for row, entry in zip(portion, entries, strict=True)
        if entry is not None and len(row[11]) == 32
    ]
    proven = checks(asked)()
    answers = iter([*([True] * proven), *(_verifies(each, verifiers) for each in asked[proven:])])
    return [
        entry is not None and len(row[11]) == 32 and next(answers) for row, entry in zip(portion, entries, strict=True)
    ]


def _verifies(signed: Signed, verifiers: dict[bytes, Verifier]) -> bool:
    try:
        verifier = verifiers.get(signed.key) or verifiers.setdefault(signed.key, Verifier(signed.key))
        verifier.verify(signed.signature, signed.message)
    except (KeyRefusedError, SignatureError):
        return False
    return True


def _step(row: Row, entry: Entry | None, log: _Log, *, is_signed: bool) -> Step:
    rowid, log_row, seq, arrival, entry_id, *_columns, _log, _key, kind, body, lacking = row
    gap = log.reach(seq)
    fault = Kind.ENTRY if entry is None else None if is_signed else Kind.SIGNATURE
    behind = False
    if entry is not None and fault is None:
        fault, behind = _place_of(entry, log)
    size = len(row[8]) + len(row[9]) + len(body or b"")
    wrong = _wrong_body(entry, kind, body, lacks=lacking is not None)
    prev = entry.header.prev if entry else b""
    return Step(rowid, log_row, seq, arrival, entry_id, prev, fault, behind, gap, wrong, body is not None, size)


def _place_of(entry: Entry, log: _Log) -> tuple[Kind | None, bool]:
    """Whether it follows what is here; else whether what it follows is not here, or is another."""
    header = entry.header
    if (header.seq == 0 and header.prev == NO_ENTRY) or header.prev in log.before:
        log.on_chain.add(entry.id)
        return None, False
    log.aside.add(entry.id)
    missing = not log.before or header.prev in log.before_aside
    return (None, True) if missing else (Kind.CHAIN, False)


def _wrong_body(entry: Entry | None, kind: str | None, body: bytes | None, *, lacks: bool) -> Kind | None:
    if body is None:
        return None if lacks else Kind.BODY_LOST
    if entry is None:
        return None
    try:
        return None if read_body(entry.header, body).kind == kind else Kind.BODY
    except JournalError:
        return Kind.BODY
