"""What stands in the bodies of entries about records: written here, and read from others without trust.

    edit, attach, resolve, hide   {record, type, part, claims: [{field, value, replaces?, source?, reliability?, note?,
                                  preferred?, restates?: entry}], undoes?: save id}; `hide` claims the field `hidden`
                                  (true, or false)
    custody                       {record, event, purpose?, sha256?}       (PREMIS event terms)

Rule 1: one entry speaks of one record and one compartment (`part`).
Rule 2: what cannot be read is left aside, never guessed; the entry itself stays in the journal and is passed on.
Rule 3: to undo is to say again what was said before: such a claim names in `restates` the entry that said it first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeGuard

from fieldapp.records.model import ORDINARY, field_of
from fieldapp.values import EntryId, RecordId
from fieldapp.vault.encoding import Plain
from fieldapp.vault.entry import Body

CLAIM_KINDS = frozenset({"edit", "attach", "resolve", "hide"})
HIDDEN = "hidden"

_MAX_FIELD = 100
_MAX_SHORT = 1000


@dataclass(frozen=True, slots=True)
class NewClaim:
    """A claim to be written."""

    key: str
    value: Plain
    replaces: tuple[EntryId, ...] = ()
    source: str = ""
    reliability: str = ""
    note: str = ""
    preferred: bool = False
    restates: EntryId | None = None


@dataclass(frozen=True, slots=True)
class Claims:
    """What an entry claims about one record; `undoes` is the id of the save that it takes back, if it does."""

    record: RecordId
    type: str
    part: str
    claims: tuple[NewClaim, ...] = field(default=())
    undoes: bytes = b""


@dataclass(frozen=True, slots=True)
class CustodyEvent:
    """Something that happened to a record's evidence: capture, ingest, access, transfer, …"""

    record: RecordId
    event: str
    purpose: str = ""
    sha256: bytes = b""


def claims_body(claims: Claims, *, kind: str, save: bytes) -> Body:
    """The body that says `claims`."""
    payload: dict[str, Plain] = {
        "record": claims.record,
        "type": claims.type,
        "part": claims.part,
        "claims": [_write_claim(claim) for claim in claims.claims],
    }
    if claims.undoes:
        payload["undoes"] = claims.undoes
    return Body(kind, save, payload)


def custody_body(event: CustodyEvent, *, save: bytes) -> Body:
    """The body that tells of a custody event."""
    payload: dict[str, Plain] = {"record": event.record, "event": event.event}
    if event.purpose:
        payload["purpose"] = event.purpose
    if event.sha256:
        payload["sha256"] = event.sha256
    return Body("custody", save, payload)


def read_claims(body: Body) -> Claims | None:
    """What the body claims; None where nothing of it can be read. Single claims that cannot be are left out."""
    record = record_of(body)
    kind, part, claims = (body.payload.get(name) for name in ("type", "part", "claims"))
    if body.kind not in CLAIM_KINDS or record is None:
        return None
    if not (isinstance(kind, str) and isinstance(part, str) and isinstance(claims, list)):
        return None
    read = (_read_claim(claim) for claim in claims)
    undoes = body.payload.get("undoes")
    return Claims(
        record,
        kind[:_MAX_FIELD],
        part[:_MAX_FIELD],
        tuple(claim for claim in read if claim is not None),
        undoes if isinstance(undoes, bytes) else b"",
    )


def read_custody(body: Body) -> CustodyEvent | None:
    """The custody event the body tells of, if it tells of one."""
    record, event = record_of(body), body.payload.get("event")
    if body.kind != "custody" or record is None or not isinstance(event, str):
        return None
    sha256 = body.payload.get("sha256")
    return CustodyEvent(
        record, event[:_MAX_FIELD], _short(body.payload.get("purpose")), sha256 if isinstance(sha256, bytes) else b""
    )


def record_of(body: Body) -> RecordId | None:
    """The record the body speaks of, if it says so in the way that all kinds do."""
    record = body.payload.get("record")
    return RecordId(record) if isinstance(record, bytes) and len(record) == 16 else None


def part_of(body: Body) -> str:
    """The compartment the body belongs to; "ordinary" where it says none."""
    part = body.payload.get("part")
    return part[:_MAX_FIELD] if isinstance(part, str) else ORDINARY


def part_of_key(type_name: str, key: str) -> str:
    """The compartment that a field belongs to; "ordinary" for one that this version does not know."""
    known = field_of(type_name, key)
    return known.compartment if known else ORDINARY


def first_of_each_key(claims: Sequence[NewClaim]) -> dict[str, NewClaim]:
    """The claims by key; where one entry claims a key twice, the first counts."""
    by_key: dict[str, NewClaim] = {}
    for claim in claims:
        by_key.setdefault(claim.key, claim)
    return by_key


def _write_claim(claim: NewClaim) -> Plain:
    written: dict[str, Plain] = {"field": claim.key, "value": claim.value}
    if claim.replaces:
        written["replaces"] = list(claim.replaces)
    for name in ("source", "reliability", "note"):
        text = getattr(claim, name)
        if text:
            written[name] = text
    if claim.preferred:
        written["preferred"] = True
    if claim.restates is not None:
        written["restates"] = claim.restates
    return written


def _read_claim(claim: Plain) -> NewClaim | None:
    if not isinstance(claim, dict):
        return None
    key = claim.get("field")
    if not isinstance(key, str) or not 0 < len(key) <= _MAX_FIELD:
        return None
    if "value" not in claim:  # a shape of a newer version: it must not be taken for "cleared"
        return None
    return NewClaim(key, claim["value"]) if len(claim) == 2 else _read_long_claim(key, claim)


def _read_long_claim(key: str, claim: dict[str, Plain]) -> NewClaim | None:
    """A claim that says more than a field and a value."""
    replaces, restates = claim.get("replaces", []), claim.get("restates")
    if not isinstance(replaces, list):
        return None
    return NewClaim(
        key,
        claim["value"],
        tuple(EntryId(target) for target in replaces if _is_entry(target)),
        source=_short(claim.get("source")),
        reliability=_short(claim.get("reliability")),
        note=_short(claim.get("note")),
        preferred=claim.get("preferred") is True,
        restates=EntryId(restates) if _is_entry(restates) else None,
    )


def _is_entry(value: Plain) -> TypeGuard[bytes]:
    return isinstance(value, bytes) and len(value) == 32


def _short(value: Plain) -> str:
    return value[:_MAX_SHORT] if isinstance(value, str) else ""
