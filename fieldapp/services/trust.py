"""Who is who: the people whose cards were compared by voice or in person, and what they are to us.

A decision to trust is an entry of the own log (kind `trust`: records.decisions); its body never leaves this device.
Only what is written here counts: nobody else's trust becomes ours, and what comes in with a bundle is never our
decision, not even where a copy of a log of ours goes on elsewhere. Where several people write here, the decision of any
of them holds for the vault, and the newest counts.

A role is part of that decision, so a device can never make itself a coordinator. A revocation (`services.revoking`)
travels; who is trusted again in spite of it (`despite`) is trusted.
"""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from fieldapp.bundles.card import Card, check_card_text, read_card
from fieldapp.errors import CardError, OwnCardError, PeerAmbiguousError, PeerNameTakenError, PeerNotFoundError
from fieldapp.records import revoked, standing
from fieldapp.records.decisions import Trust, decision_body, read_decision
from fieldapp.services.archive import Archive, Changed
from fieldapp.services.cards import (
    own_card,
    own_fingerprints,
    read_card_file,
    write_card_file,
    writing_fingerprints,
)
from fieldapp.services.likeness import look_alike
from fieldapp.values import EntryId
from fieldapp.vault import chains
from fieldapp.vault.journal import StoredEntry, stored_entries

__all__ = [
    "Peer",
    "Role",
    "continued_by",
    "coordinators",
    "distrust",
    "find_known",
    "find_peer",
    "known_cards",
    "own_card",
    "own_fingerprints",
    "peers",
    "read_card_file",
    "set_role",
    "trust",
    "write_card_file",
]

_LEAST_PREFIX = 6


class Role(StrEnum):
    """What somebody is to us. Coordinators keep everything, revoke devices and withdraw for others."""

    COORDINATOR = "coordinator"
    FIELD = "field"


@dataclass(frozen=True, slots=True)
class Peer:
    """Somebody whose card is or was trusted, under the name that is used for them here.

    `revoked`: their device is counted as lost; `trusted`: what was decided here last.
    """

    name: str
    card: Card
    since_ms: int
    role: Role = Role.FIELD
    revoked: bool = False
    trusted: bool = True

    @property
    def fingerprint(self) -> bytes:
        """The fingerprint of their keys."""
        return self.card.fingerprint


@dataclass(frozen=True, slots=True)
class _Decision:
    """The newest decision about a card."""

    peer: Peer
    despite: tuple[EntryId, ...]


def trust(archive: Archive, card: Card, *, name: str | None = None, role: Role | None = None) -> Peer:
    """Trust a card, after a person has compared its words with its owner. A known card can be given another name.

    Without a role, a new one is a field device, and a known one stays what it was. It is trusted in spite of every
    revocation of it that has come until now.

    Raises:
        OwnCardError: it is that of somebody who writes here. CardTextError: no such name will do.
        PeerNameTakenError: somebody else has the name here.
    """
    if card.fingerprint in writing_fingerprints(archive):
        raise OwnCardError
    called = unicodedata.normalize("NFC", name if name is not None else card.person)
    check_card_text(called)
    called = " ".join(called.split())
    before = _decided(archive)
    for each in before.values():
        other = each.peer
        if _is_trusted(other) and look_alike(other.name, called) and other.fingerprint != card.fingerprint:
            raise PeerNameTakenError
    known = before.get(card.fingerprint)
    chosen = role or (known.peer.role if known else Role.FIELD)
    _decide(archive, Peer(called, card, 0, chosen), _known_revocations(archive, card), trusted=True)
    return _decided(archive)[card.fingerprint].peer


def set_role(archive: Archive, peer: Peer, role: Role) -> Peer:
    """Make somebody who is trusted a coordinator, or a field device again.

    Raises:
        PeerNotFoundError: they are not trusted, or no longer.
    """
    known = _decided(archive).get(peer.fingerprint)
    if known is None or not _is_trusted(known.peer):
        raise _not_found(peers(archive))
    _decide(archive, Peer(known.peer.name, known.peer.card, 0, role), known.despite, trusted=True)
    return _decided(archive)[peer.fingerprint].peer


def distrust(archive: Archive, peer: Peer) -> None:
    """No longer trust somebody: their bundles go to quarantine, and nothing can be sealed for them. What came stays."""
    known = _decided(archive).get(peer.fingerprint)
    _decide(archive, peer, known.despite if known else (), trusted=False)


def peers(archive: Archive) -> list[Peer]:
    """Everybody who is trusted and whose device is not revoked, by name."""
    return [peer for peer in known_cards(archive) if _is_trusted(peer)]


def coordinators(archive: Archive) -> list[Peer]:
    """Those of `peers` who are coordinators."""
    return [peer for peer in peers(archive) if peer.role is Role.COORDINATOR]


def known_cards(archive: Archive) -> list[Peer]:
    """Everybody who is or was trusted, by name; their names stay on what they brought."""
    return sorted((each.peer for each in _decided(archive).values()), key=lambda peer: peer.name.casefold())


def continued_by(archive: Archive, card: Card) -> Peer | None:
    """Whose log the log of this card goes on from (a restored copy), by its verified word; None where it says nothing.

    It says so in its first entry, so that is known only after something of it has come.
    """
    before = chains.continuations(archive.connection).get(card.log)
    return next((peer for peer in known_cards(archive) if peer.card.log == before), None)


def find_peer(archive: Archive, name: str) -> Peer:
    """The trusted person of that name, or with that beginning of a fingerprint (6 hex digits or more).

    Raises:
        PeerNotFoundError, PeerAmbiguousError: none, or several.
    """
    return _found(peers(archive), name)


def find_known(archive: Archive, name: str) -> Peer:
    """As `find_peer`, among those too who are no longer trusted; who is trusted goes before them.

    Raises:
        PeerNotFoundError, PeerAmbiguousError: none, or several.
    """
    try:
        return find_peer(archive, name)
    except PeerNotFoundError:
        return _found(known_cards(archive), name)


def _found(everybody: Sequence[Peer], name: str) -> Peer:
    digits = name.replace(" ", "").lower()
    found = [
        peer
        for peer in everybody
        if look_alike(peer.name, name) or (len(digits) >= _LEAST_PREFIX and peer.fingerprint.hex().startswith(digits))
    ]
    if not found:
        raise _not_found(everybody)
    if len(found) > 1:  # also where somebody calls themselves by the beginning of another's fingerprint
        raise PeerAmbiguousError
    return found[0]


def _not_found(everybody: Sequence[Peer]) -> PeerNotFoundError:
    return PeerNotFoundError(tuple(peer.name for peer in everybody))


def _is_trusted(peer: Peer) -> bool:
    return peer.trusted and not peer.revoked


def _decided(archive: Archive) -> dict[bytes, _Decision]:
    """The newest decision about each card, by fingerprint."""
    decided: dict[bytes, _Decision] = {}
    out = standing.out(archive.connection)
    for entry in _own_decisions(archive):
        told = read_decision(entry.body) if entry.body else None
        card = _card_in(told.card) if isinstance(told, Trust) else None
        if isinstance(told, Trust) and card is not None:
            known, role = card.fingerprint in out, Role(told.role)
            peer = Peer(told.name, card, entry.time_ms, role, revoked=known, trusted=told.trusted)
            decided[card.fingerprint] = _Decision(peer, told.despite)
    return decided


def _own_decisions(archive: Archive) -> Iterator[StoredEntry]:
    """What was decided here, by whoever writes here, in the order in which it was written (the rows of the entries).

    A foreign tick cannot change that order. What came with a bundle is not ours, whatever log it stands in.
    """
    own = frozenset(archive.vault.own_logs)
    entries = stored_entries(archive.connection, kind=Trust.KIND)
    ours = [entry for entry in entries if entry.arrival is None and entry.log in own]
    yield from sorted(ours, key=lambda entry: entry.rowid)


def _known_revocations(archive: Archive, card: Card) -> tuple[EntryId, ...]:
    """The revocations of a card that are here, those with effect and the newest first: only so many can be named."""
    about = [
        each
        for each in revoked.revocations(archive.connection)
        if each.log == card.log or each.fingerprint == card.fingerprint
    ]
    return tuple(each.entry for each in sorted(about, key=lambda each: (not each.counts, -each.rowid)))


@lru_cache(maxsize=512)  # its signatures are checked once: the same bytes are the same card
def _card_in(file: bytes) -> Card | None:
    try:
        return read_card(file)
    except CardError:
        return None


def _decide(archive: Archive, peer: Peer, despite: Sequence[EntryId], *, trusted: bool) -> Changed:
    card = peer.card
    told = Trust(card.file, peer.name, trusted, peer.role, card.log, card.fingerprint, tuple(despite))
    with archive.vault.saving():
        return archive.write([decision_body(told, save=secrets.token_bytes(16))])[1]
