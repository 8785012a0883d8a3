"""A narrator takes back what was told: said here, heard from others, and confirmed by a person before anything is lost.

A withdrawal of the record's author, of a coordinator, or written here, takes the record out of sight and out of every
bundle at once; one of anybody else is a request, which is shown and does nothing. Destroying is a person's act.

Rule 1: nothing that arrives destroys. `confirm` takes what is pending at that moment, and nothing else.
Rule 2: what went is told: how much, and which documents stay because something else needs them.
Rule 3: who got something of a record must be told by other means. The list is kept when the record goes, until a person
        says that they were told.
"""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from fieldapp.errors import BadValueError
from fieldapp.records import dates, store, withdrawing
from fieldapp.records.decisions import Keep, Shred, Withdraw, decision_body
from fieldapp.records.fields_values import TEXT_MAX_CHARACTERS, clean_text
from fieldapp.services import erasure, scrubbing, telling
from fieldapp.services.archive import Archive, Changed
from fieldapp.services.erasure import Shared
from fieldapp.services.telling import Told, to_tell, told, who_must_be_told
from fieldapp.services.withdrawn import State, Withdrawal, standing_withdrawals, title_of
from fieldapp.values import LogId, RecordId

__all__ = [
    "Group",
    "How",
    "KeptDocument",
    "Outlook",
    "Shredded",
    "State",
    "Told",
    "Withdrawal",
    "by_sender",
    "confirm",
    "decline",
    "declined",
    "lift",
    "outlook",
    "pending",
    "pending_among",
    "requests",
    "requests_among",
    "to_tell",
    "told",
    "who_must_be_told",
    "withdraw",
]


class How(StrEnum):
    """How the narrator's wish was confirmed."""

    WRITTEN = "written"
    AUDIO = "audio"
    SPOKEN = "spoken"
    WITNESSED = "witnessed"
    RELATIVE = "relative"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Group:
    """The withdrawals of one sender. `own`: they write or wrote here; `mine`: it is who unlocked."""

    sender: str
    sender_log: LogId
    own: bool
    withdrawals: tuple[Withdrawal, ...]
    mine: bool = False


@dataclass(frozen=True, slots=True)
class KeptDocument:
    """A document that stays, with the titles of the records that use it; none where the link to it is a stranger's."""

    document: RecordId
    title: str
    shared_with: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Outlook:
    """What confirming would destroy, and what it would leave."""

    records: int
    entries: int
    documents: int
    object_bytes: int
    kept: tuple[KeptDocument, ...]


@dataclass(frozen=True, slots=True)
class Shredded:
    """What was destroyed; `told`: who must be told by other means, by record."""

    records: tuple[RecordId, ...]
    entries: int
    documents: int
    kept: tuple[KeptDocument, ...]
    told: dict[RecordId, tuple[Told, ...]]
    changed: Changed


def withdraw(archive: Archive, record: RecordId, *, by: str, how: How, date: str = "", reason: str = "") -> Changed:
    """Say that the narrator takes a record back: it leaves all lists and bundles at once, and the word travels.

    `by`: who confirmed the narrator's wish; `date`: when, in words that can be understood as a date.

    Raises:
        RecordNotFoundError. BadValueError: nobody is named in `by`, or a text will not do. DiskFullError.
    """
    named = _words("by", by)
    if not named:
        raise BadValueError("by", "type")
    with archive.vault.saving() as connection:
        store.row_of(connection, record)
        said = Withdraw(record, True, named, How(how).value, _edtf(date), _words("reason", reason))
        return archive.write([decision_body(said, save=secrets.token_bytes(16))])[1]


def lift(
    archive: Archive, record: RecordId, *, by: str = "", how: How = How.OTHER, date: str = "", reason: str = ""
) -> Changed:
    """Take back the withdrawals of a record that are in effect here. What was destroyed stays destroyed.

    Raises:
        BadValueError: a text will not do. DiskFullError: nothing was changed.
    """
    with archive.vault.saving() as connection:
        lifted = tuple(each.entry for each in withdrawing.withdrawals(connection, record) if _is_in_force(each))
        if not lifted:
            return Changed()
        facts = _words("by", by), How(how).value, _edtf(date), _words("reason", reason)
        said = Withdraw(record, False, *facts, lifts=lifted)
        return archive.write([decision_body(said, save=secrets.token_bytes(16))])[1]


def pending(archive: Archive) -> list[Withdrawal]:
    """The withdrawals in effect whose records are still here: a person decides. Those confirmed before come first."""
    return pending_among(standing_withdrawals(archive))


def requests(archive: Archive) -> list[Withdrawal]:
    """The withdrawals of people who are neither the author nor a coordinator, of records that are here: no effect."""
    return requests_among(standing_withdrawals(archive))


def pending_among(withdrawals: Iterable[Withdrawal]) -> list[Withdrawal]:
    """Of these, what `pending` gives."""
    found = [each for each in withdrawals if each.state is State.PENDING]
    return sorted(found, key=lambda each: (not each.again, each.time_ms, each.entry))


def requests_among(withdrawals: Iterable[Withdrawal]) -> list[Withdrawal]:
    """Of these, what `requests` gives."""
    return [each for each in withdrawals if each.state is State.REQUEST and each.bodies]


def declined(archive: Archive) -> list[Withdrawal]:
    """The withdrawals that were declined here."""
    return [each for each in standing_withdrawals(archive) if each.state is State.DECLINED]


def by_sender(withdrawals: Iterable[Withdrawal]) -> list[Group]:
    """The same, grouped by who issued them; the largest group first."""
    grouped: defaultdict[LogId, list[Withdrawal]] = defaultdict(list)
    for each in withdrawals:
        grouped[each.sender_log].append(each)
    groups = [Group(some[0].sender, log, some[0].own, tuple(some), some[0].mine) for log, some in grouped.items()]
    return sorted(groups, key=lambda group: (-len(group.withdrawals), group.sender_log))


def outlook(archive: Archive, withdrawals: Collection[Withdrawal]) -> Outlook:
    """What `confirm` would destroy now, and what it would leave."""
    records = {each.record for each in _still_pending(archive, withdrawals)}
    going = erasure.reach(archive, records, with_tasks=True)
    return Outlook(
        len(records),
        len(going.entries),
        len(going.documents),
        erasure.size_of(archive.connection, going.objects),
        _kept(archive, going.kept),
    )


def decline(archive: Archive, withdrawals: Collection[Withdrawal], reason: str = "") -> Changed:
    """Keep the records all the same: these withdrawals have no effect here.

    Raises:
        BadValueError: `reason` will not do. DiskFullError: nothing was changed.
    """
    words, save = _words("reason", reason), secrets.token_bytes(16)
    wanted = {each.entry for each in withdrawals}
    with archive.vault.saving():
        kept = [
            Keep(each.record, each.entry, words)
            for each in standing_withdrawals(archive)
            if each.entry in wanted and each.state in {State.PENDING, State.REQUEST}
        ]
        return archive.write([decision_body(each, save=save) for each in kept])[1] if kept else Changed()


def confirm(archive: Archive, withdrawals: Collection[Withdrawal]) -> Shredded:
    """Destroy what is here of these records, as far as their withdrawals are pending now. It cannot be undone.

    The bodies of the records, of the links at them and of the tasks about them go, and the documents attached only to
    them. What is not pending any more is left out, so it may be asked again.

    Raises:
        DiskFullError, PlaceUnwritableError: nothing was changed.
    """
    with archive.vault.saving():
        confirmed = _still_pending(archive, withdrawals)
        going = erasure.reach(archive, {each.record for each in confirmed}, with_tasks=True)
        kept = _kept(archive, going.kept)
        news = _news(archive, confirmed)
        must_be_told = {each.record: telling.remember(archive, each.record) for each in news}
        changed = erasure.take_off(archive, going, for_good=True)
        save = secrets.token_bytes(16)
        if news:
            changed |= archive.write([decision_body(each, save=save) for each in news])[1]
    if going.entries:
        erasure.clean_up(archive)
        scrubbing.scrub(archive)
    return Shredded(
        tuple(each.record for each in news), len(going.entries), len(going.documents), kept, must_be_told, changed
    )


def _still_pending(archive: Archive, withdrawals: Collection[Withdrawal]) -> list[Withdrawal]:
    wanted = {each.entry for each in withdrawals}
    return [each for each in pending(archive) if each.entry in wanted]


def _news(archive: Archive, confirmed: Sequence[Withdrawal]) -> list[Shred]:
    """What is told of each record that goes."""
    news: dict[RecordId, Shred] = {}
    for each in confirmed:
        if each.record not in news:
            going = erasure.reach(archive, [each.record])
            news[each.record] = Shred(each.record, each.entry, len(going.entries), len(going.documents))
    return list(news.values())


def _kept(archive: Archive, shared: Sequence[Shared]) -> tuple[KeptDocument, ...]:
    return tuple(
        KeptDocument(
            each.document, title_of(archive, each.document), tuple(title_of(archive, other) for other in each.records)
        )
        for each in shared
    )


def _words(field: str, text: str) -> str:
    return " ".join(clean_text(field, text, TEXT_MAX_CHARACTERS).split())


def _edtf(text: str) -> str:
    """The date that was meant, as EDTF. Raises BadValueError."""
    words = _words("date", text)
    if not words:
        return ""
    understood = dates.understand(words)
    if understood is None:
        raise BadValueError("date", "date")
    return understood.edtf


def _is_in_force(said: withdrawing.Withdrawal) -> bool:
    return said.withdrawn and said.counts and not said.lifted
