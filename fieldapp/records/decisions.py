"""What stands in the bodies of entries that decide: about people, devices and withdrawals. Written here, and read from
others without trust; what follows from them is said in `records.standing`.

    trust     {card, name, state: trusted | refused, role: coordinator | field, log, fingerprint, despite: [entry]}
              who is trusted here, with what role; `despite` names the revocations known then
    revoke    {fingerprint, log, seq, head, reason, name}   what `log` says beyond its entry `head` at `seq` is not
              to be believed, nor its card; seq -1, and a head of zero bytes: nothing of it
    standing  {log, seq, head, state: accepted | refused}   up to `head`, what was revoked stands here, or does not
    withdraw  {record, state: withdrawn | lifted, by, how, date, reason, lifts: [entry]}   the narrator takes back what
              was told: who confirmed that wish, and how; or the withdrawals `lifts` are taken back
    keep      {record, withdrawal: entry, reason}   this withdrawal is declined here
    shred     {record, withdrawal: entry | b"", entries, documents}   a person confirmed, and so many bodies are gone
    receipt   {statement, signature}   what a device holds (`bundles.receipt`)

Rule 1: what cannot be read is left aside, never guessed; the entry stays in the journal and is passed on.
Rule 2: trust, standing and keep (and key, of a handed-out key) are of this device alone: their bodies never travel.
Rule 3: lists are read up to a limit, texts are cut; unknown keys are borne, unknown states are not guessed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self, TypeGuard

from fieldapp.values import EntryId, LogId, RecordId
from fieldapp.vault.encoding import Plain
from fieldapp.vault.entry import MAX_SEQ, NO_ENTRY, Body

NEVER_TRAVEL = frozenset({"trust", "key", "standing", "keep"})
"""Kinds whose bodies stay on the device that wrote them."""

HOW_CONFIRMED = ("written", "audio", "spoken", "witnessed", "relative", "other")
"""How the wish of a narrator was confirmed."""

COORDINATOR, FIELD = "coordinator", "field"
TRUSTED, REFUSED, ACCEPTED = "trusted", "refused", "accepted"
WITHDRAWN, LIFTED = "withdrawn", "lifted"

MOST_NAMED = 1000
"""How many entries one decision may name."""

_MAX_WORD = 100
_MAX_TEXT = 1000
_MAX_CARD = 64 * 1024
_MAX_STATEMENT = 1024 * 1024
_NO_LOG = LogId(b"")

Payload = dict[str, Plain]


@dataclass(frozen=True, slots=True)
class Trust:
    """A decision about a card. `log` is empty in entries of the first version, which named no role either."""

    KIND: ClassVar[str] = "trust"
    card: bytes
    name: str
    trusted: bool
    role: str = FIELD
    log: LogId = _NO_LOG
    fingerprint: bytes = b""
    despite: tuple[EntryId, ...] = ()

    def payload(self) -> Payload:
        """What the body says."""
        return {
            "card": self.card,
            "name": self.name,
            "state": TRUSTED if self.trusted else REFUSED,
            "role": self.role,
            "log": self.log,
            "fingerprint": self.fingerprint,
            "despite": list(self.despite[:MOST_NAMED]),
        }

    @classmethod
    def read(cls, payload: Payload) -> Self | None:
        """What the body says, if it can be read."""
        card, name, state = payload.get("card"), payload.get("name"), payload.get("state")
        if not isinstance(card, bytes) or len(card) > _MAX_CARD or not isinstance(name, str):
            return None
        log, fingerprint = payload.get("log"), payload.get("fingerprint")
        return cls(
            card,
            name[:_MAX_TEXT],
            state == TRUSTED,
            COORDINATOR if payload.get("role") == COORDINATOR else FIELD,
            LogId(log) if _is_bytes(log, 16) else _NO_LOG,
            fingerprint if _is_bytes(fingerprint, 32) else b"",
            _entries(payload.get("despite")),
        )


@dataclass(frozen=True, slots=True)
class Revoke:
    """After the entry `head` at `seq`, a log is not believed (seq -1, head of zero bytes: from its beginning on)."""

    KIND: ClassVar[str] = "revoke"
    fingerprint: bytes
    log: LogId
    seq: int
    head: EntryId
    reason: str = ""
    name: str = ""

    def payload(self) -> Payload:
        """What the body says."""
        return {
            "fingerprint": self.fingerprint,
            "log": self.log,
            "seq": self.seq,
            "head": self.head,
            "reason": self.reason,
            "name": self.name,
        }

    @classmethod
    def read(cls, payload: Payload) -> Self | None:
        """What the body says, if it can be read."""
        place = _place(payload)
        fingerprint = payload.get("fingerprint")
        if place is None or not _is_bytes(fingerprint, 32):
            return None
        return cls(fingerprint, *place, _text(payload, "reason"), _text(payload, "name"))


@dataclass(frozen=True, slots=True)
class Standing:
    """Up to the entry `head` at `seq`, what a log said although it was revoked stands here, or does not."""

    KIND: ClassVar[str] = "standing"
    log: LogId
    seq: int
    head: EntryId
    accepted: bool

    def payload(self) -> Payload:
        """What the body says."""
        state = ACCEPTED if self.accepted else REFUSED
        return {"log": self.log, "seq": self.seq, "head": self.head, "state": state}

    @classmethod
    def read(cls, payload: Payload) -> Self | None:
        """What the body says, if it can be read."""
        place, state = _place(payload), payload.get("state")
        if place is None or state not in (ACCEPTED, REFUSED):
            return None
        return cls(*place, state == ACCEPTED)


@dataclass(frozen=True, slots=True)
class Withdraw:
    """A record is withdrawn; or (not `withdrawn`) the withdrawals that `lifts` names are taken back.

    `by`: who confirmed the narrator's wish, in words; `how`: one of `HOW_CONFIRMED`, or unknown here; `date` as EDTF.
    """

    KIND: ClassVar[str] = "withdraw"
    record: RecordId
    withdrawn: bool
    by: str = ""
    how: str = ""
    date: str = ""
    reason: str = ""
    lifts: tuple[EntryId, ...] = ()

    def payload(self) -> Payload:
        """What the body says."""
        payload: Payload = {
            "record": self.record,
            "state": WITHDRAWN if self.withdrawn else LIFTED,
            "by": self.by,
            "how": self.how,
            "date": self.date,
            "reason": self.reason,
        }
        if self.lifts:
            payload["lifts"] = list(self.lifts[:MOST_NAMED])
        return payload

    @classmethod
    def read(cls, payload: Payload) -> Self | None:
        """What the body says, if it can be read."""
        record, state = payload.get("record"), payload.get("state")
        if not _is_bytes(record, 16) or state not in (WITHDRAWN, LIFTED):
            return None
        how = _text(payload, "how")[:_MAX_WORD]
        by, date, reason = (_text(payload, name) for name in ("by", "date", "reason"))
        lifts = _entries(payload.get("lifts"))
        return cls(RecordId(record), state == WITHDRAWN, by, how, date, reason, lifts)


@dataclass(frozen=True, slots=True)
class Keep:
    """A withdrawal is declined here."""

    KIND: ClassVar[str] = "keep"
    record: RecordId
    withdrawal: EntryId
    reason: str = ""

    def payload(self) -> Payload:
        """What the body says."""
        return {"record": self.record, "withdrawal": self.withdrawal, "reason": self.reason}

    @classmethod
    def read(cls, payload: Payload) -> Self | None:
        """What the body says, if it can be read."""
        record, withdrawal = payload.get("record"), payload.get("withdrawal")
        if not _is_bytes(record, 16) or not _is_bytes(withdrawal, 32):
            return None
        return cls(RecordId(record), EntryId(withdrawal), _text(payload, "reason"))


@dataclass(frozen=True, slots=True)
class Shred:
    """A person confirmed a withdrawal, and the bodies of a record were destroyed there: so many, and documents."""

    KIND: ClassVar[str] = "shred"
    record: RecordId
    withdrawal: EntryId | None
    entries: int
    documents: int

    def payload(self) -> Payload:
        """What the body says."""
        withdrawal = self.withdrawal or b""
        return {"record": self.record, "withdrawal": withdrawal, "entries": self.entries, "documents": self.documents}

    @classmethod
    def read(cls, payload: Payload) -> Self | None:
        """What the body says, if it can be read."""
        record, withdrawal = payload.get("record"), payload.get("withdrawal")
        if not _is_bytes(record, 16):
            return None
        named = EntryId(withdrawal) if _is_bytes(withdrawal, 32) else None
        return cls(RecordId(record), named, _count(payload.get("entries")), _count(payload.get("documents")))


@dataclass(frozen=True, slots=True)
class Receipt:
    """A signed statement of what a device holds, as it was written."""

    KIND: ClassVar[str] = "receipt"
    statement: bytes
    signature: bytes

    def payload(self) -> Payload:
        """What the body says."""
        return {"statement": self.statement, "signature": self.signature}

    @classmethod
    def read(cls, payload: Payload) -> Self | None:
        """What the body says, if it can be read."""
        statement, signature = payload.get("statement"), payload.get("signature")
        if not isinstance(statement, bytes) or len(statement) > _MAX_STATEMENT or not _is_bytes(signature, 64):
            return None
        return cls(statement, signature)


Decision = Trust | Revoke | Standing | Withdraw | Keep | Shred | Receipt

_BY_KIND: dict[str, type[Decision]] = {
    kind.KIND: kind for kind in (Trust, Revoke, Standing, Withdraw, Keep, Shred, Receipt)
}

KINDS = frozenset(_BY_KIND)


def decision_body(decision: Decision, *, save: bytes) -> Body:
    """The body that says a decision. `save`: 16 bytes, one for all that is saved together."""
    return Body(decision.KIND, save, decision.payload())


def read_decision(body: Body) -> Decision | None:
    """The decision that a body says; None where it is of another kind, or cannot be read."""
    kind = _BY_KIND.get(body.kind)
    return kind.read(body.payload) if kind else None


def _place(payload: Payload) -> tuple[LogId, int, EntryId] | None:
    log, seq, head = payload.get("log"), payload.get("seq"), payload.get("head")
    if not _is_bytes(log, 16) or isinstance(seq, bool) or not isinstance(seq, int):
        return None
    if seq == -1 and head in (b"", NO_ENTRY):
        return LogId(log), -1, NO_ENTRY
    if not 0 <= seq <= MAX_SEQ or not _is_bytes(head, 32):
        return None
    return LogId(log), seq, EntryId(head)


def _entries(value: Plain) -> tuple[EntryId, ...]:
    named = value[:MOST_NAMED] if isinstance(value, list) else []
    return tuple(EntryId(each) for each in named if _is_bytes(each, 32))


def _is_bytes(value: Plain, size: int) -> TypeGuard[bytes]:
    return isinstance(value, bytes) and len(value) == size


def _text(payload: Payload, name: str) -> str:
    value = payload.get(name)
    return value[:_MAX_TEXT] if isinstance(value, str) else ""


def _count(value: Plain) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_SEQ else 0
