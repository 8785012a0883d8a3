"""What waits for a person's decision, sender by sender: sealed bundles, and entries that do not stand since somebody
revoked the device.

Rule 1: to look inside changes nothing: all is taken in as if it had been accepted, looked at, and undone.
Rule 2: who was never trusted here is accepted by trusting them: nobody's words were compared. Who is known, and revoked
        or no longer trusted, can be accepted for once, and stays what they are.
Rule 3: to accept is to say that what a log holds until now stands here all the same; what it writes later waits again.
        To refuse is the contrary. Of sealed bundles that were refused nothing is left; about entries a person can
        decide again. Neither decision travels.
"""

from __future__ import annotations

import secrets
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from fieldapp.bundles.card import Card
from fieldapp.errors import ExpectedError, PeerNotFoundError
from fieldapp.records import projection, standing
from fieldapp.records.decisions import Revoke, Standing, Withdraw, decision_body, read_decision
from fieldapp.records.payload import record_of
from fieldapp.services import arrivals, outcomes, trust
from fieldapp.services.archive import Archive, Changed
from fieldapp.services.arrivals import Outcome
from fieldapp.services.callings import Callings
from fieldapp.services.incoming import Taken, receiving, take
from fieldapp.services.outcomes import RecordOutcome
from fieldapp.services.trust import Peer
from fieldapp.services.waiting import Quarantined, drop, waiting
from fieldapp.values import EntryId, LogId, RecordId
from fieldapp.vault import chains
from fieldapp.vault.entry import read_entry
from fieldapp.vault.journal import stored_entries, stored_entry

__all__ = ["Accepted", "Held", "Look", "Quarantined", "Sender", "accept", "look_inside", "refuse", "senders", "waiting"]

MOST_BRANCHES = 100
"""So many ends of branches one decision names; who forks more often is looked at again."""

_ANY_SIGNATURE = bytes(64)


@dataclass(frozen=True, slots=True)
class Held:
    """Entries of one log that do not stand here. Times are what their author's clock says, and prove nothing."""

    entries: int
    first_ms: int
    last_ms: int
    records: tuple[RecordId, ...]


@dataclass(frozen=True, slots=True)
class Sender:
    """Somebody of whom something waits. `name` is empty where their card was never trusted here.

    `person`, `device`: what they call themselves. `held`: what waits of the entries that are here; `refused`: so many
    of them were looked at, and refused.
    """

    log: LogId
    name: str
    person: str
    device: str
    card: Card | None
    trusted: bool
    revoked: bool
    bundles: tuple[Quarantined, ...] = ()
    held: Held | None = None
    refused: int = 0


@dataclass(frozen=True, slots=True)
class Look:
    """What would come in. `unreadable`: sealed bundles that cannot be taken in (their ids), and why."""

    entries: int
    new_objects: int
    records: tuple[RecordOutcome, ...]
    withdrawals: int
    revocations: int
    unreadable: tuple[tuple[int, ExpectedError], ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Accepted:
    """What became of each sealed bundle, and what the decision about entries that were here changed."""

    outcomes: tuple[Outcome, ...]
    changed: Changed


@dataclass(frozen=True, slots=True)
class _Unstanding:
    """An entry (its row) that does not stand."""

    row: int
    id: EntryId
    seq: int
    time_ms: int
    prev: EntryId


class _LookedError(Exception):
    """Undoes what was done only to be looked at."""


def senders(archive: Archive) -> list[Sender]:
    """Everybody of whom something waits or was refused, those with sealed bundles first."""
    callings = Callings(archive)
    known = {peer.card.log: peer for peer in trust.known_cards(archive)}
    bundles: defaultdict[LogId, list[Quarantined]] = defaultdict(list)
    for each in waiting(archive):
        bundles[each.card.log].append(each)
    logs = [*bundles, *(log for log in standing.beyond_counts(archive.connection) if log not in bundles)]
    return [_sender(archive, log, bundles[log], known.get(log), callings) for log in logs]


def look_inside(archive: Archive, chosen: Sender | Quarantined) -> Look:
    """What would come in if this were accepted. Nothing is believed or written, and all of it waits on.

    A bundle that goes on from another that waits is looked at after that one, if the sender is looked at as a whole.

    Raises:
        DiskFullError, PlaceUnwritableError: there is no room for looking.
    """
    looked: list[Look] = []
    try:
        with archive.vault.saving():
            looked.append(_looked(archive, chosen))
            _undo()
    except _LookedError:
        pass
    return looked[0]


def accept(archive: Archive, chosen: Sender | Quarantined) -> Accepted:
    """Take in what waits of a sender, or one bundle of theirs: it stands here all the same.

    Raises:
        PeerNotFoundError: the sender was never trusted here: trust them first.
        What `arrivals.commit` raises of the first bundle that cannot be taken in; it and those after it wait on.
    """
    known = {peer.fingerprint: peer.name for peer in trust.known_cards(archive)}
    done = []
    for bundle in _bundles(chosen):
        if bundle.card.fingerprint not in known:
            raise PeerNotFoundError(tuple(each.name for each in trust.peers(archive)))
        taken = _opened(archive, bundle, known[bundle.card.fingerprint], dry_run=False)
        done.append(_take_in(archive, taken, dry_run=False))
        drop(archive, bundle)
    changed = _decide_held(archive, chosen, accepted=True)
    return Accepted(tuple(done), changed)


def refuse(archive: Archive, chosen: Sender | Quarantined) -> Changed:
    """Remove the sealed bundles for good; entries that are here stay, do not stand, and wait no longer."""
    for bundle in _bundles(chosen):
        drop(archive, bundle)
    return _decide_held(archive, chosen, accepted=False)


def _bundles(chosen: Sender | Quarantined) -> Sequence[Quarantined]:
    return chosen.bundles if isinstance(chosen, Sender) else (chosen,)


def _opened(archive: Archive, bundle: Quarantined, name: str, *, dry_run: bool) -> Taken:
    """A sealed bundle, opened and staged as if its sender were trusted under this name."""
    desk = receiving(archive)
    desk = replace(desk, trusted={**desk.trusted, bundle.card.fingerprint: name})
    return take(desk, archive.vault.objects, bundle.path, dry_run=dry_run)


def _take_in(archive: Archive, taken: Taken, *, dry_run: bool) -> Outcome:
    """Take in what is staged, and have all that it brings of its sender's log stand."""
    settle = partial(_settle, log=taken.facts.card.log, accepted=True)
    return arrivals.commit(archive, taken, dry_run=dry_run, decided=settle)


def _decide_held(archive: Archive, chosen: Sender | Quarantined, *, accepted: bool) -> Changed:
    if not isinstance(chosen, Sender) or chosen.held is None:
        return Changed()
    with archive.vault.saving():
        return Changed(
            frozenset(projection.refresh(archive.connection, _settle(archive, chosen.log, accepted=accepted)))
        )


def _settle(archive: Archive, log: LogId, *, accepted: bool) -> set[RecordId]:
    """Write down the decision about what is here of a log. Gives the records that this may change.

    What is beyond a cut may have branched: each end of a branch is named, the newest first, and no more than a few.
    """
    held = _unstanding(archive, log)
    before = {each.prev for each in held}
    ends = sorted((each for each in held if each.id not in before), key=lambda each: -each.row)[:MOST_BRANCHES]
    save = secrets.token_bytes(16)
    archive.note([decision_body(Standing(log, each.seq, each.id, accepted), save=save) for each in ends])
    return _records(archive, [each.row for each in held])


def _looked(archive: Archive, chosen: Sender | Quarantined) -> Look:
    """What `accept` would bring; all of it is undone by the caller."""
    look = Look(0, 0, (), 0, 0)
    objects: set[bytes] = set()
    for bundle in _bundles(chosen):
        try:
            taken = _opened(archive, bundle, bundle.card.person, dry_run=True)
            objects |= {each.stored.sha256 for each in taken.objects}
            outcome = _take_in(archive, taken, dry_run=True)
        except ExpectedError as problem:
            look = replace(look, unreadable=(*look.unreadable, (bundle.id, problem)))
            continue
        look = Look(
            look.entries + outcome.new_entries,
            len(objects),
            _joined(look.records, outcome.records),
            look.withdrawals + len(outcome.withdrawals),
            look.revocations + len(outcome.revocations),
            look.unreadable,
        )
    return _with_held(archive, chosen.log, look) if isinstance(chosen, Sender) and chosen.held is not None else look


def _with_held(archive: Archive, log: LogId, look: Look) -> Look:
    held = _unstanding(archive, log)
    kinds = Counter(
        entry.body.kind for each in held if (entry := stored_entry(archive.connection, each.row)).body is not None
    )
    touched = _settle(archive, log, accepted=True)
    before = outcomes.rows_of(archive.connection, touched)
    projection.refresh(archive.connection, touched)
    shown = outcomes.told(before, outcomes.rows_of(archive.connection, touched), arrivals.today(archive))
    return replace(
        look,
        entries=look.entries + len(held),
        records=_joined(look.records, shown),
        withdrawals=look.withdrawals + kinds[Withdraw.KIND],
        revocations=look.revocations + kinds[Revoke.KIND],
    )


def _joined(one: Sequence[RecordOutcome], other: Sequence[RecordOutcome]) -> tuple[RecordOutcome, ...]:
    """One outcome for each record: how it looks last, and new where it was new first."""
    found = {each.id: each for each in one}
    for each in other:
        first = found.get(each.id)
        is_new = first is not None and first.what == "new" and each.what == "changed"
        found[each.id] = replace(each, what="new") if is_new else each
    return tuple(found.values())


def _sender(
    archive: Archive, log: LogId, bundles: Sequence[Quarantined], peer: Peer | None, callings: Callings
) -> Sender:
    unstanding = _unstanding(archive, log)
    refused = _refused(archive, log) if unstanding else frozenset()
    held = [each for each in unstanding if each.row not in refused]
    card = peer.card if peer else (bundles[-1].card if bundles else None)
    return Sender(
        log=log,
        name=peer.name if peer else "",
        person=card.person if card else callings.name(log),
        device=card.device if card else callings.device(log),
        card=card,
        trusted=peer is not None and peer.trusted,
        revoked=peer is not None and peer.revoked,
        bundles=tuple(bundles),
        held=_held(archive, held) if held else None,
        refused=len(unstanding) - len(held),
    )


def _held(archive: Archive, held: Sequence[_Unstanding]) -> Held:
    times = [each.time_ms for each in held]
    records = _records(archive, [each.row for each in held])
    return Held(len(held), min(times), max(times), tuple(sorted(records)))


def _unstanding(archive: Archive, log: LogId) -> list[_Unstanding]:
    """The entries of a log that do not stand here, of which the bodies are here."""
    rows = archive.connection.execute(
        "SELECT entry.id, entry.entry, entry.seq, entry.time_ms, entry.header FROM unstanding"
        " JOIN entry ON entry.id = unstanding.entry JOIN log ON log.id = entry.log WHERE log.log = ? ORDER BY entry.id",
        (log,),
    )
    return [
        _Unstanding(row, EntryId(entry), seq, time_ms, read_entry(header, _ANY_SIGNATURE).header.prev)
        for row, entry, seq, time_ms, header in rows
    ]


def _refused(archive: Archive, log: LogId) -> frozenset[int]:
    """The rows of a log up to which a person refused what does not stand."""
    refused: set[int] = set()
    known = set(standing.unstanding(archive.connection, log))
    for entry in stored_entries(archive.connection, kind=Standing.KIND):
        said = read_decision(entry.body) if entry.arrival is None and entry.body else None
        if isinstance(said, Standing) and said.log == log and not said.accepted:
            refused |= known - set(chains.beyond(archive.connection, log, said.seq, said.head))
    return frozenset(refused)


def _records(archive: Archive, rows: Iterable[int]) -> set[RecordId]:
    """The records that these entries speak of."""
    bodies = (stored_entry(archive.connection, row).body for row in rows)
    return {record for body in bodies if body is not None and (record := record_of(body)) is not None}


def _undo() -> None:
    raise _LookedError
