"""What a person must hear of, because nobody does it by accident: plain facts, out of what is here.

    FORK           somebody's log has two different entries at one place: a copy of their device, or of their key, works
    CLONE          the same of a log that is written here: this vault, or its key, is in use elsewhere
    TWO_BUNDLES    one sender gave one number to two different bundles
    CLOCK          a clock went back by more than a day, or was more than a day ahead when its entries came
    REVOKED        somebody who may revoked a device; REVOKED_ME: this one
    PUT_BACK       somebody's receipts tell of files that went back to an earlier state: what came later is lost there
    WITHOUT_EFFECT somebody who may not revokes devices
    ROLLBACK       others have entries of a log of ours that this vault does not have: older files were put back

Rule 1: every alarm is found anew in what is here, so none is lost when lists are made anew. Kept are only what a bundle
        says and no table remembers (how far others know our log), how far clocks were looked at, and what a person
        has seen.
Rule 2: one alarm for each log, sender or issuer, with a count: nobody can bury an alarm under a thousand others. What
        was dismissed comes back when there is more of it. What one sender says of our logs stands beside what others
        say, and is dismissed apart: a lie of one silences nobody else.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum

from fieldapp.bundles.bag import BundleInfo
from fieldapp.services import clocks, revoking
from fieldapp.services.archive import Archive
from fieldapp.services.callings import Callings
from fieldapp.services.revoking import Revocation
from fieldapp.services.statements import put_back_ms
from fieldapp.services.trust import known_cards
from fieldapp.values import EntryId, LogId
from fieldapp.vault import journal
from fieldapp.vault.encoding import Plain, decode_map, encode
from fieldapp.vault.header import Head

_DISMISSED = "alarms dismissed"
_AHEAD = "alarms ahead"
_NO_LOG = LogId(b"")


class AlarmKind(StrEnum):
    """What happened; the head of this file says it in full."""

    CLONE = "clone"
    ROLLBACK = "rollback"
    REVOKED_ME = "revoked_me"
    FORK = "fork"
    TWO_BUNDLES = "two_bundles"
    PUT_BACK = "put_back"
    REVOKED = "revoked"
    CLOCK = "clock"
    WITHOUT_EFFECT = "without_effect"


_ORDER = {kind: place for place, kind in enumerate(AlarmKind)}


@dataclass(frozen=True, slots=True)
class Alarm:
    """One alarm. `key` (16 bytes) stays the same while it grows.

    `name`, `device`: whom it is about, as they are called here; `known`: their card is or was trusted here, else they
    only call themselves so. `count`: how many entries, numbers or revocations; `seq`: the first place or number.
    `other`: who revoked, or who knows more of our log. `off_ms`: how far a clock was ahead (negative: went back).
    """

    kind: AlarmKind
    key: bytes
    name: str
    device: str
    known: bool
    log: LogId
    first_seen_ms: int
    count: int = 1
    seq: int | None = None
    other: str = ""
    reason: str = ""
    off_ms: int = 0
    dismissed: bool = field(default=False)


def alarms(archive: Archive, *, dismissed: bool = False) -> list[Alarm]:
    """What a person must hear of, the gravest first; also what they have dismissed, if asked."""
    seen = _kept(archive, _DISMISSED)
    found = (replace(each, dismissed=_is_seen(seen, each)) for each in _found(archive))
    return sorted(
        (each for each in found if dismissed or not each.dismissed),
        key=lambda each: (_ORDER[each.kind], -each.first_seen_ms, each.key),
    )


def raised(before: Iterable[Alarm], after: Iterable[Alarm]) -> tuple[Alarm, ...]:
    """The alarms that were not there before, or have grown."""
    known = {each.key: each.count for each in before}
    return tuple(each for each in after if each.count > known.get(each.key, 0))


def dismiss(archive: Archive, chosen: Iterable[Alarm]) -> None:
    """A person has seen these. They stay listed among the dismissed, and come back when there is more of them."""
    with archive.connection.transaction():
        seen: dict[str, Plain] = {**_kept(archive, _DISMISSED), **{each.key.hex(): each.count for each in chosen}}
        _keep(archive, _DISMISSED, seen)


def note_bundle(archive: Archive, info: BundleInfo) -> None:
    """Remember how far a sender knows our own logs, where that is further than this vault; inside the transaction."""
    own = set(archive.vault.own_logs)
    ahead: dict[str, Plain] = dict(_kept(archive, _AHEAD))
    for have in info.have:
        if have.log not in own or journal.holds(archive.connection, have.log, Head(have.seq, have.head)):
            continue
        name = (have.log + info.sender).hex()  # nobody can bury what another says under a greater number
        known = ahead.get(name)
        if not isinstance(known, list) or not isinstance(known[0], int) or known[0] < have.seq:
            ahead[name] = [have.seq, have.head, info.sender, archive.clock().time_ms]
    if ahead != _kept(archive, _AHEAD):
        _keep(archive, _AHEAD, ahead)


def _found(archive: Archive) -> Iterator[Alarm]:
    callings = Callings(archive)
    own = set(archive.vault.own_logs)
    yield from _forks(archive, callings, own)
    yield from _two_bundles(archive)
    yield from _put_back(archive)
    yield from _clocks(archive, callings)
    yield from _revocations(archive, callings)
    yield from _ahead(archive, callings)


def _forks(archive: Archive, callings: Callings, own: set[LogId]) -> Iterator[Alarm]:
    rows = archive.connection.execute(
        "SELECT log, count(*), min(seq), min(seen) FROM (SELECT log.log AS log, fork.seq AS seq,"
        " max(coalesce(arrival.arrived_ms, entry.time_ms)) AS seen FROM fork JOIN log ON log.id = fork.log"
        " JOIN entry ON entry.log = fork.log AND entry.seq = fork.seq LEFT JOIN arrival ON arrival.id = entry.arrival"
        " GROUP BY fork.log, fork.seq) GROUP BY log"
    )
    for log, count, seq, seen in rows:
        kind = AlarmKind.CLONE if log in own else AlarmKind.FORK
        yield _of_log(kind, LogId(log), callings, first_seen_ms=seen, count=count, seq=seq)


def _two_bundles(archive: Archive) -> Iterator[Alarm]:
    """Numbers are counted for each card of ours apart."""
    cards = {peer.fingerprint: peer for peer in known_cards(archive)}
    rows = archive.connection.execute(
        "SELECT sender, count(*), min(number), min(seen) FROM (SELECT sender, number, max(arrived_ms) AS seen"
        " FROM arrival GROUP BY sender, recipient, number HAVING count(*) > 1) GROUP BY sender ORDER BY sender"
    )
    for sender, count, number, seen in rows:
        peer = cards.get(sender)
        yield Alarm(
            AlarmKind.TWO_BUNDLES,
            _key(AlarmKind.TWO_BUNDLES, sender),
            peer.name if peer else "",
            peer.card.device if peer else "",
            peer is not None,
            peer.card.log if peer else _NO_LOG,
            seen,
            count=count,
            seq=number,
        )


def _put_back(archive: Archive) -> Iterator[Alarm]:
    for peer in known_cards(archive):
        seen = put_back_ms(archive, peer)
        if seen is not None:
            key = _key(AlarmKind.PUT_BACK, peer.fingerprint)
            yield Alarm(AlarmKind.PUT_BACK, key, peer.name, peer.card.device, True, peer.card.log, seen)


def _clocks(archive: Archive, callings: Callings) -> Iterator[Alarm]:
    for jump in clocks.jumps(archive):
        way = b"back" if jump.off_ms < 0 else b"ahead"
        yield replace(
            _of_log(AlarmKind.CLOCK, jump.log, callings, first_seen_ms=jump.first_seen_ms, count=jump.count),
            key=_key(AlarmKind.CLOCK, jump.log + way),
            seq=jump.seq,
            off_ms=jump.off_ms,
        )


def _revocations(archive: Archive, callings: Callings) -> Iterator[Alarm]:
    """One for each device and issuer; of those without effect, one for each issuer."""
    groups: dict[tuple[AlarmKind, bytes], list[Revocation]] = {}
    heard, idle = revoking.heard(archive)
    for each in heard:
        kind = _kind_of(each)
        if kind is not None:
            about = each.issuer_log if kind is AlarmKind.WITHOUT_EFFECT else each.issuer_log + each.log
            groups.setdefault((kind, about), []).append(each)
    for (kind, about), together in groups.items():
        first = together[0]
        log = first.issuer_log if kind is AlarmKind.WITHOUT_EFFECT else first.log
        count = idle.get(first.entry, len(together))
        yield replace(
            _of_log(kind, log, callings, first_seen_ms=first.arrived_ms or first.time_ms, count=count),
            key=_key(kind, about),
            name=callings.name(log) or first.name,
            other=first.issuer,
            reason=together[-1].reason,
        )


def _kind_of(revocation: Revocation) -> AlarmKind | None:
    if revocation.own or revocation.in_spite:
        return None
    if not revocation.counts:
        return AlarmKind.WITHOUT_EFFECT
    return AlarmKind.REVOKED_ME if revocation.about_us else AlarmKind.REVOKED


def _ahead(archive: Archive, callings: Callings) -> Iterator[Alarm]:
    heads = {LogId(log): seq for log, seq in archive.connection.execute("SELECT log, head_seq FROM log")}
    names = {peer.fingerprint: peer.name for peer in known_cards(archive)}
    for digits, told in _kept(archive, _AHEAD).items():
        if not isinstance(told, list):
            continue
        seq, head, sender, seen = told
        log = LogId(bytes.fromhex(digits)[:16])
        if not isinstance(seq, int) or not isinstance(head, bytes) or not isinstance(sender, bytes):
            continue
        if not journal.holds(archive.connection, log, Head(seq, EntryId(head))) and isinstance(seen, int):
            more = max(1, seq - heads.get(log, -1))
            alarm = _of_log(AlarmKind.ROLLBACK, log, callings, first_seen_ms=seen, count=more, seq=seq)
            yield replace(alarm, key=_key(AlarmKind.ROLLBACK, log + sender), other=names.get(sender, ""))


def _of_log(
    kind: AlarmKind, log: LogId, callings: Callings, *, first_seen_ms: int, count: int, seq: int | None = None
) -> Alarm:
    return Alarm(
        kind,
        _key(kind, log),
        callings.name(log),
        callings.device(log),
        callings.is_known(log),
        log,
        first_seen_ms,
        count=count,
        seq=seq,
    )


def _key(kind: AlarmKind, about: bytes) -> bytes:
    return hashlib.sha256(kind.encode() + b"\0" + about).digest()[:16]


def _is_seen(seen: dict[str, Plain], alarm: Alarm) -> bool:
    upto = seen.get(alarm.key.hex())
    return isinstance(upto, int) and alarm.count <= upto


def _kept(archive: Archive, name: str) -> dict[str, Plain]:
    kept = archive.connection.value("SELECT value FROM setting WHERE name = ?", (name,))
    return decode_map(kept) if kept is not None else {}


def _keep(archive: Archive, name: str, value: dict[str, Plain]) -> None:
    archive.connection.execute("INSERT OR REPLACE INTO setting VALUES (?, ?)", (name, encode(value)))
